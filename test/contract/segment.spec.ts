import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { encodeSegment as encodeInBrowser } from "../../client/segment";
import { parseChannel } from "../../contract/channels";
import { decodeSegment, encodeSegment } from "../../contract/segment";

/** Any text of UTF-16: also halves of surrogate pairs, and characters that are syntax somewhere. */
const text = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
    fc
        .array(fc.constantFrom(...Array.from("aZ0._:-@*/~,%{}|+ ü€😀\ufeff\ufffd"), "\ud83d", "\ude00"))
        .map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
);

/** Texts that look like segments, well and badly made. */
const segmentLike = fc
    .array(fc.constantFrom("a", "%41", "%7C", "%7c", "%C3%BC", "%FF", "%", ":", "%EF%BB%BF", "%2"))
    .map((parts) => parts.join(""));

describe("A value as a segment", () => {
    for (const [value, segment] of [
        ["ada", "ada"],
        ["A-Z_a.z:0-9", "A-Z_a.z:0-9"],
        ["auth0|64f0aa", "auth0%7C64f0aa"],
        ["ada+shop@example.com", "ada%2Bshop%40example.com"],
        ["CUSTOMER#ada", "CUSTOMER%23ada"],
        ["Jürgen Müller", "J%C3%BCrgen%20M%C3%BCller"],
        ["a/b", "a%2Fb"],
        ["@me", "%40me"],
        ["*", "%2A"],
        ["~,%{}", "%7E%2C%25%7B%7D"],
        ["!'()", "%21%27%28%29"],
        ["\u0000", "%00"],
        ["\ufeff", "%EF%BB%BF"],
        ["😀", "%F0%9F%98%80"],
        ["..", ".."],
    ] as const) {
        it(`is ${segment} for ${JSON.stringify(value)}`, () => {
            assert.equal(encodeSegment(value), segment);
            assert.equal(decodeSegment(segment), value);
        });
    }

    it("is none for an empty value, nor for half of a surrogate pair, for which UTF-8 has no bytes", () => {
        for (const value of ["", "\ud83d", "a\ude00", "\ude00\ud83d"]) {
            assert.equal(encodeSegment(value), undefined);
            assert.throws(() => encodeInBrowser(value), RangeError);
        }
    });

    for (const written of ["%7c", "%41", "%C3", "%FF", "%C0%AF", "%ED%A0%80", "%2", "%", "%GG", "a b", "ü", "@a", ""]) {
        it(`is never written ${JSON.stringify(written)}`, () => {
            assert.equal(decodeSegment(written), undefined);
        });
    }

    it("is the same in the client, whatever the value", () => {
        fc.assert(
            fc.property(text, (value) => {
                let inBrowser: string | undefined;
                try {
                    inBrowser = encodeInBrowser(value);
                } catch (error) {
                    assert.ok(error instanceof RangeError);
                }
                assert.equal(inBrowser, encodeSegment(value));
            }),
            { numRuns: 2_000 },
        );
    });

    it("comes back as the value, and is one segment of a channel, never syntax", () => {
        fc.assert(
            fc.property(text, (value) => {
                const segment = encodeSegment(value);
                if (segment !== undefined) {
                    assert.equal(decodeSegment(segment), value);
                    assert.match(segment, /^[A-Za-z0-9._:%-]+$/);
                    const channel = parseChannel(`orders/${segment}`);
                    assert.ok(segment.length > 3_900 || (channel.ok && channel.value.kind === "plain"));
                }
            }),
            { numRuns: 2_000 },
        );
    });

    it("is another one for another value", () => {
        fc.assert(
            fc.property(text, text, (one, other) => {
                const segment = encodeSegment(one);
                assert.ok(one === other || segment === undefined || segment !== encodeSegment(other));
            }),
            { numRuns: 2_000 },
        );
    });

    it("has one form: whatever can be read is what its value is written as", () => {
        fc.assert(
            fc.property(segmentLike, (written) => {
                const value = decodeSegment(written);
                assert.ok(value === undefined || encodeSegment(value) === written);
            }),
            { numRuns: 2_000 },
        );
    });
});
