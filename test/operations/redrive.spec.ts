import { strict as assert } from "node:assert";
import type { JsonObject } from "../../contract/json";
import type { HeldLetter } from "../../operations/redrive/letters";
import type { RedriveOptions, RedriveSummary } from "../../operations/redrive/redrive";
import { listLetters } from "../../operations/redrive/list";
import { redrive } from "../../operations/redrive/redrive";
import { RecordingDeliveryQueue } from "../fakes/delivery-queue";

function rejected(id: string, reason = "unknown_namespace"): unknown {
    const event = { id, "detail-type": "X", source: "orders", detail: { channel: "orders/1" } };
    return { reason, message: "Nobody registered it.", event };
}

/** A run of which every letter has been taken up, and nothing fails. */
const ALL_WELL: RedriveSummary = { redriven: 0, cameBack: 0, failed: 0, kept: 0, queued: 0 };

/** When a run begins; each look at the clock takes a millisecond, and each at the queue a second. */
const START = 1_000_000;

const FRAME = { type: "message", channel: "orders/1", id: "m-1", source: "orders", data: 1 };
const UNDELIVERED = {
    reason: "undelivered",
    message: "…",
    channel: "orders/1",
    connections: [{ connectionId: "a=", connectedAt: 1, reason: "429" }],
    frame: FRAME,
};

/** As a pipe writes it. */
const CHANGE = {
    context: { partnerResourceArn: "arn:aws:pipes:…", condition: "RetryAttemptsExhausted" },
    version: "1.0",
    timestamp: "2026-01-01T11:00:00Z",
    DDBStreamBatchInfo: {
        shardId: "s-1",
        startSequenceNumber: "100",
        endSequenceNumber: "200",
        approximateArrivalOfFirstRecord: "2026-01-01T10:00:00Z",
        approximateArrivalOfLastRecord: "2026-01-01T10:00:01Z",
        batchSize: 2,
        streamArn: "arn:aws:dynamodb:…",
    },
};

class DeadLetterQueue {
    readonly published: JsonObject[] = [];
    readonly deliveries = new RecordingDeliveryQueue();
    readonly lines: string[] = [];
    /** What happened, in order. */
    readonly steps: string[] = [];
    readonly letters = new Map<string, string>();
    /** What becomes of a message's letters after so many looks at the queue. */
    readonly arrivals: { readonly afterLooks: number; readonly letter: unknown }[] = [];
    report: JsonObject = { delivered: 1 };
    /** Ids of events that cannot be published, and of those that are rejected once more. */
    fails = new Set<string>();
    rejectsAgain = new Set<string>();
    /** After so many batches what is held can be seen again, once. */
    holdsEndAfter = Infinity;
    isReleaseRefused = false;
    private readonly held = new Set<string>();
    private batches = 0;
    private now = START;
    private readonly sentAt = new Map<string, number>();

    constructor(...letters: readonly unknown[]) {
        letters.forEach((letter) => {
            this.add(letter);
        });
    }

    run(options: Partial<RedriveOptions> = {}): Promise<RedriveSummary> {
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
                    return this.report;
                },
                deliveries: this.deliveries,
                clock: () => this.now++,
                print: (line) => void this.lines.push(line),
            },
            { watchSeconds: 30, ...options },
        );
    }

    private add(letter: unknown): void {
        const messageId = `letter-${this.sentAt.size + 1}`;
        this.letters.set(messageId, JSON.stringify(letter));
        this.sentAt.set(messageId, this.batches === 0 ? 0 : this.now);
    }

    private receive(): readonly HeldLetter[] {
        if (this.batches++ === this.holdsEndAfter) {
            this.held.clear();
        }
        this.now += 1_000;
        for (const { letter } of this.arrivals.filter(({ afterLooks }) => afterLooks === this.batches)) {
            this.add(letter);
        }
        const visible = [...this.letters].filter(([messageId]) => !this.held.has(messageId)).slice(0, 2);
        return visible.map(([messageId, body]) => {
            this.held.add(messageId);
            return {
                messageId,
                body,
                sentAt: this.sentAt.get(messageId) ?? 0,
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
    it("publishes each event again as it was, and removes its letter after that", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2"), rejected("e-3"));
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 3 });
        assert.deepEqual(queue.published[0], (rejected("e-1") as { event: unknown }).event);
        assert.deepEqual(queue.steps.slice(0, 4), ["publish e-1", "remove letter-1", "publish e-2", "remove letter-2"]);
        assert.equal(queue.letters.size, 0);
        assert.deepEqual(queue.lines.slice(0, 2), [
            "Watching the queue for 30 s for what comes back …",
            'redriven   publish orders X e-1  unknown_namespace: Nobody registered it.  {"delivered":1}',
        ]);
    });

    it("puts connections that were not reached on the delivery queue", async () => {
        const queue = new DeadLetterQueue(UNDELIVERED);
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, queued: 1 });
        assert.deepEqual(queue.deliveries.chunks, [["a="]]);
        const [task] = queue.deliveries.drain();
        assert.ok(task?.kind === "chunk");
        const { publishedAt, ...push } = task.push;
        assert.deepEqual(push, { namespace: "orders", id: "m-1", channel: "orders/1", frame: JSON.stringify(FRAME) });
        assert.equal(publishedAt > START, true);
        assert.equal(queue.letters.size, 0);
    });

    it("says of an event whose audience is left to deliverers that it may yet come back", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"));
        queue.report = { delivered: 0, queued: 3 };
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, queued: 1 });
    });

    it("keeps what could not be published, and goes on", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2"), UNDELIVERED);
        queue.fails.add("e-1");
        queue.deliveries.failure = new Error("no queue");
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, failed: 2 });
        assert.deepEqual([...queue.letters.keys()], ["letter-1", "letter-3"]);
        assert.match(queue.lines[0] ?? "", /^failed .*e-1.*the notifier failed$/);
    });

    it("says of each event that is rejected once more that it came back, with the letter's reason, and tries it once", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2"), rejected("e-3"));
        queue.rejectsAgain = new Set(["e-1", "e-3"]);
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, cameBack: 2 });
        assert.equal(queue.published.length, 3);
        assert.deepEqual(
            queue.lines.filter((line) => !line.startsWith("Watching")),
            [
                "came back  publish orders X e-1  unknown_namespace: Nobody registered it.",
                "came back  publish orders X e-3  unknown_namespace: Nobody registered it.",
                'redriven   publish orders X e-2  unknown_namespace: Nobody registered it.  {"delivered":1}',
            ],
        );
        assert.equal(queue.letters.size, 2);
    });

    it("sees a delivery that comes back while it watches, also of a message that it published as an event", async () => {
        const event = { id: "e-9", "detail-type": "X", source: "orders", detail: { channel: "orders/1", id: "m-1" } };
        for (const letter of [UNDELIVERED, { reason: "failed", event }]) {
            const queue = new DeadLetterQueue(letter, rejected("e-2"));
            queue.arrivals.push({ afterLooks: 20, letter: UNDELIVERED });
            assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, cameBack: 1 });
        }
    });

    it("does not see what comes back after the time that it was told to watch", async () => {
        const queue = new DeadLetterQueue(UNDELIVERED);
        queue.arrivals.push({ afterLooks: 20, letter: UNDELIVERED });
        assert.deepEqual(await queue.run({ watchSeconds: 10 }), { ...ALL_WELL, redriven: 1, queued: 1 });
    });

    it("leaves letters of other messages that arrive while it watches to the next run", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"));
        queue.arrivals.push({ afterLooks: 5, letter: rejected("e-2") });
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, kept: 1 });
        assert.deepEqual([queue.published.length, queue.letters.size], [1, 1]);
    });

    it("publishes an event of two letters once, and does not say that the second came back", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-1"));
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 1, kept: 1 });
        assert.equal(queue.published.length, 1);
    });

    it("goes on to the end where letters that were held for too long come again", async () => {
        const queue = new DeadLetterQueue(rejected("a"), rejected("b"), rejected("c"), rejected("d"));
        queue.fails = new Set(["a", "b"]);
        queue.holdsEndAfter = 1;
        assert.deepEqual(await queue.run(), { ...ALL_WELL, redriven: 2, failed: 2 });
        assert.deepEqual([...queue.letters.keys()], ["letter-1", "letter-2"]);
    });

    it("does not fail because a letter cannot be let go: it can be seen again by itself", async () => {
        const queue = new DeadLetterQueue(rejected("a"));
        queue.fails = new Set(["a"]);
        queue.isReleaseRefused = true;
        assert.deepEqual(await queue.run(), { ...ALL_WELL, failed: 1 });
        assert.match(queue.lines.at(-1) ?? "", /^1 letters are still held/);
    });

    it("can be for letters of one reason alone", async () => {
        const queue = new DeadLetterQueue(rejected("e-1"), rejected("e-2", "malformed"), UNDELIVERED);
        assert.deepEqual(await queue.run({ reason: "malformed" }), { ...ALL_WELL, redriven: 1, kept: 2 });
        assert.deepEqual(
            queue.published.map(({ id }) => id),
            ["e-2"],
        );
    });

    it("leaves to a person a table's change, of which the letter has only the place in the stream, and says where", async () => {
        const queue = new DeadLetterQueue(CHANGE);
        assert.deepEqual(await queue.run(), { ...ALL_WELL, kept: 1 });
        assert.match(
            queue.lines[0] ?? "",
            /^kept {7}letter-1 {2}unpublished_change; 2 changes .*until 2026-01-02T10:00:00.000Z.*shard s-1, from 100 to 200/,
        );
    });
});

describe("A list of dead letters", () => {
    const letters = Array.from({ length: 25 }, (_, n) => rejected(`e-${n}`, n === 7 ? "malformed" : undefined));

    /** SQS shows ten at a time, of its own choice, and the same ones again. */
    function list(all: readonly unknown[], { shown = all.length, reason = undefined as string | undefined } = {}) {
        const lines: string[] = [];
        let next = 0;
        const looks = listLetters(
            {
                letters: {
                    count: async () => all.length,
                    look: async () =>
                        Array.from({ length: Math.min(10, shown) }, () => {
                            const index = next++ % shown;
                            return { messageId: `letter-${index}`, body: JSON.stringify(all[index]), sentAt: START };
                        }),
                },
                clock: () => START,
                print: (line) => void lines.push(line),
            },
            reason === undefined ? {} : { reason },
        );
        return looks.then((summary) => ({ summary, lines }));
    }

    it("shows each letter once, with its time, its reason and its own message", async () => {
        const { summary, lines } = await list([...letters, { reason: "malformed_delivery", body: "poison" }, CHANGE]);
        assert.deepEqual(summary, { redrivable: 25, unreadable: 2, unseen: 0 });
        assert.equal(lines.length, 54);
        assert.deepEqual(lines.slice(0, 2), [
            "1970-01-01T00:16:40.000Z  would publish orders X e-0",
            "    unknown_namespace: Nobody registered it.",
        ]);
        assert.deepEqual(lines.slice(50, 52), [
            "1970-01-01T00:16:40.000Z  would keep letter-25",
            "    malformed_delivery; there is no event in it",
        ]);
    });

    it("says how many SQS did not show", async () => {
        assert.deepEqual((await list(letters, { shown: 3 })).summary, { redrivable: 3, unreadable: 0, unseen: 22 });
    });

    it("can be of one reason alone", async () => {
        const { summary } = await list(letters, { reason: "malformed" });
        assert.deepEqual(summary, { redrivable: 1, unreadable: 0, unseen: 0 });
    });

    it("lets no publisher's text steer the terminal", async () => {
        const { lines } = await list([{ reason: "malformed", message: "no \u001b[2J\nchannel", event: {} }]);
        assert.equal(lines[1], "    malformed: no  [2J channel; there is no event in it");
    });
});
