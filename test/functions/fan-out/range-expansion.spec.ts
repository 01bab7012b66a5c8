import { strict as assert } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { Push } from "../../../functions/deliveries/push";
import { createRangeExpansion } from "../../../functions/fan-out/range-expansion";
import { ALL_SORT_KEYS } from "../../../functions/registry/sort-keys";
import type { Chunk, DeliveryTask, RangeTask } from "../../../functions/deliveries/task";
import { FakeAudience } from "../../fakes/audience";
import { RecordingDeliveryQueue } from "../../fakes/delivery-queue";
import { RecordingLog } from "../../fakes/recorders";

const PUSH = { namespace: "orders", id: "m-1", channel: "orders/1", frame: "{}", publishedAt: 1 };
const RANGE: RangeTask = { kind: "range", push: PUSH, attempt: 1, keys: ALL_SORT_KEYS, except: [] };

function ids(count: number): readonly string[] {
    return Array.from({ length: count }, (_, n) => `c${n}`);
}

class Expansion {
    readonly queue = new RecordingDeliveryQueue();
    readonly log = new RecordingLog();
    readonly waits: number[] = [];
    private readonly chunks: Chunk[] = [];
    private now = 0;

    /** @param msPerRead how long each read takes. */
    constructor(
        private readonly audience: FakeAudience,
        private readonly msPerRead = 0,
    ) {}

    run(task: RangeTask = RANGE): Promise<number> {
        const expand = createRangeExpansion({
            audience: {
                read: async (...request) => {
                    this.now += this.msPerRead;
                    return this.audience.read(...request);
                },
            },
            queue: this.queue,
            clock: () => this.now,
            sleep: async (milliseconds) => void this.waits.push(milliseconds),
            random: () => 0.5,
            log: this.log,
            chunkSize: 30,
            maxAttempts: 3,
            budgetMs: 1_000,
        });
        return expand(task);
    }

    /** What is left to do, done by further runs. */
    async finish(): Promise<readonly string[]> {
        for (let tasks = this.queue.drain(); tasks.length > 0; tasks = this.queue.drain()) {
            for (const task of tasks) {
                if (task.kind === "chunk") {
                    this.chunks.push(task);
                } else {
                    assert.ok(task.kind === "range");
                    await this.run(task);
                }
            }
        }
        return this.reached(PUSH);
    }

    /** Who is to be posted exactly this. */
    reached(push: Push): readonly string[] {
        const chunks = this.chunks.filter((chunk) => isDeepStrictEqual(chunk.push, push));
        return chunks.flatMap(({ recipients }) => recipients.map(({ connectionId }) => connectionId)).sort();
    }

    get ranges(): readonly DeliveryTask[] {
        return this.queue.sent.map(({ task }) => task).filter(({ kind }) => kind === "range");
    }
}

describe("The expansion of a range", () => {
    it("queues everybody once, in full chunks but for the last", async () => {
        const expansion = new Expansion(new FakeAudience(ids(1_234)));
        assert.equal(await expansion.run(), 1_234);
        const sizes = expansion.queue.chunks.map(({ length }) => length);
        assert.deepEqual(sizes, [...Array.from({ length: 41 }, () => 30), 4]);
        assert.deepEqual(await expansion.finish(), [...ids(1_234)].sort());
    });

    it("queues its own keys alone, and leaves out who is excepted or expired", async () => {
        const all = ids(200);
        const expansion = new Expansion(new FakeAudience(all, new Set(["c5"])));
        const low = await expansion.run({ ...RANGE, keys: { from: "00", to: "80" }, except: ["c6", "c7"] });
        const high = await expansion.run({ ...RANGE, keys: { from: "80", to: "g" }, except: ["c6", "c7"] });
        assert.ok(low > 50 && high > 50);
        assert.equal(low + high, 197);
        assert.deepEqual(await expansion.finish(), all.filter((id) => !["c5", "c6", "c7"].includes(id)).sort());
    });

    it("queues the message's place for whom it excepts, where it has one, and counts them not", async () => {
        const all = ids(1_200);
        const except = all.filter((_, index) => index % 30 === 0);
        const push = { ...PUSH, skip: '{"type":"skip"}' };
        // Two pages, and the rest in another run.
        const expansion = new Expansion(new FakeAudience(all), 600);
        const queued = await expansion.run({ ...RANGE, push, except });
        await expansion.finish();
        const others = all.filter((id) => !except.includes(id)).sort();
        assert.deepEqual(expansion.reached({ ...push, frame: push.skip }), [...except].sort());
        assert.deepEqual(expansion.reached(push), others);
        assert.ok(queued > 900 && queued < 1_000);
    });

    it("reads on through pages whose rows have all expired", async () => {
        const all = ids(1_200);
        const expansion = new Expansion(new FakeAudience(all, new Set(all)));
        assert.equal(await expansion.run(), 0);
        assert.deepEqual(expansion.queue.sent, []);
    });

    it("tries a read again that was throttled, with back-off", async () => {
        const audience = new FakeAudience(ids(600));
        audience.fails = (read) => read === 2 || read === 3;
        const expansion = new Expansion(audience);
        assert.equal(await expansion.run(), 600);
        assert.deepEqual(expansion.waits, [25, 50]);
    });

    it("puts back what it cannot read, with a delay, and neither what it read nor anything twice", async () => {
        const audience = new FakeAudience(ids(1_200));
        audience.fails = (read) => read > 1 && read <= 7;
        const expansion = new Expansion(audience);
        assert.equal(await expansion.run(), 500);
        assert.equal(expansion.ranges.length, 1);
        assert.deepEqual(expansion.queue.sent.at(-1), {
            task: { ...RANGE, attempt: 2, keys: { ...ALL_SORT_KEYS, after: audience.reads[1]?.keys.after } },
            delaySeconds: 1,
        });
        assert.deepEqual(
            expansion.log.lines.map(({ level }) => level),
            ["warn"],
        );
        assert.deepEqual(await expansion.finish(), [...ids(1_200)].sort());
    });

    it("hands on the rest when its time is up, at once", async () => {
        const expansion = new Expansion(new FakeAudience(ids(4_000)), 400);
        assert.equal(await expansion.run(), 1_500);
        const { task, delaySeconds } = expansion.queue.sent.at(-1) ?? {};
        assert.deepEqual([task?.kind, task?.attempt, delaySeconds], ["range", 1, 0]);
        assert.deepEqual(await expansion.finish(), [...ids(4_000)].sort());
    });

    it("fails where a range cannot be read in as many runs as may be: the queue gives up on it", async () => {
        const audience = new FakeAudience(ids(10));
        audience.fails = () => true;
        await assert.rejects(new Expansion(audience).run({ ...RANGE, attempt: 3 }), {
            name: "UnreadableAudienceError",
            code: "unreadable_audience",
            message: "The audience of orders/1 could not be read in 3 runs.",
        });
    });

    it("fails where the queue does", async () => {
        const expansion = new Expansion(new FakeAudience(ids(10)));
        expansion.queue.failure = new Error("no queue");
        await assert.rejects(expansion.run(), /no queue/);
    });
});
