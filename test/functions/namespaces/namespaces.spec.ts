import { strict as assert } from "node:assert";
import type { Namespace } from "../../../contract/namespace";
import { parseNamespace } from "../../../contract/namespace";
import { cachedNamespaces, loadFromTable } from "../../../functions/namespaces/namespaces";
import { RecordingLog } from "../../fakes/recorders";
import { TestDynamoDb } from "../../support/dynamodb";

describe("Namespaces", () => {
    describe("in memory", () => {
        let now: number;
        let loads: string[];
        let rows: Map<string, Namespace>;
        beforeEach(() => {
            now = 1_000_000;
            loads = [];
            rows = new Map([["orders", parseNamespace("orders", {})]]);
        });
        const cached = (): ReturnType<typeof cachedNamespaces> =>
            cachedNamespaces(
                async (name) => {
                    loads.push(name);
                    return rows.get(name);
                },
                () => now,
            );

        it("are kept for 30 seconds", async () => {
            const namespaces = cached();
            await namespaces.find("orders");
            now += 29_999;
            await namespaces.find("orders");
            assert.deepEqual(loads, ["orders"]);
            now += 1;
            await namespaces.find("orders");
            assert.deepEqual(loads, ["orders", "orders"]);
        });

        it("are unknown for 5 seconds only, so that a new one is soon usable", async () => {
            const namespaces = cached();
            assert.equal(await namespaces.find("chat"), undefined);
            rows.set("chat", parseNamespace("chat", {}));
            now += 4_999;
            assert.equal(await namespaces.find("chat"), undefined);
            now += 1;
            assert.equal((await namespaces.find("chat"))?.name, "chat");
        });

        it("are loaded once for many who ask at the same time", async () => {
            const namespaces = cached();
            await Promise.all([namespaces.find("orders"), namespaces.find("orders"), namespaces.find("orders")]);
            assert.deepEqual(loads, ["orders"]);
        });

        it("are not looked for under a name that none can have, such as one too long for a key", async () => {
            const namespaces = cached();
            for (const name of ["", "a/b", "@all", "ä", "a@b", "a%20b", "x".repeat(65)]) {
                assert.equal(await namespaces.find(name), undefined);
            }
            assert.deepEqual(loads, []);
            await namespaces.find("x".repeat(64));
            assert.equal(loads.length, 1);
        });

        it("are asked for again after a failure", async () => {
            let failures = 1;
            const namespaces = cachedNamespaces(
                async (name) => {
                    if (failures-- > 0) {
                        throw new Error("throttled");
                    }
                    return rows.get(name);
                },
                () => now,
            );
            await assert.rejects(namespaces.find("orders"), /throttled/);
            assert.equal((await namespaces.find("orders"))?.name, "orders");
        });

        it("are forgotten, the oldest first, beyond a thousand", async () => {
            const namespaces = cached();
            for (let n = 0; n <= 1_000; n++) {
                await namespaces.find(`made-up-${n}`);
            }
            loads.length = 0;
            await namespaces.find("made-up-1000");
            await namespaces.find("made-up-0");
            assert.deepEqual(loads, ["made-up-0"]);
        });
    });

    describe("in the table", () => {
        let dynamo: TestDynamoDb;
        before(async () => {
            dynamo = await TestDynamoDb.start();
        });
        after(() => dynamo.close());

        it("are rows with rules, history and mappings", async () => {
            await dynamo.put(TestDynamoDb.NAMESPACES, {
                namespace: "orders",
                subscribe: [{ channel: "orders/{sub}/*" }, { channel: "orders/@all", claims: { role: "staff" } }],
                history: { ttlSeconds: 3_600, maxMessages: 100 },
                mappings: [
                    {
                        event: "OrderPlaced",
                        channels: ["orders/{customer}"],
                        data: "order",
                        id: "order.id",
                        sequence: "order.version",
                    },
                ],
            });
            const log = new RecordingLog();
            const orders = await loadFromTable(dynamo.documents, TestDynamoDb.NAMESPACES, log)("orders");
            assert.equal(orders?.rules.length, 2);
            assert.deepEqual(orders.history, { ttlSeconds: 3_600, maxMessages: 100 });
            assert.deepEqual(
                orders.mappings.map((one) => [one.event, one.data, one.id, one.sequence]),
                [["OrderPlaced", "order", "order.id", "order.version"]],
            );
            assert.deepEqual(log.lines, []);
        });

        it("are undefined where there is no row", async () => {
            assert.equal(
                await loadFromTable(dynamo.documents, TestDynamoDb.NAMESPACES, new RecordingLog())("nowhere"),
                undefined,
            );
        });

        it("keep what is right of a row that is partly wrong, and say what is wrong", async () => {
            await dynamo.put(TestDynamoDb.NAMESPACES, {
                namespace: "broken",
                subscribe: [{ channel: "broken/*" }, { channel: "orders/*" }, 5],
                history: { ttlSeconds: 0 },
                mappings: [
                    { event: "X", channels: ["broken/{"] },
                    { channels: ["broken/1"] },
                    { event: "Y", channels: [] },
                ],
            });
            const log = new RecordingLog();
            const broken = await loadFromTable(dynamo.documents, TestDynamoDb.NAMESPACES, log)("broken");
            assert.equal(broken?.rules.length, 1);
            assert.equal(broken.history, undefined);
            assert.deepEqual(broken.mappings, []);
            assert.equal(broken.problems.length, 6);
            assert.deepEqual(
                log.lines.map(({ level, fields }) => [level, fields["namespace"]]),
                [["error", "broken"]],
            );
        });
    });
});
