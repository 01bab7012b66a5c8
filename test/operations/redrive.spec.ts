import { strict as assert } from "node:assert";
import type { JsonObject } from "../../contract/json";
import type { HeldLetter, RedriveOptions, RedriveSummary } from "../../operations/redrive/redrive";
import { redrive } from "../../operations/redrive/redrive";
import { RecordingDeliveryQueue } from "../fakes/delivery-queue";

function rejected(id: string, reason = "unknown_namespace"): unknown {
    const event = { id, "detail-type": "X", source: "orders", detail: { channel: "orders/1" } };
    return { reason, message: "…", event };
}

const FRAME = { type: "message", channel: "orders/1", id: "m-1", source: "orders", data: 1 };
const UNDELIVERED = {
    reason: "undelivered",
    message: "…",
    channel: "orders/1",
    connections: [{ connectionId: "a=", connectedAt: 1, reason: "429" }],
    frame: FRAME,
};

class DeadLetterQueue {
    readonly published: JsonObject[] = [];
    readonly deliveries = new RecordingDeliveryQueue();
    readonly lines: string[] = [];
    /** What happened, in order. */
    readonly steps: string[] = [];
    readonly letters = new Map<string, string>();
    /** Ids of events that cannot be published, and of those that are rejected once more. */
    fails = new Set<string>();
    rejectsAgain = new Set<string>();
    /** After so many batches what is held can be seen again, once. */
    holdsEndAfter = Infinity;
    isReleaseRefused = false;
    private readonly held = new Set<string>();
    private batches = 0;

    constructor(...letters: readonly unknown[]) {
        letters.forEach((letter) => {
            this.add(letter);
        });
    }

    run(options: RedriveOptions): Promise<RedriveSummary> {
        return redrive(
            {
                letters: { receive: async () => this.receive() },
                publish: async (event) => {
                    const id = String(event["id"]);
                    if (this.fails.has(id)) {
                        throw new Error("the notifier failed");
                    }
                    this.steps.push(`publish ${id}`);
                    this.published.push(event);
                    if (this.rejectsAgain.has(id)) {
                        this.add(rejected(id));
                    }
                    return { delivered: 1 };
                },
                deliveries: this.deliveries,
                clock: () => 9,
                print: (line) => void this.lines.push(line),
            },
            options,
        );
    }

    private add(letter: unknown): void {
        this.letters.set(`letter-${this.letters.size + 1}`, JSON.stringify(letter));
    }

    private receive(): readonly HeldLetter[] {
        if (this.batches++ === this.holdsEndAfter) {
            this.held.clear();
        }
        const visible = [...this.letters].filter(([messageId]) => !this.held.has(messageId)).slice(0, 2);
        return visible.map(([messageId, body]) => {
            this.held.add(messageId);
            return {
                messageId,
                body,
                remove: async () => {
                    this.steps.push(`remove ${messageId}`);
                    this.letters.delete(messageId);
                },
                release: async () => {
                    if (this.isReleaseRefused) {
                        throw new Error("the receipt handle has expired");
                    }
                    this.held.delete(messageId);
                },
            };
        });
    }
}

describe("A redrive", () => {
    it("says what it would do, and does nothing, unless told to", async () => {
        const poison = { reason: "malformed_delivery", body: "poison" };
        const queue = new DeadLetterQueue(rejected("e-1"), UNDELIVERED, poison);
        assert.deepEqual(await queue.run({ execute: false }), { redriven: 2, kept: 1 });
        assert.deepEqual([queue.published, queue.deliveries.sent, queue.letters.size], [[], [], 3]);
        assert.deepEqual(queue.lines, [
            "would     publish orders X e-1  unknown_namespace",
            "would     deliver m-1 on orders/1 to 1 connections  undelivered",
            "keep      letter-3  malformed_delivery: there is no event in it",
        ]);
        assert.deepEqual(await queue.run({ execute: false }), { redriven: 2, kept: 1 }, "others see them as before");
    });

    it("publishes each event again as it was, and removes its letter after that", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2"), rejected("e-3"));
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 3, kept: 0 });
        assert.deepEqual(queue.published[0], (rejected("e-1") as { event: unknown }).event);
        assert.deepEqual(queue.steps.slice(0, 4), ["publish e-1", "remove letter-1", "publish e-2", "remove letter-2"]);
        assert.equal(queue.letters.size, 0);
        assert.equal(queue.lines[0], 'redriven  publish orders X e-1  unknown_namespace  {"delivered":1}');
    });

    it("puts connections that were not reached on the delivery queue", async () => {
        const queue = new DeadLetterQueue(UNDELIVERED);
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 1, kept: 0 });
        assert.deepEqual(queue.deliveries.chunks, [["a="]]);
        const [task] = queue.deliveries.drain();
        assert.ok(task?.kind === "chunk");
        assert.deepEqual(task.push, {
            namespace: "orders",
            id: "m-1",
            channel: "orders/1",
            frame: JSON.stringify(FRAME),
            publishedAt: 9,
        });
        assert.equal(queue.letters.size, 0);
    });

    it("keeps what could not be published, and goes on", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2"), UNDELIVERED);
        queue.fails.add("e-1");
        queue.deliveries.failure = new Error("no queue");
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 1, kept: 2 });
        assert.deepEqual([...queue.letters.keys()], ["letter-1", "letter-3"]);
        assert.match(queue.lines[0] ?? "", /^failed .*e-1.*the notifier failed$/);
    });

    it("tries each event once, though it be rejected again", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"));
        queue.rejectsAgain.add("e-1");
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 1, kept: 1 });
        assert.equal(queue.published.length, 1);
        assert.equal(queue.letters.size, 1);
    });

    it("goes on to the end where letters that were held for too long come again", async () => {
        const queue = new DeadLetterQueue(rejected("a"), rejected("b"), rejected("c"), rejected("d"));
        queue.fails = new Set(["a", "b"]);
        queue.holdsEndAfter = 1;
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 2, kept: 2 });
        assert.deepEqual([...queue.letters.keys()], ["letter-1", "letter-2"]);
    });

    it("does not fail because a letter cannot be let go: it can be seen again by itself", async () => {
        const queue = new DeadLetterQueue(rejected("a"));
        queue.fails = new Set(["a"]);
        queue.isReleaseRefused = true;
        assert.deepEqual(await queue.run({ execute: true }), { redriven: 0, kept: 1 });
        assert.match(queue.lines.at(-1) ?? "", /^1 letters are still held/);
    });

    it("can be for letters of one reason alone", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2", "malformed"), UNDELIVERED);
        assert.deepEqual(await queue.run({ execute: true, reason: "malformed" }), { redriven: 1, kept: 2 });
        assert.deepEqual(
            queue.published.map(({ id }) => id),
            ["e-2"],
        );
    });
});
