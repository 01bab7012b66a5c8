import assert from "node:assert/strict";
import type { ConnectionFault } from "../../local/services/api-gateway/connection-faults";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import type { Page } from "./support/page";
import { assertInOrder, assertWhole } from "./support/promise";

/** Far more than one run tries, so that the rest is left to the delivery queue. */
const STORM = 20;

describe("Posts to connections that fail", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    /** As many pages of one channel, and the faults that their posts meet from then on, by page and attempt. */
    async function pages(
        count: number,
        fault: (page: number, attempt: number) => ConnectionFault | undefined,
    ): Promise<{
        readonly channel: string;
        readonly pages: readonly Page[];
        readonly attempts: ReadonlyMap<string, number>;
    }> {
        const channel = `${await faults.namespace()}/1`;
        const opened: Page[] = [];
        for (let n = 0; n < count; n++) {
            opened.push(await faults.subscribedPage(channel, { sub: `user${n}` }));
        }
        const ids = opened.map(({ client }) => client.session?.connectionId ?? "");
        const attempts = new Map<string, number>();
        faults.failing = {
            connections: (connectionId) => {
                const attempt = (attempts.get(connectionId) ?? 0) + 1;
                attempts.set(connectionId, attempt);
                return ids.includes(connectionId) ? fault(ids.indexOf(connectionId), attempt) : undefined;
            },
        };
        return { channel, pages: opened, attempts };
    }

    const cases: readonly (readonly [string, ConnectionFault])[] = [
        ["with 429", { answer: 429 }],
        ["with 500", { answer: 500 }],
        ["with 503, though the message arrived", { answer: 503, delivered: true }],
        ["as the socket is cut", { answer: "reset" }],
        ["as the socket is cut, though the message arrived", { answer: "reset", delivered: true }],
        ["without an answer", { answer: "hang" }],
        ["without an answer, though the message arrived", { answer: "hang", delivered: true }],
    ];
    for (const [how, fault] of cases) {
        it(`${how}, once, are made again: every page sees every message once, in order`, async () => {
            const {
                channel,
                pages: [one, other],
            } = await pages(2, (_page, attempt) => (attempt % 2 === 1 ? fault : undefined));

            for (const key of keys(3)) {
                await faults.putEvents(channel, [key]);
                await faults.whileQueuesMoveOn(
                    () => one?.data.includes(key) === true && other?.data.includes(key) === true,
                );
            }

            assertInOrder(one?.told ?? [], keys(3));
            assertInOrder(other?.told ?? [], keys(3));
        });
    }

    it("in a storm of 429 are left to the deliverer, and none is given up", async () => {
        const {
            channel,
            pages: all,
            attempts,
        } = await pages(6, (_page, attempt) => (attempt <= STORM ? { answer: 429 } : undefined));

        const report = await faults.publish(channel, "m1");
        await faults.whileQueuesMoveOn(() => all.every(({ data }) => data.length === 1));

        assert.deepEqual([report["delivered"], report["queued"], report["failed"]], [0, 6, 0]);
        for (const page of all) {
            assertWhole(page.told, ["m1"]);
        }
        assert.equal(
            [...attempts.values()].every((count) => count > STORM),
            true,
        );
    });

    it("for one connection alone hold up nobody else", async () => {
        const {
            channel,
            pages: [healthy, slow],
        } = await pages(2, (page, attempt) => (page === 1 && attempt <= STORM ? { answer: "reset" } : undefined));

        for (const key of keys(5)) {
            await faults.publish(channel, key);
        }
        await healthy?.untilCount(5);
        assertInOrder(healthy?.told ?? [], keys(5));

        await faults.whileQueuesMoveOn(() => slow?.data.length === 5);
        assertInOrder(slow?.told ?? [], keys(5));
    });

    it("at random, among posts to a large audience with many that are gone: everybody is reached once", async () => {
        const channel = `${await faults.namespace()}/1`;
        const all: Page[] = [];
        for (let n = 0; n < 15; n++) {
            all.push(await faults.subscribedPage(channel, { sub: `user${n}` }));
        }
        for (let n = 0; n < 400; n += 100) {
            await Promise.all(
                Array.from({ length: 100 }, () =>
                    faults.cloud.registry.putStale(channel, { connectedSecondsAgo: 3_600 }),
                ),
            );
        }
        const answers: readonly ConnectionFault[] = [
            { answer: 429 },
            { answer: 500, delivered: true },
            { answer: "reset" },
        ];
        let posts = 0;
        faults.failing = { connections: () => (++posts % 5 < 2 ? answers[posts % 3] : undefined) };

        const report = await faults.publish(channel, "m1");
        await faults.whileQueuesMoveOn(() => all.every(({ data }) => data.length === 1));

        assert.deepEqual([report["audience"], report["failed"]], [415, 0]);
        assert.equal(Number(report["queued"]) > 0, true, "nothing was queued");
        for (const page of all) {
            assertWhole(page.told, ["m1"]);
        }
    });
});
