import assert from "node:assert/strict";
import type { Faults } from "../../local/services/dynamodb/faults";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { MemoryStorage } from "./support/page";
import { assertInOrder, assertWhole } from "./support/promise";
import { throttled } from "./support/throttled";

/** More than the SDK of one run tries by itself, and fewer than the retries of all parties together. */
const FAILURES = 7;

describe("A throttled DynamoDB", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    /** The first so many of the operations on tables of that name fail; of batches, elements. */
    function failing(
        name: string,
        operations: readonly string[],
        times = FAILURES,
    ): { readonly faults: Faults; count: number } {
        const state = {
            count: 0,
            faults: (operation: string, table: string) => {
                if (!table.includes(name) || !operations.includes(operation) || state.count >= times) {
                    return undefined;
                }
                state.count += 1;
                return throttled();
            },
        };
        return state;
    }

    it("that does not say how many posts the notifier may make: deliverers make them", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        // Its other subscribers have gone without a goodbye.
        await faults.cloud.registry.putCrowd(channel, 30);
        const throttle = failing("log", ["UpdateItem"]);
        faults.failing = { dynamoDb: throttle.faults };

        await faults.publish(channel, "m1");
        await page.untilCount(1);

        assert.ok(throttle.count > 0);
        assertWhole(page.told, ["m1"]);
    });

    it("when a page connects: it tries again, and is served", async () => {
        const channel = `${await faults.namespace()}/1`;
        const throttle = failing("registry", ["BatchWriteItem"]);
        faults.failing = { dynamoDb: throttle.faults };

        const page = await faults.subscribedPage(channel);
        await faults.publish(channel, "m1");
        await page.untilCount(1);

        assert.equal(throttle.count, FAILURES);
        assertWhole(page.told, ["m1"]);
    });

    it("that takes a part of each batch: every channel of a handshake is subscribed all the same", async () => {
        const namespace = await faults.namespace();
        const channels = keys(30).map((name) => `${namespace}/${name}`);
        let elements = 0;
        faults.failing = {
            dynamoDb: (operation) => (operation === "BatchWriteItem" && ++elements % 2 === 0 ? throttled() : undefined),
        };

        const listener = await faults.cloud.listen({ sub: "ada", channels });
        faults.failing = {};
        for (const channel of channels) {
            await faults.publish(channel, channel);
        }

        await listener.settle();
        assert.deepEqual(
            listener.messages.map((message) => message["channel"]),
            channels,
        );
    });

    for (const [what, operations] of [
        ["reads", ["Query", "GetItem"]],
        ["writes", ["UpdateItem", "PutItem"]],
    ] as const) {
        it(`when a page subscribes, in its ${what}: it asks again, and misses nothing from its position on`, async () => {
            const channel = `${await faults.namespace()}/1`;
            const storage = new MemoryStorage();
            const before = await faults.subscribedPage(channel, { storage });
            await faults.publish(channel, "m1");
            await before.untilCount(1);
            before.close();
            for (const key of ["m2", "m3"]) {
                await faults.publish(channel, key);
            }
            const throttle = failing("push", operations);
            faults.failing = { dynamoDb: throttle.faults };

            const page = faults.page(channel, { storage });
            await faults.whileTimeMovesOn(page, () => page.data.length === 2);
            await faults.publish(channel, "m4");
            await page.untilCount(3);

            assert.equal(throttle.count, FAILURES);
            assertInOrder([...before.told, ...page.told], keys(4));
        });
    }

    for (const [what, table, operations] of [
        ["reads of the log", "log", ["GetItem"]],
        ["writes of the log", "log", ["PutItem"]],
        ["reads of the audience", "registry", ["Query"]],
        ["reads of the namespace", "namespaces", ["GetItem"]],
    ] as const) {
        it(`when events are published, in ${what}: each is numbered once, and delivered once`, async () => {
            const channel = `${await faults.namespace()}/1`;
            const page = await faults.subscribedPage(channel);
            const throttle = failing(table, operations);
            faults.failing = { dynamoDb: throttle.faults };

            await faults.putEvents(channel, keys(8));
            await page.untilCount(8);

            assert.equal(throttle.count > 0, true);
            assertWhole(page.told, keys(8));
            assert.equal((await faults.log(channel)).length, 8);
        });
    }
});
