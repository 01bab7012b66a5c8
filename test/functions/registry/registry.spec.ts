import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { BatchWriter } from "../../../functions/registry/batch-write";
import type { SubscribeOutcome } from "../../../functions/registry/registry";
import { ConnectionRegistry } from "../../../functions/registry/registry";
import type { Connection } from "../../../functions/registry/registry-rows";
import type { Caller } from "../../../functions/transports/transport";
import { connectionOf, subscriptionKey } from "../../../functions/registry/registry-rows";
import type { Row } from "../../support/dynamodb";
import { TestDynamoDb } from "../../support/dynamodb";

const LIMIT = 3;

const CALLER: Caller = {
    connectionId: "conn=",
    connectedAt: 1_707_502_303_555,
    endsAt: 1_707_502_303_555 + 7_200_000,
    subscriber: { userId: "ada", claims: {}, expiresAt: Infinity },
};

describe("The connection registry", () => {
    let dynamo: TestDynamoDb;
    let registry: ConnectionRegistry;
    let waits: number;
    let connections = 0;

    before(async () => {
        dynamo = await TestDynamoDb.start();
    });
    after(() => dynamo.close());
    beforeEach(() => {
        waits = 0;
        const pause = async (): Promise<void> => {
            waits++;
        };
        const batches = new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, { sleep: pause, random: Math.random });
        registry = new ConnectionRegistry(dynamo.documents, TestDynamoDb.REGISTRY, batches);
    });

    describe("when a connection begins", () => {
        it("holds one row for it and one for each of its channels, all with the same expiry in seconds", async () => {
            const connection = newConnection();
            await registry.add(connection, ["orders/1", "orders/2", "orders/1"]);

            const { connectionId } = connection;
            assert.deepEqual(await rowsOf(connectionId), [
                { ...subscriptionKey("orders/1", connectionId), ...connection },
                { ...subscriptionKey("orders/2", connectionId), ...connection },
                {
                    pk: `connection#${connectionId}`,
                    sk: "connection",
                    ...connection,
                    channels: new Set(["orders/1", "orders/2"]),
                },
            ]);
        });

        it("holds a row without channels for a connection that has none", async () => {
            const connection = newConnection();
            await registry.add(connection, []);
            assert.deepEqual(await rowsOf(connection.connectionId), [
                { pk: `connection#${connection.connectionId}`, sk: "connection", ...connection },
            ]);
        });

        it("writes again what DynamoDB handed back, after a pause", async () => {
            const connection = newConnection();
            dynamo.throttle("BatchWriteItem", 2);
            await registry.add(connection, ["orders/1", "orders/2"]);
            assert.equal((await rowsOf(connection.connectionId)).length, 3);
            assert.equal(waits, 1);
        });
    });

    describe("when a connection ends", () => {
        it("loses all rows of that connection, and of no other", async () => {
            const [ends, stays] = [newConnection(), newConnection()];
            await registry.add(ends, ["orders/1"]);
            await registry.add(stays, ["orders/1"]);
            await registry.subscribe(ends, "orders/2", LIMIT);

            await registry.remove(ends.connectionId);

            assert.deepEqual(await rowsOf(ends.connectionId), []);
            assert.equal((await rowsOf(stays.connectionId)).length, 2);
        });

        it("finds its rows by key: without a scan, a query or an index", async () => {
            const connection = newConnection();
            await registry.add(
                connection,
                Array.from({ length: 30 }, (_, n) => `orders/${n}`),
            );
            dynamo.calls.length = 0;

            await registry.remove(connection.connectionId);

            assert.deepEqual([...new Set(dynamo.calls)], ["DeleteItem", "BatchWriteItem"]);
            assert.deepEqual(await rowsOf(connection.connectionId), []);
        });

        it("does not mind to be told twice, or of a connection that never was", async () => {
            const connection = newConnection();
            await registry.add(connection, ["orders/1"]);
            await registry.remove(connection.connectionId);
            await registry.remove(connection.connectionId);
            await registry.remove("never-was=");
            assert.deepEqual(await rowsOf(connection.connectionId), []);
        });

        it("also loses a subscription that the connection does not list", async () => {
            const { connectionId } = newConnection();
            await putRow({ ...subscriptionKey("orders/9", connectionId), connectionId });
            await registry.remove(connectionId, "orders/9");
            assert.deepEqual(await rowsOf(connectionId), []);
        });
    });

    describe("when a client subscribes", () => {
        it("lists the channel in the connection's row, and the connection in the channel's partition", async () => {
            const connection = newConnection();
            await registry.add(connection, []);
            assert.equal(await registry.subscribe(connection, "orders/1", LIMIT), "subscribed");
            const [subscription, row] = await rowsOf(connection.connectionId);
            assert.deepEqual(row?.["channels"], new Set(["orders/1"]));
            assert.deepEqual(subscription, { ...subscriptionKey("orders/1", connection.connectionId), ...connection });
        });

        it("changes nothing the second time, at the limit too", async () => {
            const connection = newConnection();
            await registry.add(connection, ["orders/1", "orders/2", "orders/3"]);
            const before = await rowsOf(connection.connectionId);
            assert.equal(await registry.subscribe(connection, "orders/3", LIMIT), "subscribed");
            assert.deepEqual(await rowsOf(connection.connectionId), before);
        });

        it("is told of the limit, and nothing is stored", async () => {
            const connection = newConnection();
            await registry.add(connection, ["orders/1", "orders/2", "orders/3"]);
            const before = await rowsOf(connection.connectionId);
            assert.equal(await registry.subscribe(connection, "orders/4", LIMIT), "limit");
            assert.deepEqual(await rowsOf(connection.connectionId), before);
        });

        it("cannot bring back a connection that has ended", async () => {
            const connection = newConnection();
            await registry.add(connection, []);
            await registry.remove(connection.connectionId);
            assert.equal(await registry.subscribe(connection, "orders/1", LIMIT), "gone");
            assert.deepEqual(await rowsOf(connection.connectionId), []);
        });

        it("never exceeds the limit, however many subscribe at once", async () => {
            const connection = newConnection();
            await registry.add(connection, []);
            const outcomes = await Promise.all(
                Array.from({ length: 10 }, (_, n) => registry.subscribe(connection, `orders/${n}`, LIMIT)),
            );
            assert.equal(outcomes.filter((outcome) => outcome === "subscribed").length, LIMIT);
            assert.equal((await rowsOf(connection.connectionId)).length, LIMIT + 1);
        });
    });

    describe("when a client unsubscribes", () => {
        it("loses the subscription on both sides", async () => {
            const connection = newConnection();
            await registry.add(connection, ["orders/1", "orders/2"]);
            await registry.unsubscribe(connection.connectionId, "orders/1");
            const [subscription, row, ...more] = await rowsOf(connection.connectionId);
            assert.equal(subscription?.["pk"], "channel#orders/2");
            assert.deepEqual(row?.["channels"], new Set(["orders/2"]));
            assert.deepEqual(more, []);
        });

        it("does not mind a channel that was not subscribed to, or a connection that has ended", async () => {
            const connection = newConnection();
            await registry.add(connection, []);
            await registry.unsubscribe(connection.connectionId, "orders/1");
            await registry.remove(connection.connectionId);
            await registry.unsubscribe(connection.connectionId, "orders/1");
            assert.deepEqual(await rowsOf(connection.connectionId), []);
        });
    });

    it("is a plain set of channels, whatever happens in whatever order, and nothing after the end", async () => {
        const channel = fc.constantFrom("orders/1", "orders/2", "orders/3", "orders/4");
        const step = fc.oneof(
            fc.record({ kind: fc.constant("subscribe" as const), channel }),
            fc.record({ kind: fc.constant("unsubscribe" as const), channel }),
            fc.record({ kind: fc.constant("remove" as const) }),
        );
        await fc.assert(
            fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
                const connection = newConnection();
                await registry.add(connection, []);
                let model: Set<string> | undefined = new Set();
                for (const action of steps) {
                    switch (action.kind) {
                        case "subscribe": {
                            const expected: SubscribeOutcome =
                                model === undefined
                                    ? "gone"
                                    : model.has(action.channel) || model.size < LIMIT
                                      ? "subscribed"
                                      : "limit";
                            assert.equal(await registry.subscribe(connection, action.channel, LIMIT), expected);
                            if (expected === "subscribed") {
                                model?.add(action.channel);
                            }
                            break;
                        }
                        case "unsubscribe":
                            await registry.unsubscribe(connection.connectionId, action.channel);
                            model?.delete(action.channel);
                            break;
                        case "remove":
                            await registry.remove(connection.connectionId);
                            model = undefined;
                            break;
                    }
                }
                const partitions = (await rowsOf(connection.connectionId)).map((row) => row["pk"]);
                const expected =
                    model === undefined
                        ? []
                        : [
                              ...[...model].sort().map((name) => `channel#${name}`),
                              `connection#${connection.connectionId}`,
                          ];
                assert.deepEqual(partitions, expected);
            }),
            { numRuns: 40 },
        );
    });

    function newConnection(): Connection {
        return connectionOf({ ...CALLER, connectionId: `conn${++connections}=` });
    }

    async function rowsOf(connectionId: string): Promise<readonly Row[]> {
        const rows = (await dynamo.registryRows()).filter(
            (row) => row["connectionId"] === connectionId || row["pk"] === `connection#${connectionId}`,
        );
        return [...rows].sort((one, other) => String(one["pk"]).localeCompare(String(other["pk"])));
    }

    async function putRow(Item: Record<string, unknown>): Promise<void> {
        await dynamo.put(TestDynamoDb.REGISTRY, Item);
    }
});

describe("A row's expiry", () => {
    it("is the connection's end, in seconds", () => {
        assert.equal(connectionOf({ ...CALLER, endsAt: 1_707_502_303_999 }).expiresAt, 1_707_502_303);
    });

    it("is the token's, where that comes first", () => {
        const subscriber = { ...CALLER.subscriber, expiresAt: 1_707_502_300.9 };
        assert.equal(connectionOf({ ...CALLER, endsAt: 1_707_502_303_999, subscriber }).expiresAt, 1_707_502_300);
    });
});

describe("A subscription's key", () => {
    it("is known from channel and connection, and spreads connections over 256 ranges", () => {
        assert.deepEqual(subscriptionKey("orders/1", "IU3kkeN4IAMCJwA="), {
            pk: "channel#orders/1",
            sk: "c7#IU3kkeN4IAMCJwA=",
        });
        const ranges = new Set(
            Array.from({ length: 5_000 }, (_, n) => subscriptionKey("orders/1", `c${n}=`).sk.slice(0, 2)),
        );
        assert.equal(ranges.size, 256);
    });
});
