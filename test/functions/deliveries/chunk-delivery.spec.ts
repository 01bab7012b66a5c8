import { strict as assert } from "node:assert";
import { Slots } from "../../../functions/runtime/concurrency";
import type { ChunkReport } from "../../../functions/deliveries/chunk-delivery";
import { createChunkDelivery } from "../../../functions/deliveries/chunk-delivery";
import { Regulator } from "../../../functions/posting/regulator";
import type { Chunk } from "../../../functions/deliveries/task";
import { TokenBucket } from "../../../functions/posting/token-bucket";
import type { PostOutcome } from "../../../functions/transports/transport";
import { RecordingDeliveryQueue } from "../../fakes/delivery-queue";
import { RecordingDeadLetters, RecordingLog } from "../../fakes/recorders";
import { fakeTransport } from "../../fakes/transport";

const NOW = 1_707_502_303_000;
const FRAME = '{"type":"message"}';
const PUSH = { namespace: "orders", id: "m-1", channel: "orders/1", frame: FRAME, publishedAt: NOW - 1_000 };

/** By the first letters of a connection's id. */
const OUTCOMES: Readonly<Record<string, PostOutcome>> = {
    ok: { kind: "delivered" },
    gone: { kind: "gone" },
    thr: { kind: "throttled", reason: "429 LimitExceededException" },
    brk: { kind: "unavailable", reason: "500" },
    bad: { kind: "refused", reason: "403 ForbiddenException" },
};

interface Situation {
    readonly ids: readonly string[];
    readonly attempt?: number;
    readonly publishedAt?: number;
    readonly connectedAt?: number;
    readonly patient?: boolean;
    readonly burst?: number;
    readonly queue?: RecordingDeliveryQueue;
    readonly deadLetters?: RecordingDeadLetters;
}

class Delivery {
    readonly queue: RecordingDeliveryQueue;
    readonly deadLetters: RecordingDeadLetters;
    readonly log = new RecordingLog();
    readonly posted: string[] = [];

    constructor(private readonly situation: Situation) {
        this.queue = situation.queue ?? new RecordingDeliveryQueue();
        this.deadLetters = situation.deadLetters ?? new RecordingDeadLetters();
    }

    run(): Promise<ChunkReport> {
        const { ids, attempt = 1, publishedAt = PUSH.publishedAt, connectedAt = 0 } = this.situation;
        const { patient = true, burst = 1_000 } = this.situation;
        const clock = (): number => NOW;
        const deliver = createChunkDelivery({
            transport: fakeTransport((connectionId, frame) => {
                assert.equal(frame, PUSH.frame);
                this.posted.push(connectionId);
                return OUTCOMES[connectionId.replace(/\d*$/, "")] ?? { kind: "delivered" };
            }),
            registry: { remove: async () => undefined },
            queue: this.queue,
            deadLetters: this.deadLetters,
            slots: new Slots(10),
            regulator: new Regulator(new TokenBucket(10, burst, clock), clock),
            patient,
            chunkSize: 2,
            limits: { maxAttempts: 3, maxAgeSeconds: 60 },
            graceSeconds: 30,
            clock,
            sleep: () => new Promise((resolve) => setImmediate(resolve)),
            random: () => 0.5,
            log: this.log,
        });
        const recipients = ids.map((connectionId) => ({ connectionId, connectedAt }));
        const chunk: Chunk = { kind: "chunk", push: { ...PUSH, publishedAt }, attempt, recipients };
        return deliver(chunk);
    }
}

describe("The delivery of a chunk", () => {
    it("leaves nothing where everybody is reached or gone", async () => {
        const delivery = new Delivery({ ids: ["ok1", "gone1", "ok2"] });
        assert.deepEqual(await delivery.run(), { delivered: 2, stale: 1, queued: 0, failed: 0 });
        assert.deepEqual([delivery.queue.sent, delivery.deadLetters.undeliverable, delivery.log.lines], [[], [], []]);
    });

    it("puts those who remain, and nobody else, back as smaller chunks of the next attempt, with a delay", async () => {
        const delivery = new Delivery({ ids: ["ok1", "thr1", "ok2", "brk1", "thr2", "gone1"], attempt: 2 });
        assert.deepEqual(await delivery.run(), { delivered: 2, stale: 1, queued: 3, failed: 0 });
        assert.deepEqual(
            delivery.queue.chunks.map(({ length }) => length),
            [2, 1],
        );
        assert.deepEqual([...delivery.queue.chunks.flat()].sort(), ["brk1", "thr1", "thr2"]);
        for (const { task, delaySeconds } of delivery.queue.sent) {
            assert.ok(task.kind === "chunk");
            assert.deepEqual([task.attempt, task.push], [3, PUSH]);
            // Half of the bound of the second attempt, 2 s.
            assert.equal(delaySeconds, 1);
        }
    });

    it("gives up on what cannot change at once, with message, channel, connections and reason", async () => {
        const delivery = new Delivery({ ids: ["ok1", "bad1"] });
        assert.deepEqual(await delivery.run(), { delivered: 1, stale: 0, queued: 0, failed: 1 });
        assert.deepEqual(delivery.deadLetters.undeliverable, [
            {
                channel: "orders/1",
                frame: PUSH.frame,
                connections: [{ connectionId: "bad1", connectedAt: 0, reason: "403 ForbiddenException" }],
            },
        ]);
        assert.deepEqual(
            delivery.log.lines.map(({ level }) => level),
            ["error"],
        );
    });

    for (const [what, limit] of [
        ["attempts", { attempt: 3 }],
        ["age", { publishedAt: NOW - 60_000 }],
    ] as const) {
        it(`gives up on the rest when the ${what} run out`, async () => {
            const delivery = new Delivery({ ids: ["ok1", "thr1", "brk1"], ...limit });
            assert.deepEqual(await delivery.run(), { delivered: 1, stale: 0, queued: 0, failed: 2 });
            const [letter] = delivery.deadLetters.undeliverable;
            assert.deepEqual(letter?.connections.map(({ connectionId, reason }) => [connectionId, reason]).sort(), [
                ["brk1", "500"],
                ["thr1", "429 LimitExceededException"],
            ]);
            assert.deepEqual(delivery.queue.sent, []);
        });
    }

    it("tries fresh connections that are not there again, and in the end takes them for gone", async () => {
        const fresh = { ids: ["gone1", "gone2"], connectedAt: NOW - 1_000 };
        const first = new Delivery(fresh);
        assert.deepEqual(await first.run(), { delivered: 0, stale: 0, queued: 2, failed: 0 });
        const last = new Delivery({ ...fresh, attempt: 3 });
        assert.deepEqual(await last.run(), { delivered: 0, stale: 2, queued: 0, failed: 0 });
        assert.deepEqual(last.deadLetters.undeliverable, []);
    });

    it("leaves to deliverers, at once, what the notifier's rate does not let through", async () => {
        const delivery = new Delivery({ ids: ["ok1", "ok2", "ok3", "ok4", "ok5"], patient: false, burst: 2 });
        assert.deepEqual(await delivery.run(), { delivered: 2, stale: 0, queued: 3, failed: 0 });
        assert.deepEqual(delivery.posted, ["ok1", "ok2"]);
        assert.ok(delivery.queue.sent.every(({ delaySeconds }) => delaySeconds === 0));
    });

    it("fails where what remains cannot be stored, so that the whole chunk comes back", async () => {
        const queue = new RecordingDeliveryQueue();
        queue.failure = new Error("no queue");
        await assert.rejects(new Delivery({ ids: ["ok1", "thr1"], queue }).run(), /no queue/);
        const deadLetters = new RecordingDeadLetters();
        deadLetters.failure = new Error("no dead letters");
        await assert.rejects(new Delivery({ ids: ["ok1", "bad1"], deadLetters }).run(), /no dead letters/);
    });
});
