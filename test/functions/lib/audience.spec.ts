import { strict as assert } from "node:assert";
import { RegistryAudience } from "../../../functions/lib/audience";
import { sleep } from "../../../functions/lib/backoff";
import { BatchWriter } from "../../../functions/lib/batch-write";
import { subscriptionKey } from "../../../functions/lib/registry-rows";
import { TestDynamoDb } from "../../support/dynamodb";

const NOW = 1_707_502_303;

describe("The audience of a channel", () => {
    let dynamo: TestDynamoDb;
    before(async () => {
        dynamo = await TestDynamoDb.start();
    });
    after(() => dynamo.close());

    it("is its subscribers, and nobody of a channel whose name begins alike", async () => {
        await subscribe("orders/1", "a=");
        await subscribe("orders/1", "b=");
        await subscribe("orders/12", "c=");
        await subscribe("orders", "d=");
        assert.deepEqual(await read("orders/1"), ["a=", "b="]);
        assert.deepEqual(await read("orders/none"), []);
    });

    it("tells since when each is connected", async () => {
        await subscribe("orders/since", "a=");
        const pages = [];
        for await (const page of audience().of("orders/since")) {
            pages.push(page);
        }
        assert.deepEqual(pages, [[{ connectionId: "a=", connectedAt: 42 }]]);
    });

    it("leaves out rows past their expiry, which TTL has not deleted yet", async () => {
        await subscribe("orders/expiry", "live=", NOW + 1);
        await subscribe("orders/expiry", "now=", NOW);
        await subscribe("orders/expiry", "late=", NOW - 100_000);
        assert.deepEqual(await read("orders/expiry"), ["live="]);
    });

    it("is read to its end, through pages that are empty because all their rows have expired", async () => {
        const ids = Array.from({ length: 12 }, (_, n) => `c${n}=`);
        const inOrder = [...ids].sort((one, other) =>
            subscriptionKey("orders/pages", one).sk < subscriptionKey("orders/pages", other).sk ? -1 : 1,
        );
        for (const [index, id] of inOrder.entries()) {
            await subscribe("orders/pages", id, index === 0 || index === 11 ? NOW + 60 : NOW - 60);
        }
        const sizes = [];
        for await (const page of audience(2).of("orders/pages")) {
            sizes.push(page.length);
        }
        assert.deepEqual(await read("orders/pages", 2), [inOrder[0], inOrder[11]].sort());
        assert.deepEqual(sizes.slice(0, 6), [1, 0, 0, 0, 0, 1]);
    });

    it("is found by a subscriber who was confirmed just before: the read is consistent", async () => {
        dynamo.requests.length = 0;
        await read("orders/1");
        assert.deepEqual(
            dynamo.requests.map(({ operation, input }) => [operation, input["ConsistentRead"]]),
            [["Query", true]],
        );
    });

    it("costs the same, however large the registry is", async () => {
        await subscribeAll(Array.from({ length: 20 }, (_, n) => ["orders/cost", `x${n}=`]));
        const before = await readUnits("orders/cost");
        await subscribeAll(Array.from({ length: 500 }, (_, n) => [`orders/other-${n}`, `y${n}=`]));
        assert.equal(await readUnits("orders/cost"), before);
    });

    it("fails where DynamoDB does, rather than come out shorter", async () => {
        dynamo.throttle("Query");
        await assert.rejects(read("orders/1"), { name: "ProvisionedThroughputExceededException" });
    });

    function audience(pageSize?: number): RegistryAudience {
        return new RegistryAudience(dynamo.documents, TestDynamoDb.REGISTRY, () => NOW * 1_000, pageSize);
    }

    async function read(channel: string, pageSize?: number): Promise<string[]> {
        const ids: string[] = [];
        for await (const page of audience(pageSize).of(channel)) {
            ids.push(...page.map(({ connectionId }) => connectionId));
        }
        return ids.sort();
    }

    async function readUnits(channel: string): Promise<number | undefined> {
        return dynamo.readUnits(TestDynamoDb.REGISTRY, `channel#${channel}`);
    }

    async function subscribe(channel: string, connectionId: string, expiresAt?: number): Promise<void> {
        await subscribeAll([[channel, connectionId]], expiresAt);
    }

    async function subscribeAll(pairs: readonly (readonly [string, string])[], expiresAt = NOW + 60): Promise<void> {
        await new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, sleep, Math.random).put(
            pairs.map(([channel, connectionId]) => ({
                ...subscriptionKey(channel, connectionId),
                connectionId,
                userId: "ada",
                connectedAt: 42,
                expiresAt,
            })),
        );
    }
});
