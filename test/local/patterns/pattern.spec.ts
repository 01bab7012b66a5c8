import assert from "node:assert/strict";
import fc from "fast-check";
import { EventPattern } from "../../../local/patterns/pattern";

interface Case {
    readonly pattern: unknown;
    readonly matches: readonly unknown[];
    readonly misses: readonly unknown[];
}

const EXPRESSIONS: Readonly<Record<string, Case>> = {
    "an exact string": { pattern: ["a"], matches: ["a", ["b", "a"]], misses: ["A", "ab", "", 1, null, [], {}] },
    "several values, any of which may be there": { pattern: ["a", 7], matches: ["a", 7, 7.0], misses: ["7", "b"] },
    "an exact number": { pattern: [300], matches: [300, 3e2], misses: ["300", 300.1] },
    "true, and not its text": { pattern: [true], matches: [true], misses: [false, "true", 1] },
    "null, and not absence": { pattern: [null], matches: [null], misses: ["null", 0, ""] },
    "the empty string": { pattern: [""], matches: [""], misses: [null, " "] },
    prefix: { pattern: [{ prefix: "us-" }], matches: ["us-east-1", "us-"], misses: ["eu-us-", "US-east-1", 5, null] },
    "prefix, ignoring case": {
        pattern: [{ prefix: { "equals-ignore-case": "Us-" } }],
        matches: ["US-east-1", "us-"],
        misses: ["eu-1"],
    },
    suffix: { pattern: [{ suffix: ".png" }], matches: ["a.png", ".png"], misses: ["a.PNG", "a.png.txt", 1] },
    "suffix, ignoring case": {
        pattern: [{ suffix: { "equals-ignore-case": ".PNG" } }],
        matches: ["a.pNg"],
        misses: ["a.jpg"],
    },
    "equals-ignore-case": {
        pattern: [{ "equals-ignore-case": "Alpha" }],
        matches: ["ALPHA", "alpha"],
        misses: ["alphabet", ""],
    },
    wildcard: {
        pattern: [{ wildcard: "/home/*/d*r/*" }],
        matches: ["/home/ada/dir/x", "/home//dr/", "/home/a/b/dir/dr/"],
        misses: ["/home/ada/dir", "home/ada/dir/x", "/home/dir/x"],
    },
    "a wildcard whose ends may not overlap": {
        pattern: [{ wildcard: "aba*aba" }],
        matches: ["abaaba", "aba-aba"],
        misses: ["aba", "ababa"],
    },
    "a wildcard with escapes": {
        pattern: [{ wildcard: "1\\*2\\\\*" }],
        matches: ["1*2\\", "1*2\\3"],
        misses: ["1x2\\", "1*2"],
    },
    "a wildcard alone": { pattern: [{ wildcard: "*" }], matches: ["", "x"], misses: [1, null] },
    cidr: {
        pattern: [{ cidr: "10.0.0.0/24" }],
        matches: ["10.0.0.0", "10.0.0.255"],
        misses: ["10.0.1.0", "10.0.0.0/24", "::a00:1", "x", 10],
    },
    "cidr of IPv6": {
        pattern: [{ cidr: "2001:db8::/32" }],
        matches: ["2001:db8::1"],
        misses: ["2001:db9::1", "10.0.0.1"],
    },
    "numeric equality": { pattern: [{ numeric: ["=", 5] }], matches: [5, 5.0], misses: ["5", 5.01] },
    "a numeric range": {
        pattern: [{ numeric: [">", 0, "<=", 5] }],
        matches: [0.1, 5, [9, 3]],
        misses: [0, 5.1, "3", null],
    },
    "a numeric bound": { pattern: [{ numeric: ["<", -1.5] }], matches: [-2], misses: [-1.5, 0] },
    "exists: true": { pattern: [{ exists: true }], matches: ["", 0, null, false, ["x"]], misses: [[], {}] },
    "exists: false": { pattern: [{ exists: false }], matches: [[], {}], misses: ["", null] },
    "exists: false or a value": { pattern: [{ exists: false }, "a"], matches: [{}, "a"], misses: ["b"] },
    "anything-but a string": {
        pattern: [{ "anything-but": "a" }],
        matches: ["b", 1, null, ["a", "b"]],
        misses: ["a", ["a"], [], {}],
    },
    "anything-but a number": { pattern: [{ "anything-but": 1 }], matches: [2, "1"], misses: [1] },
    "anything-but a list of strings": { pattern: [{ "anything-but": ["a", "b"] }], matches: ["c"], misses: ["a", "b"] },
    "anything-but a list of numbers": { pattern: [{ "anything-but": [1, 2] }], matches: [3], misses: [1, 2] },
    "anything-but a prefix": {
        pattern: [{ "anything-but": { prefix: "aws." } }],
        matches: ["orders", 3],
        misses: ["aws.ec2"],
    },
    "anything-but prefixes": {
        pattern: [{ "anything-but": { prefix: ["a", "b"] } }],
        matches: ["c"],
        misses: ["ax", "bx"],
    },
    "anything-but suffixes": {
        pattern: [{ "anything-but": { suffix: [".png", ".gif"] } }],
        matches: ["a.txt"],
        misses: ["a.gif"],
    },
    "anything-but, ignoring case": {
        pattern: [{ "anything-but": { "equals-ignore-case": ["Alpha", "beta"] } }],
        matches: ["gamma"],
        misses: ["ALPHA", "Beta"],
    },
    "anything-but wildcards": {
        pattern: [{ "anything-but": { wildcard: ["*/lib/*", "tmp*"] } }],
        matches: ["a/src/b"],
        misses: ["a/lib/b", "tmp1"],
    },
};

/** Patterns over whole events, from AWS's documentation and Event Ruler's README. */
const EVENTS: Readonly<Record<string, Case>> = {
    "several fields, all of which must match": {
        pattern: { source: ["orders"], detail: { state: ["paid"] } },
        matches: [{ source: "orders", detail: { state: "paid", more: 1 } }],
        misses: [{ source: "orders", detail: {} }, { source: "x", detail: { state: "paid" } }, { source: "orders" }],
    },
    "a dotted name, which is the same as nesting": {
        pattern: { "detail.state": ["paid"] },
        matches: [{ detail: { state: "paid" } }, { "detail.state": "paid" }],
        misses: [{ detail: { state: "open" } }],
    },
    "$or beside other fields": {
        pattern: { source: ["s"], $or: [{ a: [1] }, { b: [2], c: [3] }] },
        matches: [
            { source: "s", a: 1 },
            { source: "s", b: 2, c: 3 },
        ],
        misses: [{ source: "s", b: 2 }, { a: 1 }, { source: "s" }],
    },
    "$or inside an object, and nested": {
        pattern: { detail: { $or: [{ n: [{ numeric: [">", 10] }] }, { $or: [{ x: ["y"] }, { z: [null] }] }] } },
        matches: [{ detail: { n: 11 } }, { detail: { x: "y" } }, { detail: { z: null } }],
        misses: [{ detail: { n: 1, x: "n" } }, {}],
    },
    "two $or, which multiply": {
        pattern: { detail: { $or: [{ a: [1] }, { b: [1] }], more: { $or: [{ c: [1] }, { d: [1] }] } } },
        matches: [{ detail: { a: 1, more: { d: 1 } } }, { detail: { b: 1, more: { c: 1 } } }],
        misses: [{ detail: { a: 1, b: 1 } }, { detail: { more: { c: 1, d: 1 } } }],
    },
    "one path inside and after $or, where the later wins": {
        pattern: { $or: [{ a: [1] }, { b: [1] }], a: [2] },
        matches: [{ a: 2 }, { a: 2, b: 1 }],
        misses: [{ a: 1 }],
    },
    "fields of one array element": {
        pattern: { employees: { firstName: ["Anna"], lastName: ["Jones"] } },
        matches: [
            {
                employees: [
                    { firstName: "Bob", lastName: "Jones" },
                    { firstName: "Anna", lastName: "Jones" },
                ],
            },
        ],
        misses: [
            {
                employees: [
                    { firstName: "Anna", lastName: "Smith" },
                    { firstName: "Bob", lastName: "Jones" },
                ],
            },
        ],
    },
    "fields of nested arrays": {
        pattern: { a: { b: { c: [1], d: [2] }, e: [3] } },
        matches: [{ a: [{ e: 9 }, { b: [{ c: 0 }, { c: 1, d: 2 }], e: 3 }] }],
        misses: [{ a: [{ b: [{ c: 1 }, { d: 2 }], e: 3 }] }, { a: [{ b: [{ c: 1, d: 2 }] }, { e: 3 }] }],
    },
    "absence, which concerns all elements of an array": {
        pattern: { a: { b: [{ exists: false }] } },
        matches: [{ a: [{ c: 1 }] }, {}],
        misses: [{ a: [{ b: 1 }, { c: 1 }] }],
    },
    "absence beside a field of the same element": {
        pattern: { items: { id: ["x"], refund: [{ exists: false }] } },
        matches: [
            { items: [{ id: "x" }, { id: "y", refund: 1 }] },
            { items: [{ id: "x", refund: 1 }, { id: "x" }] },
            { items: { id: "x" } },
        ],
        misses: [{ items: [{ id: "x", refund: 1 }, { id: "y" }] }, { items: [{ id: "x" }], "items.refund": 1 }],
    },
    "absence in the element that an earlier name has chosen: names are gone through in their order": {
        pattern: { items: { b: [{ exists: false }], c: ["x"] } },
        matches: [{ items: [{ c: "x" }, { c: "y" }] }],
        misses: [{ items: [{ c: "x" }, { b: 1, c: "y" }] }],
    },
    "absence or a value beside a field of the same element": {
        pattern: { items: { id: ["x"], state: [{ exists: false }, "open"] } },
        matches: [{ items: [{ id: "x" }, { id: "y", state: "done" }] }, { items: [{ id: "x", state: "open" }] }],
        misses: [{ items: [{ id: "x", state: "done" }, { id: "y" }] }],
    },
    "a stream record, as a pipe's filter sees it": {
        pattern: { eventName: ["INSERT", "MODIFY"], dynamodb: { NewImage: { total: { N: [{ prefix: "1" }] } } } },
        matches: [{ eventName: "INSERT", dynamodb: { NewImage: { total: { N: "12" } } } }],
        misses: [{ eventName: "REMOVE", dynamodb: { OldImage: { total: { N: "12" } } } }],
    },
};

/** A pattern, and what AWS puts after "Reason:". */
const INVALID: readonly (readonly [string, string])[] = [
    ["[]", "Filter is not an object"],
    ['"x"', "Filter is not an object"],
    ["{}", "Empty objects are not allowed"],
    ['{"a":{}}', "Empty objects are not allowed"],
    ['{"a":[]}', "Empty arrays are not allowed"],
    ['{"a":"x"}', '"a" must be an object or an array'],
    ['{"a":null}', '"a" must be an object or an array'],
    ['{"a":[[1]]}', "Match value must be String, number, true, false, or null"],
    ['{"a":[{}]}', "Match expression name not found"],
    ['{"a":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed in match expression"],
    ['{"a":[{"starts":"x"}]}', "Unrecognized match type starts"],
    ['{"a":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ['{"a":[{"suffix":["x"]}]}', "suffix match pattern must be a string"],
    ['{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
    ['{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 1"],
    ['{"a":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 1"],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    ['{"a":[{"cidr":"10.0.0/8"}]}', "Malformed CIDR, badly formatted IP address: 10.0.0"],
    ['{"a":[{"cidr":"10.0.0.0/33"}]}', "Malformed CIDR, mask bits must be an integer that fits the address"],
    ['{"a":[{"numeric":5}]}', "Value of numeric must be an array."],
    ['{"a":[{"numeric":["<",1,">",0]}]}', "Too many elements in numeric expression"],
    ['{"a":[{"numeric":[">",5,"<",5]}]}', "Bottom must be less than top"],
    ['{"a":[{"numeric":[">","5"]}]}', "Value of > must be numeric"],
    ['{"a":[{"numeric":["constructor",5]}]}', "Unrecognized numeric range operator: constructor"],
    ['{"a":[{"numeric":["!",5]}]}', "Unrecognized numeric range operator: !"],
    ['{"a":[{"numeric":["=",6e9]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"],
    ['{"a":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."],
    [
        '{"a":[{"anything-but":["x",1]}]}',
        "Inside anything but list, either all values are number or string, mixed type is not supported",
    ],
    ['{"a":[{"anything-but":[true]}]}', "Inside anything but list, start|null|boolean is not supported."],
    ['{"a":[{"anything-but":{"numeric":["=",1]}}]}', "Unsupported anything-but pattern: numeric"],
    ['{"a":[{"anything-but":{"prefix":""}}]}', "Null prefix/suffix not allowed"],
    [
        '{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"Aws"}}}]}',
        "prefix/suffix match pattern must be a string",
    ],
    [
        '{"a":[{"anything-but":{"suffix":["x",{"equals-ignore-case":"y"}]}}]}',
        "prefix/suffix match pattern must be a string",
    ],
    ['{"$or":{"a":[1]}}', "It must be an Array followed with $or."],
    ['{"$or":[{"a":[1]}]}', "There must have at least 2 Objects in $or relationship."],
    ['{"$or":[{"a":[1]},2]}', "Only JSON object is allowed in array of $or relationship."],
];

describe("EventPattern", () => {
    describe("on one field", () => {
        for (const [name, { pattern, matches, misses }] of Object.entries(EXPRESSIONS)) {
            it(`matches ${name}`, () => {
                const compiled = EventPattern.compile(JSON.stringify({ detail: { field: pattern } }));
                for (const value of matches) {
                    assert.ok(compiled.matches({ detail: { field: value } }), `${JSON.stringify(value)} must match`);
                }
                for (const value of misses) {
                    assert.ok(
                        !compiled.matches({ detail: { field: value } }),
                        `${JSON.stringify(value)} must not match`,
                    );
                }
            });
        }
    });

    describe("on whole events", () => {
        for (const [name, { pattern, matches, misses }] of Object.entries(EVENTS)) {
            it(`matches ${name}`, () => {
                const compiled = EventPattern.compile(JSON.stringify(pattern));
                for (const event of matches) {
                    assert.ok(compiled.matches(event), `${JSON.stringify(event)} must match`);
                }
                for (const event of misses) {
                    assert.ok(!compiled.matches(event), `${JSON.stringify(event)} must not match`);
                }
            });
        }

        it("does not match a field that the event lacks, except by exists: false", () => {
            assert.ok(!EventPattern.compile('{"a":[{"anything-but":"x"}]}').matches({ b: 1 }));
            assert.ok(EventPattern.compile('{"a":[{"exists":false}]}').matches({ b: 1 }));
        });
    });

    describe("that is invalid", () => {
        for (const [pattern, reason] of INVALID) {
            it(`rejects ${pattern}`, () => {
                assert.throws(() => EventPattern.compile(pattern), {
                    code: "InvalidEventPatternException",
                    message: `Event pattern is not valid. Reason: ${reason}`,
                });
            });
        }

        it("rejects text that is not JSON", () => {
            assert.throws(() => EventPattern.compile("{"), { code: "InvalidEventPatternException" });
        });

        it("rejects more than 2,048 characters of a rule, and 4,096 of a filter", () => {
            const ofLength = (length: number): string =>
                JSON.stringify({ a: ["x".repeat(length - 10)] }).padEnd(length);
            EventPattern.compile(ofLength(2_048));
            EventPattern.compileFilter(ofLength(4_096));
            for (const compile of [
                () => EventPattern.compile(ofLength(2_049)),
                () => EventPattern.compileFilter(ofLength(4_097)),
            ]) {
                assert.throws(compile, {
                    code: "InvalidEventPatternException",
                    message: /characters, and the limit is/,
                });
            }
        });

        it("rejects $or that multiplies to more than 1,000 alternatives, without trying them", () => {
            const $or = [{ a: [1] }, { b: [1] }];
            const pattern = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`m${index}`, { $or }]));
            assert.throws(() => EventPattern.compile(JSON.stringify(pattern)), /more than 1000 alternatives/);
        });
    });

    it("answers as regular expressions do, for any wildcard", () => {
        fc.assert(
            fc.property(wildcards(), fc.stringMatching(/^[ab*]{0,8}$/), (pattern, value) => {
                const expression = pattern
                    .split("*")
                    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
                    .join("[^]*");
                const expected = new RegExp(`^${expression}$`).test(value);
                assert.equal(
                    EventPattern.compile(JSON.stringify({ a: [{ wildcard: pattern }] })).matches({ a: value }),
                    expected,
                );
            }),
        );
    });

    it("never throws on any JSON event", () => {
        const pattern = EventPattern.compile(
            JSON.stringify({
                a: [{ prefix: "x" }, { cidr: "10.0.0.0/8" }, { numeric: [">", 0] }, { wildcard: "*x" }],
                b: { c: [{ "anything-but": { suffix: "y" } }, { exists: false }] },
            }),
        );
        fc.assert(fc.property(fc.jsonValue(), (event) => typeof pattern.matches(event) === "boolean"));
    });
});

function wildcards(): fc.Arbitrary<string> {
    return fc.stringMatching(/^[ab*]{0,6}$/).filter((text) => !text.includes("**"));
}
