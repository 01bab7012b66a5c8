import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { isSkip, skipOf } from "../../../functions/deliveries/push";
import type { DeliveryTask } from "../../../functions/deliveries/task";
import { parseTask, serializeTask, toChunks } from "../../../functions/deliveries/task";
import { skipFrame } from "../../../functions/wire/server-frames";

/** As a literal: with a prototype. */
function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
    return fc.record(model, { noNullPrototype: true });
}

const text = fc.string({ minLength: 1, unit: "binary" });
const frame = fc.dictionary(text, fc.jsonValue()).map((members) => JSON.stringify(members));
const parts = {
    namespace: text,
    id: fc.oneof(text, fc.constant('],"frame":{"type":"message"}}')),
    channel: text,
    frame,
    publishedAt: fc.integer({ min: 1, max: 2_000_000_000_000 }),
};
const push = fc.oneof(
    plain(parts),
    plain({ ...parts, skip: fc.oneof(frame, fc.constant('{"a":["],"frame":{}}"],"frame":{}}')) }),
);
const attempt = fc.integer({ min: 1, max: 100 });
const recipient = plain({ connectionId: text, connectedAt: fc.nat() });
const task: fc.Arbitrary<DeliveryTask> = fc.oneof(
    plain({
        kind: fc.constant("chunk" as const),
        push,
        attempt,
        recipients: fc.array(recipient, { minLength: 1, maxLength: 5 }),
    }),
    plain({
        kind: fc.constant("range" as const),
        push,
        attempt,
        keys: fc.oneof(plain({ from: text, to: text }), plain({ from: text, to: text, after: text })),
        except: fc.array(text, { maxLength: 3 }),
    }),
    plain({
        kind: fc.constant("replay" as const),
        connection: recipient,
        channels: fc.array(
            fc.oneof(
                plain({ channel: text }),
                plain({
                    channel: text,
                    since: plain({ epoch: fc.string({ minLength: 1, maxLength: 64 }), offset: fc.nat() }),
                }),
            ),
            { minLength: 1, maxLength: 5 },
        ),
        attempt,
        askedAt: fc.integer({ min: 1, max: 2_000_000_000_000 }),
    }),
);

const PUSH = { namespace: "orders", id: "m-1", channel: "orders/1", frame: '{"type":"message"}', publishedAt: 1 };

describe("A delivery on the queue", () => {
    it("comes back from its text as it was, the frame byte for byte", () => {
        fc.assert(
            fc.property(task, (sent) => {
                assert.deepEqual(parseTask(serializeTask(sent)), { ok: true, value: sent });
            }),
        );
    });

    it("has no character that SQS refuses, as long as its frame has none", () => {
        const push = { ...PUSH, id: "\uffff" };
        const keys = { from: "a", to: "b" };
        const sent: DeliveryTask = { kind: "range", push, attempt: 1, keys, except: ["\ufffe"] };
        const body = serializeTask(sent);
        assert.doesNotMatch(body, /[\ufffe\uffff]/);
        assert.deepEqual(parseTask(body), { ok: true, value: sent });
        const channels = [{ channel: "chat/1", since: { epoch: "\uffff", offset: 1 } }];
        const connection = { connectionId: "a=", connectedAt: 1 };
        const replay: DeliveryTask = { kind: "replay", connection, channels, attempt: 1, askedAt: 1 };
        assert.doesNotMatch(serializeTask(replay), /\uffff/);
        assert.deepEqual(parseTask(serializeTask(replay)), { ok: true, value: replay });
    });

    it("fits into 256 KiB with the largest frame and as many exceptions as there may be", () => {
        const skip = skipFrame("o".repeat(256), { epoch: "x".repeat(36), offset: Number.MAX_SAFE_INTEGER });
        const push = { ...PUSH, frame: "x".repeat(128 * 1_024), skip };
        const except = Array.from({ length: 100 }, () => "\u0001".repeat(128));
        const range: DeliveryTask = { kind: "range", push, attempt: 1, keys: { from: "00", to: "g" }, except };
        assert.ok(Buffer.byteLength(serializeTask(range)) < 256 * 1_024);
    });

    it("fits into 256 KiB with the largest frame and the largest chunk, whatever its data are", () => {
        const frame = JSON.stringify({ data: '\\"'.repeat(32_000) }).padEnd(128 * 1_024);
        const recipients = Array.from({ length: 250 }, (_, n) => ({
            connectionId: `${n}`.padStart(16),
            connectedAt: 1_707_502_303_000,
        }));
        const body = serializeTask({ kind: "chunk", push: { ...PUSH, frame }, attempt: 1, recipients });
        assert.ok(Buffer.byteLength(body) < 256 * 1_024);
    });

    const recipients = [{ connectionId: "a=", connectedAt: 5 }];
    const good = serializeTask({ kind: "chunk", push: PUSH, attempt: 1, recipients });
    const replay = serializeTask({
        kind: "replay",
        connection: { connectionId: "a=", connectedAt: 5 },
        channels: [{ channel: "a" }],
        attempt: 1,
        askedAt: 1,
    });
    const malformed: readonly (readonly [string, string, RegExp])[] = [
        ["no JSON", "poison", /ends with a list and a frame/],
        ["another message", '{"reason":"undelivered"}', /ends with a list and a frame/],
        ["cut short", good.slice(0, -2), /ends with a list and a frame/],
        ["broken", good.replace('"kind"', "kind"), /is a JSON object/],
        ["a list", '[{"a":[],"frame":{}}', /is a JSON object/],
        ["of no kind", good.replace('"chunk"', '"lump"'), /is a chunk or a range/],
        ["without a channel", good.replace('"orders/1"', '""'), /has a namespace, an id, a channel/],
        ["in its attempt 0", good.replace('"attempt":1', '"attempt":0'), /an attempt/],
        ["without connections", good.replace('[["a=",5]]', "[]"), /lists one or more connections/],
        ["with half a connection", good.replace('[["a=",5]]', '[["a="]]'), /lists one or more connections/],
        ["a replay for nobody", '{"kind":"replay","channels":[{"channel":"a"}]}', /is for a connection/],
        ["a replay of nothing", replay.replace('{"channel":"a"}', ""), /lists one or more channels/],
        ["a replay from nowhere", replay.replace('"a"', '"a","since":{"epoch":"e"}'), /lists one or more channels/],
        ["a replay without a time", replay.replace('"askedAt":1', '"askedAt":0'), /an attempt and a time/],
        ["a range without keys", good.replace('"chunk"', '"range"'), /has sort keys/],
    ];
    for (const [what, body, reason] of malformed) {
        it(`that is ${what} is refused, and it is said why`, () => {
            const parsed = parseTask(body);
            assert.ok(!parsed.ok);
            assert.match(parsed.reason, reason);
        });
    }
});

describe("What excepted connections are posted", () => {
    const numbered = { ...PUSH, skip: '{"type":"skip"}' };

    it("is the frame with the message's place, which stays told apart from the message on the queue", () => {
        const skip = skipOf(numbered);
        assert.deepEqual(skip, { ...numbered, frame: numbered.skip });
        const [chunk] = toChunks({ push: skip, attempt: 1 }, [{ connectionId: "a=", connectedAt: 5 }], 25);
        assert.ok(chunk !== undefined);
        const parsed = parseTask(serializeTask(chunk));
        assert.ok(parsed.ok && parsed.value.kind === "chunk");
        assert.deepEqual([isSkip(parsed.value.push), isSkip(numbered), isSkip(PUSH)], [true, false, false]);
    });

    it("is nothing where the message has no place", () => {
        assert.equal(skipOf(PUSH), undefined);
    });
});

describe("toChunks", () => {
    it("puts each connection into one chunk, none larger than allowed", () => {
        fc.assert(
            fc.property(fc.array(recipient), fc.integer({ min: 1, max: 7 }), (recipients, size) => {
                const chunks = toChunks({ push: PUSH, attempt: 2 }, recipients, size);
                assert.deepEqual(
                    chunks.flatMap((chunk) => chunk.recipients),
                    recipients,
                );
                assert.ok(chunks.every((chunk) => chunk.recipients.length <= size && chunk.recipients.length > 0));
                assert.ok(chunks.every(({ attempt: number }) => number === 2));
            }),
        );
    });
});
