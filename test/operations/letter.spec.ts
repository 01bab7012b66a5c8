import { strict as assert } from "node:assert";
import type { DeadLetters, PutLetter } from "../../functions/deliveries/dead-letters";
import { createDeadLetters } from "../../functions/deliveries/dead-letters";
import type { Chunk } from "../../functions/deliveries/task";
import { serializeTask } from "../../functions/deliveries/task";
import { readLetter } from "../../operations/redrive/letter";

const NOW = 1_707_502_303_000;
const EVENT = {
    version: "0",
    id: "event-1",
    "detail-type": "OrderShipped",
    source: "orders",
    time: "2024-02-09T18:11:43Z",
    detail: { channel: "orders/1", data: 1 },
};
const DATA = '[1.0,12345678901234567890,"],\\"frame\\":"]';
const FRAME = `{"type":"message","channel":"orders/1","id":"m-1","source":"orders","data":${DATA}}`;
const CHUNK: Chunk = {
    kind: "chunk",
    push: { namespace: "orders", id: "m-1", channel: "orders/1", frame: FRAME, publishedAt: 5 },
    attempt: 7,
    recipients: [{ connectionId: "a=", connectedAt: 1 }],
};

describe("A dead letter", () => {
    it("of a rejected event is published again as it was, under its own id", async () => {
        const rejection = { code: "unknown_namespace", message: "…" } as const;
        const body = await written((letters) => letters.rejected(rejection, EVENT));
        assert.deepEqual(readLetter(body, NOW), {
            kind: "event",
            id: "event-1",
            reason: "unknown_namespace",
            message: "…",
            event: EVENT,
        });
    });

    it("of an event that was too large to be kept is left for somebody to look at", async () => {
        const large = { ...EVENT, detail: { data: "x".repeat(1_100_000) } };
        const rejection = { code: "payload_too_large", message: "…" } as const;
        const body = await written((letters) => letters.rejected(rejection, large));
        assert.equal(readLetter(body, NOW).kind, "kept");
    });

    it("of a replay that was given up is the replay itself, to be tried afresh", () => {
        const replay = {
            kind: "replay" as const,
            connection: { connectionId: "a=", connectedAt: 1 },
            channels: [{ channel: "orders/1", since: { epoch: "e", offset: 2 } }],
            attempt: 10,
            askedAt: 5,
        };
        const again = { ...replay, attempt: 1, askedAt: NOW };
        const letter = JSON.stringify({ reason: "unreplayed", message: "429", ...replay });
        assert.deepEqual(readLetter(letter, NOW), {
            kind: "deliveries",
            id: "a=",
            reason: "unreplayed",
            message: "429",
            tasks: [again],
        });
        assert.deepEqual(readLetter(serializeTask(replay), NOW), {
            kind: "deliveries",
            id: "a=",
            reason: "received_too_often",
            tasks: [again],
        });
    });

    it("that EventBridge could not deliver is the event itself", () => {
        assert.deepEqual(readLetter(JSON.stringify(EVENT), NOW), {
            kind: "event",
            id: "event-1",
            reason: "undeliverable",
            event: EVENT,
        });
    });

    it("of a run that failed for good holds the event, as Lambda was given it", () => {
        const record = {
            version: "1.0",
            requestContext: { requestId: "request-1", condition: "RetriesExhausted" },
            requestPayload: EVENT,
            responsePayload: { errorType: "Error", errorMessage: "no table" },
        };
        assert.deepEqual(readLetter(JSON.stringify(record), NOW), {
            kind: "event",
            id: "event-1",
            reason: "failed",
            message: "no table",
            event: EVENT,
        });
        const direct = { namespace: "orders", event: "Hello", channel: "orders/1", data: 1 };
        assert.deepEqual(readLetter(JSON.stringify({ ...record, requestPayload: direct }), NOW), {
            kind: "event",
            id: "request-1",
            reason: "failed",
            message: "no table",
            event: { ...direct, id: "request-1" },
        });
        const keyed = { ...direct, id: "k-1" };
        assert.deepEqual(readLetter(JSON.stringify({ ...record, requestPayload: keyed }), NOW), {
            kind: "event",
            id: "k-1",
            reason: "failed",
            message: "no table",
            event: keyed,
        });
    });

    it("of connections that were not reached is delivered to them again, its frame byte for byte", async () => {
        const recipients = Array.from({ length: 30 }, (_, n) => ({ connectionId: `c${n}=`, connectedAt: n }));
        const connections = recipients.map((recipient) => ({ ...recipient, reason: "429" }));
        const message = { channel: "orders/1", frame: FRAME, connections };
        const body = await written((letters) => letters.undelivered(message));
        const redrive = readLetter(body, NOW);
        assert.ok(redrive.kind === "deliveries");
        assert.deepEqual(
            redrive.tasks.map((task) => task.kind === "chunk" && task.recipients.length),
            [25, 5],
        );
        const [task] = redrive.tasks;
        assert.deepEqual(task, {
            kind: "chunk",
            push: { ...CHUNK.push, publishedAt: NOW },
            attempt: 1,
            recipients: recipients.slice(0, 25),
        });
    });

    it("of excepted connections that were not told of a place is that place again, and still no message", async () => {
        const skip = '{"type":"skip","channel":"orders/1","epoch":"e","offset":7}';
        const connections = [{ connectionId: "a=", connectedAt: 1, reason: "429" }];
        const body = await written((letters) => letters.undelivered({ channel: "orders/1", frame: skip, connections }));
        const id = "skip e 7";
        const push = { namespace: "orders", id, channel: "orders/1", frame: skip, publishedAt: NOW, skip };
        assert.deepEqual(readLetter(body, NOW), {
            kind: "deliveries",
            id,
            reason: "undelivered",
            message: "1 connections of orders/1 did not get the message.",
            tasks: [{ ...CHUNK, push, attempt: 1 }],
        });
    });

    it("that SQS gave up on is a delivery, and begins anew", () => {
        assert.deepEqual(readLetter(serializeTask(CHUNK), NOW), {
            kind: "deliveries",
            id: "m-1",
            reason: "received_too_often",
            tasks: [{ ...CHUNK, attempt: 1, push: { ...CHUNK.push, publishedAt: NOW } }],
        });
    });

    const unreadable: readonly (readonly [string, unknown])[] = [
        ["a malformed delivery", { reason: "malformed_delivery", message: "…", body: "poison" }],
        ["a rejected event that is no event", { reason: "malformed", message: "…", event: "nonsense" }],
        ["an event without an id", { reason: "malformed", message: "…", event: { ...EVENT, id: undefined } }],
        ["a place nowhere", { reason: "undelivered", channel: "orders/1", connections: [], frame: { type: "skip" } }],
        ["a frame of somebody else's", { reason: "undelivered", channel: "orders/1", connections: [], frame: {} }],
        ["something else", { hello: "world" }],
        ["no object", 5],
    ];
    for (const [what, letter] of unreadable) {
        it(`that is ${what} is left for somebody to look at`, () => {
            assert.equal(readLetter(JSON.stringify(letter), NOW).kind, "kept");
        });
    }
});

/** The letter as the functions write it. */
async function written(write: (letters: DeadLetters) => Promise<void>): Promise<string> {
    const bodies: string[] = [];
    const put: PutLetter = async (_, body) => void bodies.push(body);
    await write(createDeadLetters(put));
    assert.equal(bodies.length, 1);
    return bodies[0] ?? "";
}
