import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { parseClientFrame } from "../../../functions/wire/client-frames";
import { ERROR_CODES } from "../../../contract/protocol";

describe("parseClientFrame", () => {
    it("reads hello, subscribe and unsubscribe", () => {
        assert.deepEqual(parse({ action: "hello", id: "1" }), { ok: true, value: { action: "hello", id: "1" } });
        assert.deepEqual(parse({ action: "unsubscribe", channel: "a/b" }), {
            ok: true,
            value: { action: "unsubscribe", channel: "a/b" },
        });
        assert.deepEqual(parse({ action: "subscribe", id: 7, channel: "a/b", since: { epoch: "e", offset: 3 } }), {
            ok: true,
            value: { action: "subscribe", id: 7, channel: "a/b", since: { epoch: "e", offset: 3 } },
        });
    });

    it("ignores members that it does not know", () => {
        assert.deepEqual(parse({ action: "hello", color: "red" }), { ok: true, value: { action: "hello" } });
    });

    it("takes a null `since` for none", () => {
        assert.deepEqual(parse({ action: "subscribe", channel: "a", since: null }), {
            ok: true,
            value: { action: "subscribe", channel: "a" },
        });
    });

    const malformed: readonly unknown[] = [
        "",
        "{",
        "null",
        [1],
        {},
        { action: "shout" },
        { action: "constructor" },
        { action: 1 },
        { action: "subscribe", channel: "a", since: {} },
        { action: "subscribe", channel: "a", since: { epoch: "", offset: 1 } },
        { action: "subscribe", channel: "a", since: { epoch: "e", offset: -1 } },
        { action: "subscribe", channel: "a", since: { epoch: "e", offset: 1.5 } },
        { action: "subscribe", channel: "a", since: { epoch: "e", offset: "1" } },
        { action: "subscribe", channel: "a", since: 4 },
    ];
    for (const frame of malformed) {
        it(`answers bad_request to ${JSON.stringify(frame)}`, () => {
            const result = parse(frame);
            assert.equal(result.ok || result.reason.code, "bad_request");
        });
    }

    it("echoes the id in a refusal", () => {
        const result = parse({ action: "shout", id: "abc" });
        assert.equal(result.ok || result.reason.id, "abc");
    });

    it("does not echo what is no id", () => {
        for (const id of [{}, ["a"], true, null, 1.5, "x".repeat(129)]) {
            const result = parse({ action: "hello", id });
            assert.ok(!result.ok && result.reason.code === "bad_request" && !("id" in result.reason));
        }
    });

    it("counts bytes, not characters, against the 8 KB", () => {
        const pad = (text: string): string => JSON.stringify({ action: "hello", pad: text });
        const room = 8_192 - Buffer.byteLength(pad(""));
        assert.equal(parseClientFrame(pad("x".repeat(room))).ok, true);
        const over = parseClientFrame(pad("x".repeat(room + 1)));
        assert.equal(over.ok || over.reason.code, "payload_too_large");
        const umlauts = parseClientFrame(pad("ä".repeat(room - 1)));
        assert.equal(umlauts.ok || umlauts.reason.code, "payload_too_large");
    });

    it("answers with a code of the list, or an action, to anything that can arrive", () => {
        const member = fc.constantFrom("action", "id", "channel", "since", "__proto__", "x");
        const value = fc.oneof(fc.jsonValue(), fc.constantFrom("hello", "subscribe", "unsubscribe", "$connect"));
        const frame = fc.oneof(
            fc.string(),
            fc.json(),
            fc.dictionary(member, value).map((object) => JSON.stringify(object)),
        );
        fc.assert(
            fc.property(frame, (text) => {
                const result = parseClientFrame(text);
                if (result.ok) {
                    assert.ok(["hello", "subscribe", "unsubscribe"].includes(result.value.action));
                } else {
                    assert.ok(ERROR_CODES.includes(result.reason.code));
                }
            }),
            { numRuns: 2_000 },
        );
    });
});

function parse(frame: unknown): ReturnType<typeof parseClientFrame> {
    return parseClientFrame(typeof frame === "string" ? frame : JSON.stringify(frame));
}
