import { strict as assert } from "node:assert";
import { RegistryAudience } from "../../../functions/registry/audience";
import { sleep } from "../../../functions/runtime/backoff";
import { BatchWriter } from "../../../functions/registry/batch-write";
import type { SortKeys } from "../../../functions/registry/sort-keys";
import { ALL_SORT_KEYS } from "../../../functions/registry/sort-keys";
import { subscriptionKey } from "../../../functions/registry/registry-rows";
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
        assert.deepEqual(await audience().read("orders/since", ALL_SORT_KEYS, 100), {
            recipients: [{ connectionId: "a=", connectedAt: 42 }],
            rows: 1,
        });
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
        const pages = await readPages("orders/pages", ALL_SORT_KEYS, 2);
        assert.deepEqual(pages.map(({ length }) => length).slice(0, 6), [1, 0, 0, 0, 0, 1]);
        assert.deepEqual(pages.flat(), [inOrder[0], inOrder[11]]);
    });

    it("is read in parts, from any row on, each row once", async () => {
        const ids = Array.from({ length: 40 }, (_, n) => `p${n}=`);
        await subscribeAll(ids.map((id) => ["orders/parts", id]));
        const middle = await audience().read("orders/parts", ALL_SORT_KEYS, 20);
        assert.equal(middle.rows, 20);
        const rest = await readPages("orders/parts", { ...ALL_SORT_KEYS, after: middle.last }, 7);
        assert.deepEqual(
            [...middle.recipients.map(({ connectionId }) => connectionId), ...rest.flat()].sort(),
            ids.sort(),
        );
        const halves = [
            { from: "00", to: "80" },
            { from: "80", to: "g" },
        ];
        const [low = [], high = []] = await Promise.all(halves.map((keys) => readPages("orders/parts", keys, 3)));
        assert.ok(low.length > 1 && high.length > 1);
        assert.deepEqual([...low, ...high].flat().sort(), ids.sort());
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

    function audience(): RegistryAudience {
        return new RegistryAudience(dynamo.documents, TestDynamoDb.REGISTRY, () => NOW * 1_000);
    }

    async function read(channel: string): Promise<string[]> {
        return (await readPages(channel, ALL_SORT_KEYS, 100)).flat().sort();
    }

    async function readPages(channel: string, keys: SortKeys, limit: number): Promise<string[][]> {
        const { recipients, last } = await audience().read(channel, keys, limit);
        const page = recipients.map(({ connectionId }) => connectionId);
        return [page, ...(last === undefined ? [] : await readPages(channel, { ...keys, after: last }, limit))];
    }

    async function readUnits(channel: string): Promise<number | undefined> {
        return dynamo.readUnits(TestDynamoDb.REGISTRY, `channel#${channel}`);
    }

    async function subscribe(channel: string, connectionId: string, expiresAt?: number): Promise<void> {
        await subscribeAll([[channel, connectionId]], expiresAt);
    }

    async function subscribeAll(pairs: readonly (readonly [string, string])[], expiresAt = NOW + 60): Promise<void> {
        await new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, { sleep, random: Math.random }).put(
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
