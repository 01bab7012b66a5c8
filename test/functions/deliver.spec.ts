import { strict as assert } from "node:assert";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { createDeliverHandler } from "../../functions/deliver/handler";
import type { ChunkReport } from "../../functions/deliveries/chunk-delivery";
import { createDeliverer } from "../../functions/deliveries/deliverer";
import type { Chunk, RangeTask } from "../../functions/deliveries/task";
import { serializeTask } from "../../functions/deliveries/task";
import type { ReplayTask } from "../../functions/deliveries/replay-task";
import { RecordingLog, RecordingMetrics } from "../fakes/recorders";

const PUSH = { namespace: "orders", id: "m-1", channel: "orders/1", frame: "{}", publishedAt: 1 };
const CHUNK: Chunk = { kind: "chunk", push: PUSH, attempt: 2, recipients: [{ connectionId: "a=", connectedAt: 1 }] };
const RANGE: RangeTask = { kind: "range", push: PUSH, attempt: 1, keys: { from: "00", to: "g" }, except: [] };

const REPLAY: ReplayTask = {
    kind: "replay",
    connection: { connectionId: "a=", connectedAt: 1 },
    channels: [{ channel: "orders/1", since: { epoch: "e", offset: 2 } }],
    attempt: 1,
    askedAt: 1,
};

class Deliverer {
    readonly metrics = new RecordingMetrics();
    readonly log = new RecordingLog();
    readonly delivered: Chunk[] = [];
    readonly expanded: RangeTask[] = [];
    readonly replays: ReplayTask[] = [];
    readonly letters: { readonly reason: string; readonly body: string }[] = [];
    /** Fails for chunks with this message id. */
    failsFor: string | undefined;
    noLetters = false;

    run(bodies: readonly string[]): Promise<SQSBatchResponse> {
        const handle = createDeliverer({
            deliver: async (chunk): Promise<ChunkReport> => {
                if (chunk.push.id === this.failsFor) {
                    throw new Error("no queue");
                }
                this.delivered.push(chunk);
                return { delivered: 1, stale: 2, queued: 3, failed: 4 };
            },
            expand: async (range) => this.expanded.push(range),
            replay: async (task) => this.replays.push(task),
            putLetter: async (reason, body) => {
                if (this.noLetters) {
                    throw new Error("no letters");
                }
                this.letters.push({ reason, body });
            },
            metrics: this.metrics,
            log: this.log,
        });
        return createDeliverHandler(handle, this.log)({ Records: bodies.map(record) });
    }
}

describe("deliver", () => {
    it("delivers chunks, counts what became of them, and expands ranges", async () => {
        const deliverer = new Deliverer();
        assert.deepEqual(await deliverer.run([serializeTask(CHUNK), serializeTask(RANGE)]), { batchItemFailures: [] });
        assert.deepEqual([deliverer.delivered, deliverer.expanded], [[CHUNK], [RANGE]]);
        assert.deepEqual(deliverer.metrics.counted, [
            { counts: { delivered: 1, stale: 2, failed: 4 }, namespace: "orders" },
        ]);
    });

    it("tells excepted connections the message's place, and counts nothing for it", async () => {
        const deliverer = new Deliverer();
        const skip = '{"type":"skip"}';
        const chunk = { ...CHUNK, push: { ...PUSH, frame: skip, skip } };
        assert.deepEqual(await deliverer.run([serializeTask(chunk)]), { batchItemFailures: [] });
        assert.deepEqual([deliverer.delivered, deliverer.metrics.counted], [[chunk], []]);
    });

    it("replays, and counts the frames", async () => {
        const deliverer = new Deliverer();
        assert.deepEqual(await deliverer.run([serializeTask(REPLAY)]), { batchItemFailures: [] });
        assert.deepEqual(deliverer.replays, [REPLAY]);
        assert.deepEqual(deliverer.metrics.counted, [{ counts: { replayed: 1 } }]);
    });

    it("asks for the failed message of a batch alone to come back", async () => {
        const deliverer = new Deliverer();
        deliverer.failsFor = "m-2";
        const failing = serializeTask({ ...CHUNK, push: { ...PUSH, id: "m-2" } });
        assert.deepEqual(await deliverer.run([serializeTask(CHUNK), failing, serializeTask(CHUNK)]), {
            batchItemFailures: [{ itemIdentifier: "message-1" }],
        });
        assert.equal(deliverer.delivered.length, 2);
        assert.deepEqual(
            deliverer.log.lines.map(({ level }) => level),
            ["error"],
        );
    });

    it("keeps a poison message in the dead letters, with its reason, and is done with it", async () => {
        const deliverer = new Deliverer();
        assert.deepEqual(await deliverer.run(["poison", serializeTask(CHUNK)]), { batchItemFailures: [] });
        assert.equal(deliverer.delivered.length, 1);
        const [letter] = deliverer.letters;
        assert.equal(letter?.reason, "malformed_delivery");
        assert.deepEqual(JSON.parse(letter.body), {
            reason: "malformed_delivery",
            message: "A delivery ends with a list and a frame; this one does not.",
            body: "poison",
        });
        assert.deepEqual(deliverer.metrics.counted[0], { counts: { rejected: 1 } });
    });

    it("lets a poison message come back where the dead letters cannot take it", async () => {
        const deliverer = new Deliverer();
        deliverer.noLetters = true;
        assert.deepEqual(await deliverer.run(["poison"]), { batchItemFailures: [{ itemIdentifier: "message-0" }] });
    });
});

function record(body: string, index: number): SQSRecord {
    return {
        messageId: `message-${index}`,
        receiptHandle: "handle",
        body,
        attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: "1",
            SenderId: "sender",
            ApproximateFirstReceiveTimestamp: "1",
        },
        messageAttributes: {},
        md5OfBody: "",
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:deliveries",
        awsRegion: "us-east-1",
    };
}
