import assert from "node:assert/strict";
import type { ConnectionFaults } from "../../local/services/api-gateway/connection-faults";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import type { Page } from "./support/page";
import { assertInOrder, assertWhole } from "./support/promise";

/** As often as a notifier posts to one connection before it leaves that to a deliverer. */
const NOTIFIER_TRIES = 3;

/** Answers each connection's first posts with 429, so that a deliverer is the one to reach it. */
function firstThrottled(): ConnectionFaults {
    const posts = new Map<string, number>();
    return (connectionId) => {
        const count = (posts.get(connectionId) ?? 0) + 1;
        posts.set(connectionId, count);
        return count <= NOTIFIER_TRIES ? { answer: 429 } : undefined;
    };
}

describe("What fails for good", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("for some connections is kept with message, channel, connections and reason; redriven, it has the same number", async () => {
        const channel = `${await faults.namespace()}/1`;
        const [page, unlucky] = [
            await faults.subscribedPage(channel),
            await faults.subscribedPage(channel, { sub: "bob" }),
        ];
        const unreached = unlucky.client.session?.connectionId ?? "";
        faults.failing = { connections: (connectionId) => (connectionId === unreached ? { answer: 500 } : undefined) };

        await faults.publish(channel, "m1");
        await page.untilCount(1);
        const letter = await faults.letterAbout(channel);
        const [{ offset, epoch } = { offset: 0, epoch: "" }] = page.messages;

        assert.equal(letter["reason"], "undelivered");
        assert.equal(letter["channel"], channel);
        const [connection, ...more] = letter["connections"] as readonly Record<string, unknown>[];
        assert.deepEqual([connection?.["connectionId"], more], [unreached, []]);
        assert.match(String(connection?.["reason"]), /^500/);
        const frame = letter["frame"] as Record<string, unknown>;
        assert.deepEqual([frame["id"], frame["offset"], frame["epoch"], frame["data"]], ["m1", offset, epoch, "m1"]);

        faults.failing = {};
        await faults.redriveLetters();
        await unlucky.untilCount(1);
        await faults.publish(channel, "m2");
        await Promise.all([page.untilCount(2), unlucky.untilCount(2)]);

        assertInOrder(page.told, ["m1", "m2"]);
        assert.deepEqual(unlucky.messages, page.messages);
        assert.deepEqual(await faults.log(channel), ["1 m1", "2 m2"]);
    });

    it("since the notifier died each time is kept whole; redriven, it is numbered once", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        await faults.publish(channel, "m1");
        // Each of its three runs dies right after the head has moved: the message has its number, and nobody knows.
        let writes = 0;
        faults.failing = {
            crashes: ({ functionName, operation }) =>
                functionName.includes("notify") && operation === "dynamodb:Query" && ++writes <= 3
                    ? "before"
                    : undefined,
        };

        await faults.putEvents(channel, ["m2"]);
        const letter = await faults.letterAbout(channel);
        assert.equal((letter["requestContext"] as { condition: string }).condition, "RetriesExhausted");
        assert.equal((letter["requestPayload"] as { detail: { data: string } }).detail.data, "m2");
        faults.failing = {};
        await faults.publish(channel, "m3");
        // The page has been told of the third and asks for the second, which is in the log already.
        await faults.whileTimeMovesOn(page, () => page.data.length === 3);

        await faults.redriveLetters();
        await faults.publish(channel, "m4");
        await page.untilCount(4);

        assertInOrder(page.told, keys(4));
        assert.deepEqual(await faults.log(channel), ["1 m1", "2 m2", "3 m3", "4 m4"]);
    });

    it("in a deliverer that dies at every post is kept, too, when it has been received too often", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        faults.failing = {
            // The notifier leaves it to the deliverer, which dies of it.
            connections: firstThrottled(),
            crashes: ({ functionName, operation }) =>
                functionName.includes("deliver-") && operation === "execute-api:ManageConnections"
                    ? "before"
                    : undefined,
        };

        await faults.publish(channel, "m1");
        const letter = await faults.letterAbout(channel);
        assert.deepEqual([letter["kind"], letter["id"], letter["channel"]], ["chunk", "m1", channel]);
        faults.failing = {};
        await faults.redriveLetters();
        await page.untilCount(1);

        assertWhole(page.told, ["m1"]);
    });
});

describe("A deliverer that dies", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    for (const moment of ["before", "after"] as const) {
        it(`right ${moment} a post is run again when its message is visible again: nobody is left out, or served twice`, async () => {
            const channel = `${await faults.namespace()}/1`;
            const pages: Page[] = [];
            for (let n = 0; n < 4; n++) {
                pages.push(await faults.subscribedPage(channel, { sub: `user${n}` }));
            }
            let posts = 0;
            faults.failing = {
                connections: firstThrottled(),
                crashes: ({ functionName, operation }) =>
                    functionName.includes("deliver-") && operation === "execute-api:ManageConnections" && ++posts === 2
                        ? moment
                        : undefined,
            };

            await faults.publish(channel, "m1");
            await faults.whileQueuesMoveOn(() => pages.every(({ data }) => data.length === 1));

            assert.equal(posts > 2, true);
            for (const page of pages) {
                assertWhole(page.told, ["m1"]);
            }
        });
    }
});
