import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { AllowanceRow, AskForPosts } from "../../../functions/fan-out/direct-allowance";
import { createDirectAllowance, TableAllowanceRow } from "../../../functions/fan-out/direct-allowance";
import { DIRECT_REFILL_MS } from "../../../functions/fan-out/pace";
import { RecordingLog } from "../../fakes/recorders";
import { TestDynamoDb } from "../../support/dynamodb";

const CAPACITY = 1_800;
/** A busy machine may answer after longer than a notifier waits. */
const PATIENCE_MS = 60_000;
/** The time in which one more post is allowed. */
const POST_MS = DIRECT_REFILL_MS / CAPACITY;

describe("The allowance of direct posts", () => {
    let dynamo: TestDynamoDb;
    let log: RecordingLog;
    const clock = { now: 0 };
    before(async () => {
        dynamo = await TestDynamoDb.start();
    });
    beforeEach(() => {
        log = new RecordingLog();
        // Another test's row is of the past.
        clock.now += 10 * DIRECT_REFILL_MS;
        dynamo.calls.length = 0;
    });
    after(() => dynamo.close());

    /** In an execution environment of its own. */
    function environment(wrap: (row: AllowanceRow) => AllowanceRow = (row) => row): AskForPosts {
        const row = wrap(new TableAllowanceRow(dynamo.documents, TestDynamoDb.REGISTRY, PATIENCE_MS));
        return createDirectAllowance({ row, directAudience: CAPACITY, clock: () => clock.now, log });
    }

    it("grants what is asked for in one request, and never more than the direct audience", async () => {
        assert.equal(await environment()(300), 300);
        assert.deepEqual(dynamo.calls, ["UpdateItem"]);
        clock.now += 10 * DIRECT_REFILL_MS;
        assert.equal(await environment()(1_000_000), CAPACITY);
    });

    it("is shared by all environments: the next gets what is left, and then nobody any", async () => {
        assert.equal(await environment()(1_000), 1_000);
        assert.equal(await environment()(300), 300);
        assert.equal(await environment()(1_000), 500);
        dynamo.calls.length = 0;
        assert.equal(await environment()(1), 0);
        assert.deepEqual(dynamo.calls, ["UpdateItem"]);
    });

    it("fills up as time goes by, and not beyond what it holds", async () => {
        const ask = environment();
        assert.equal(await ask(CAPACITY), CAPACITY);
        clock.now += 100 * POST_MS;
        assert.equal(await ask(CAPACITY), 100);
        clock.now += 3 * DIRECT_REFILL_MS;
        assert.equal(await ask(2 * CAPACITY), CAPACITY);
        assert.equal(await ask(1), 0);
    });

    it("grants many who ask at once no more together than it holds, and is not in debt for long", async () => {
        for (const count of [50, 200, 1_000]) {
            clock.now += 10 * DIRECT_REFILL_MS;
            const granted = await Promise.all(Array.from({ length: 20 }, () => environment()(count)));
            const sum = granted.reduce((total, one) => total + one, 0);
            assert.ok(sum <= CAPACITY && sum >= Math.min(20 * count, CAPACITY) - 20, `${sum} of 20 times ${count}`);
            clock.now += 2 * DIRECT_REFILL_MS;
            assert.equal(await environment()(10), 10);
        }
    });

    it("never lets more pass in any time than a token bucket does, whoever asks when", async () => {
        const asks = fc.array(
            fc.record({
                afterMs: fc.integer({ min: 0, max: DIRECT_REFILL_MS }),
                counts: fc.array(fc.integer({ min: 26, max: 3_000 }), { minLength: 1, maxLength: 4 }),
            }),
            { minLength: 1, maxLength: 8 },
        );
        await fc.assert(
            fc.asyncProperty(asks, async (rounds) => {
                clock.now += 10 * DIRECT_REFILL_MS;
                let used = 0;
                for (const { afterMs, counts } of rounds) {
                    clock.now += afterMs;
                    used = Math.max(0, used - afterMs / POST_MS);
                    const granted = await Promise.all(counts.map((count) => environment()(count)));
                    used += granted.reduce((total, one) => total + one, 0);
                    assert.ok(used <= CAPACITY + 1e-6, `${used} are used`);
                }
            }),
            { numRuns: 25 },
        );
    });

    it("gives what is left to the first of two who have seen the same", async () => {
        await environment()(1_500);
        const second = environment();
        const first = environment((row) => ({
            begin: (now, usedUntil) => row.begin(now, usedUntil),
            async extend(milliseconds, limit) {
                assert.equal(await second(200), 200);
                return row.extend(milliseconds, limit);
            },
        }));
        assert.equal(await first(300), 100);
        assert.equal(await second(1), 0);
    });

    it("grants none where DynamoDB throttles, and says so; the next is asked for as ever", async () => {
        dynamo.throttle("UpdateItem");
        assert.equal(await environment()(300), 0);
        assert.equal(log.lines.length, 1);
        assert.equal(await environment()(300), 300);
    });

    it("is a row that expires when it says nothing any more", async () => {
        const row = async (): Promise<Record<string, unknown>> => {
            const Key = { pk: "allowance", sk: "direct" };
            const { Item } = await dynamo.documents.send(new GetCommand({ TableName: TestDynamoDb.REGISTRY, Key }));
            return Item ?? {};
        };
        for (let round = 0; round < 3; round++) {
            await environment()(700);
            const { usedUntil, expiresAt, ...key } = await row();
            assert.deepEqual(key, { pk: "allowance", sk: "direct" });
            assert.ok(Number(expiresAt) * 1_000 >= Number(usedUntil));
            assert.ok(Number(expiresAt) * 1_000 <= clock.now + 2 * DIRECT_REFILL_MS + 1_000);
        }
    });
});
