import { strict as assert } from "node:assert";
import { describeType, jsonText, member, parseObject, quoted, scalarText, valueAt } from "../../contract/json";

describe("Reading untrusted JSON", () => {
    it("finds an object's own members, and nothing of its prototype", () => {
        assert.equal(member({ a: 1 }, "a"), 1);
        assert.equal(member({}, "constructor"), undefined);
        assert.equal(member({}, "__proto__"), undefined);
        assert.equal(member(JSON.parse('{"__proto__":1}') as Record<string, unknown>, "__proto__"), 1);
    });

    it("takes a text for an object where it is one in JSON, and for nothing else", () => {
        assert.deepEqual(parseObject('{"a":[1]}'), { a: [1] });
        for (const text of ["[1]", "null", '"text"', "1", "", "{", "{a:1}"]) {
            assert.equal(parseObject(text), undefined, text);
        }
    });

    it("follows a dotted path through objects only", () => {
        assert.equal(valueAt({ a: { b: { c: 1 } } }, "a.b.c"), 1);
        for (const path of ["a.c", "a.b.length", "a.list.0", "b", "", "a..b"]) {
            assert.equal(valueAt({ a: { b: "text", list: [1] } }, path), undefined, path);
        }
    });

    it("takes text, numbers and booleans for scalars", () => {
        assert.deepEqual(["a", 1.5, false, null, undefined, {}, []].map(scalarText), [
            "a",
            "1.5",
            "false",
            undefined,
            undefined,
            undefined,
            undefined,
        ]);
    });

    it("takes no number for a scalar that others read as, too", () => {
        assert.equal(scalarText(2 ** 53 - 1), "9007199254740991");
        for (const text of ["9007199254740992", "9007199254740993", "-9007199254740993", "1e21", "1e999"]) {
            const number: unknown = JSON.parse(text);
            assert.equal(scalarText(number), undefined, text);
            assert.equal(describeType(number), "a number too large to be exact");
        }
    });

    it("calls things what they are", () => {
        assert.deepEqual([undefined, null, [], {}, "", 1, true].map(describeType), [
            "missing",
            "null",
            "an array",
            "an object",
            "a string",
            "a number",
            "a boolean",
        ]);
    });

    it("writes JSON without the two characters that SQS refuses, and means the same", () => {
        const value = { "a\uffff": ["\ufffe", "\ud800", "\u0000", "\ufffd", "😀"] };
        const text = jsonText(value);
        assert.doesNotMatch(text, /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
        assert.deepEqual(JSON.parse(text), value);
    });

    it("quotes no more of a text than one can read, and no line break as such", () => {
        assert.equal(quoted('a"\nb'), '"a\\"\\nb"');
        assert.equal(quoted("x".repeat(10_000)), `"${"x".repeat(80)}…"`);
    });
});
