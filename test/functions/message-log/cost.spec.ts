import assert from "node:assert/strict";
import { entryOf, LogCloud } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 4 };
const CHANNEL = "orders/42";

/** A message whose row has this many KB, less some 400 bytes for all that is not data. */
function entryOfSize(kilobytes: number, key: string): ReturnType<typeof entryOf> {
    return entryOf(key, JSON.stringify("x".repeat(kilobytes * 1024 - 400)));
}

describe("What the log costs in capacity units, by what DynamoDB says that it consumed", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
        const log = cloud.environment();
        await log.append(entryOf("first"), SETTINGS);
        await log.append(entryOf("second"), SETTINGS);
        Object.assign(cloud.consumed, { reads: 0, writes: 0 });
    });

    afterEach(async () => {
        await cloud.close();
    });

    for (const [kilobytes, writes] of [
        [1, 3],
        [4, 6],
        [127, 129],
    ] as const) {
        it(`appends a message of ${kilobytes} KB with 2 reads and ${writes} writes`, async () => {
            await cloud.environment().append(entryOfSize(kilobytes, "key"), SETTINGS);
            assert.deepEqual(cloud.consumed, { reads: 2, writes });
        });
    }

    it("appends with the same units when the ring has begun again, over messages of that size", async () => {
        const log = cloud.environment();
        for (let key = 1; key <= 5; key++) {
            await log.append(entryOfSize(2, `k${key}`), SETTINGS);
        }
        Object.assign(cloud.consumed, { reads: 0, writes: 0 });
        await log.append(entryOfSize(2, "key"), SETTINGS);
        assert.deepEqual(cloud.consumed, { reads: 2, writes: 4 });
    });

    it("finds out about a repeated message without a write", async () => {
        await cloud.environment().append(entryOf("second"), SETTINGS);
        assert.deepEqual(cloud.consumed, { reads: 2, writes: 0 });
        await cloud.environment().append(entryOf("first"), SETTINGS);
        assert.deepEqual(cloud.consumed, { reads: 5, writes: 0 });
    });

    it("begins a channel with the same 3 writes: its head, in the place of the key of the message before", async () => {
        await cloud.environment().append({ ...entryOf("first"), channel: "orders/43" }, SETTINGS);
        assert.deepEqual(cloud.consumed, { reads: 2, writes: 3 });
    });

    it("ends a log with 1 read and 1 write, and finds none to end with 1 read", async () => {
        await cloud.environment().end(CHANNEL);
        assert.deepEqual(cloud.consumed, { reads: 1, writes: 1 });
        await cloud.environment().end(CHANNEL);
        assert.deepEqual(cloud.consumed, { reads: 2, writes: 1 });
        await cloud.environment().end("orders/43");
        assert.deepEqual(cloud.consumed, { reads: 3, writes: 1 });
    });

    it("answers a subscriber who has everything with 1 read", async () => {
        const { position } = await cloud.environment().since(CHANNEL);
        Object.assign(cloud.consumed, { reads: 0, writes: 0 });
        await cloud.environment().since(CHANNEL, position);
        assert.deepEqual(cloud.consumed, { reads: 1, writes: 0 });
    });

    it("reads what a subscriber has missed by its size, 4 KB to a read", async () => {
        const log = cloud.environment();
        await log.append(entryOfSize(7, "third"), SETTINGS);
        await log.append(entryOfSize(7, "fourth"), SETTINGS);
        const { position } = await log.since(CHANNEL);
        Object.assign(cloud.consumed, { reads: 0, writes: 0 });
        await log.since(CHANNEL, { ...position, offset: 2 });
        assert.deepEqual(cloud.consumed, { reads: 1 + 4, writes: 0 });
    });
});
