import { strict as assert } from "node:assert";
import type { DeliverChunk } from "../../../functions/deliveries/chunk-delivery";
import type { FanOutReport } from "../../../functions/fan-out/planner";
import { createPlanner, SMALL_AUDIENCE } from "../../../functions/fan-out/planner";
import type { Push } from "../../../functions/deliveries/push";
import { isSkip, skipOf } from "../../../functions/deliveries/push";
import { createRangeExpansion } from "../../../functions/fan-out/range-expansion";
import { FakeAudience } from "../../fakes/audience";
import { RecordingDeliveryQueue } from "../../fakes/delivery-queue";
import { RecordingLog } from "../../fakes/recorders";

const PUSH = { namespace: "orders", id: "m-1", channel: "orders/1", frame: "{}", publishedAt: 1 };
const NUMBERED: Push = { ...PUSH, skip: '{"type":"skip"}' };

function ids(count: number): readonly string[] {
    return Array.from({ length: count }, (_, n) => `c${n}`);
}

class Plan {
    readonly queue = new RecordingDeliveryQueue();
    readonly direct: string[] = [];
    /** Who was told of the message's place, at once. */
    readonly skipping: string[] = [];
    /** How many posts were asked for. */
    readonly asked: number[] = [];
    /** How many of them are granted; all but what is beyond the direct audience, if a test does not say. */
    grant: ((count: number) => number) | undefined;
    failure: Error | undefined;

    constructor(private readonly audience: FakeAudience) {}

    run(directAudience: number, except: readonly string[] = [], push: Push = PUSH): Promise<FanOutReport> {
        const expand = createRangeExpansion({
            audience: this.audience,
            queue: this.queue,
            clock: () => 0,
            sleep: async () => undefined,
            random: () => 0.5,
            log: new RecordingLog(),
            chunkSize: 25,
            maxAttempts: 3,
            budgetMs: 1_000,
        });
        const deliver: DeliverChunk = async ({ push: posted, attempt, recipients }) => {
            await new Promise((resolve) => setImmediate(resolve));
            if (this.failure !== undefined) {
                throw this.failure;
            }
            assert.deepEqual([posted, attempt], [isSkip(posted) ? skipOf(push) : push, 1]);
            const reached = isSkip(posted) ? this.skipping : this.direct;
            reached.push(...recipients.map(({ connectionId }) => connectionId));
            return { delivered: recipients.length - 1, stale: 0, queued: 0, failed: 1 };
        };
        const ask = async (count: number): Promise<number> => {
            this.asked.push(count);
            return Math.min(this.grant?.(count) ?? count, directAudience);
        };
        const { audience, queue } = this;
        const plan = createPlanner({ audience, deliver, expand, queue, chunkSize: 25, ask, directAudience });
        return plan(push, new Set(except));
    }

    get addressed(): readonly string[] {
        return [...this.direct, ...this.queue.chunksOf((push) => !isSkip(push)).flat()].sort();
    }

    get told(): readonly string[] {
        return [...this.skipping, ...this.queue.chunksOf(isSkip).flat()].sort();
    }
}

describe("The planner", () => {
    it("reads a small audience once, and posts to it", async () => {
        const audience = new FakeAudience(ids(200));
        const plan = new Plan(audience);
        assert.deepEqual(await plan.run(1_000), { audience: 200, delivered: 199, stale: 0, queued: 0, failed: 1 });
        assert.equal(audience.reads.length, 1);
        assert.deepEqual([plan.direct.length, plan.queue.sent.length], [200, 0]);
    });

    it(`asks nobody whether it may post to ${SMALL_AUDIENCE}, and for as many posts as there are connections to more`, async () => {
        const small = new Plan(new FakeAudience(ids(SMALL_AUDIENCE + 1)));
        await small.run(1_000, ["c7"]);
        assert.deepEqual([small.asked, small.direct.length], [[], SMALL_AUDIENCE]);
        const larger = new Plan(new FakeAudience(ids(SMALL_AUDIENCE + 1)));
        await larger.run(1_000);
        assert.deepEqual([larger.asked, larger.direct.length], [[SMALL_AUDIENCE + 1], SMALL_AUDIENCE + 1]);
    });

    it("asks once, for about as many posts as a large audience needs, and rather for a few more", async () => {
        for (const count of [300, 1_000, 5_000]) {
            const plan = new Plan(new FakeAudience(ids(count)));
            await plan.run(10_000);
            assert.equal(plan.asked.length, 1);
            const [asked = 0] = plan.asked;
            assert.ok(asked >= count && asked < count * 1.5, `${asked} for ${count}`);
            assert.equal(plan.direct.length, count);
        }
    });

    for (const count of [100, 250, 600, 5_000]) {
        for (const granted of [0, 1, 40, 300]) {
            it(`posts to ${granted} of ${count} at most where it is granted so many, and queues the others at once`, async () => {
                const plan = new Plan(new FakeAudience(ids(count)));
                plan.grant = (wanted) => Math.min(wanted, granted);
                const { audience, queued } = await plan.run(1_500, ["c7"]);
                assert.deepEqual(plan.addressed, [...ids(count)].filter((id) => id !== "c7").sort());
                assert.deepEqual([audience, plan.direct.length + queued], [count - 1, count - 1]);
                assert.ok(plan.direct.length <= granted && plan.direct.length >= Math.min(granted, count - 1) - 1);
                assert.ok(plan.queue.sent.every(({ delaySeconds }) => delaySeconds === 0));
            });
        }
    }

    it("does nothing for nobody", async () => {
        const plan = new Plan(new FakeAudience(["c0"]));
        assert.deepEqual(await plan.run(1_000, ["c0"]), { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 });
        assert.deepEqual([plan.addressed, plan.told], [[], []]);
    });

    it("tells whom the message excepts its place, where it has one, and counts them nowhere", async () => {
        const plan = new Plan(new FakeAudience(ids(10)));
        assert.deepEqual(await plan.run(1_000, ["c0", "c3", "elsewhere"], NUMBERED), {
            audience: 8,
            delivered: 7,
            stale: 0,
            queued: 0,
            failed: 1,
        });
        assert.deepEqual(plan.told, ["c0", "c3"]);
        assert.deepEqual(
            plan.addressed,
            ids(10).filter((id) => id !== "c0" && id !== "c3"),
        );
        const alone = new Plan(new FakeAudience(["c0"]));
        assert.deepEqual(await alone.run(1_000, ["c0"], NUMBERED), {
            audience: 0,
            delivered: 0,
            stale: 0,
            queued: 0,
            failed: 0,
        });
        assert.deepEqual([alone.addressed, alone.told], [[], ["c0"]]);
    });

    it("asks for no posts to tell a few their place, and has it queued for more", async () => {
        const all = ids(2 * SMALL_AUDIENCE + 1);
        for (const count of [SMALL_AUDIENCE, SMALL_AUDIENCE + 1]) {
            const plan = new Plan(new FakeAudience(all));
            plan.grant = () => 0;
            await plan.run(1_000, all.slice(0, count), NUMBERED);
            assert.deepEqual(plan.told, all.slice(0, count).sort());
            assert.equal(plan.skipping.length, count === SMALL_AUDIENCE ? count : 0);
            assert.deepEqual(plan.asked, count === SMALL_AUDIENCE ? [SMALL_AUDIENCE + 1] : []);
        }
    });

    it("fails where it can neither tell them nor have it told", async () => {
        const plan = new Plan(new FakeAudience(["c0"]));
        plan.failure = new Error("no credentials");
        await assert.rejects(plan.run(1_000, ["c0"], NUMBERED), /no credentials/);
    });

    for (const count of [251, 1_000, 5_000, 20_000]) {
        for (const directAudience of [25, 1_500, 7_500]) {
            it(`addresses each of ${count} once, of which about ${directAudience} directly`, async () => {
                const plan = new Plan(new FakeAudience(ids(count)));
                const except = ids(count).filter((_, index) => index % 100 === 7);
                const { audience, queued } = await plan.run(directAudience, except, NUMBERED);
                assert.deepEqual(plan.addressed, [...ids(count)].filter((id) => !except.includes(id)).sort());
                assert.deepEqual(plan.told, [...except].sort());
                assert.equal(audience, count - except.length);
                assert.equal(plan.direct.length, count - except.length - queued);
                const wanted = Math.min(count, directAudience);
                const { length } = plan.direct;
                assert.ok(length > wanted * 0.6 && length <= wanted, `${length} directly`);
            });
        }
    }

    it("reads a large audience in up to four parts at once", async () => {
        const audience = new FakeAudience(ids(20_000));
        await new Plan(audience).run(500);
        // Besides the part that it posts to itself.
        assert.equal(new Set(audience.reads.slice(1).map(({ keys }) => keys.to)).size, 1 + 4);
    });

    it("queues the part that it cannot read for posting to it itself", async () => {
        const audience = new FakeAudience(ids(5_000));
        audience.fails = (read) => read === 2;
        const plan = new Plan(audience);
        assert.equal((await plan.run(2_000)).audience, 5_000);
        assert.deepEqual(plan.addressed, [...ids(5_000)].sort());
    });

    it("fails where the first page cannot be read, before anything is sent", async () => {
        const audience = new FakeAudience(ids(500));
        audience.fails = () => true;
        const plan = new Plan(audience);
        await assert.rejects(plan.run(100), /throttled/);
        assert.deepEqual(plan.addressed, []);
    });

    it("fails where a part fails, once the others are done", async () => {
        const plan = new Plan(new FakeAudience(ids(5_000)));
        plan.failure = new Error("no credentials");
        await assert.rejects(plan.run(500), /no credentials/);
        assert.ok(plan.queue.chunks.flat().length > 4_000);
        const other = new Plan(new FakeAudience(ids(5_000)));
        other.queue.failure = new Error("no queue");
        await assert.rejects(other.run(500), /no queue/);
        assert.ok(other.direct.length > 300);
    });
});
