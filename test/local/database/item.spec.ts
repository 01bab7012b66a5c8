import assert from "node:assert/strict";
import fc from "fast-check";
import { type AttributeValue, type Item, itemSize, keyString, sameItem } from "../../../local/database/item";

describe("keyString", () => {
    const names = ["pk", "sk"];
    const key = (pk: AttributeValue, sk: AttributeValue): Item => ({ pk, sk });

    it("is one for numbers that are equal, however they are written", () => {
        const written = [
            ["1", "1.0", "+1", "01", "1e0", "10e-1", "0.1E1"],
            ["0", "-0", "0.00", "0e5"],
            ["-1.5", "-15e-1", "-01.50"],
            ["1200", "1.2e3", "12E+2"],
        ];
        const strings = written.map((same) => new Set(same.map((N) => keyString(key({ S: "a" }, { N }), names))));
        assert.deepEqual(
            strings.map(({ size }) => size),
            [1, 1, 1, 1],
        );
        assert.equal(new Set(strings.flatMap((each) => [...each])).size, 4);
    });

    it("is another for another key", () => {
        const value = fc.oneof(
            fc.string({ maxLength: 4 }).map((S) => ({ S })),
            fc.integer({ min: -20, max: 20 }).map((n) => ({ N: String(n) })),
            fc.uint8Array({ maxLength: 3 }).map((bytes) => ({ B: Buffer.from(bytes).toString("base64") })),
        );
        const keys = fc.tuple(value, value);
        fc.assert(
            fc.property(keys, keys, (one, other) => {
                const same = JSON.stringify(one) === JSON.stringify(other);
                assert.equal(keyString(key(...one), names) === keyString(key(...other), names), same);
            }),
            { numRuns: 2000 },
        );
    });

    it("is none for what is no key", () => {
        for (const bad of [
            undefined,
            null,
            "a",
            {},
            { pk: { S: "a" } },
            key({ S: "a" }, { BOOL: true }),
            { pk: "a", sk: "b" },
        ]) {
            assert.equal(keyString(bad, names), undefined);
        }
    });
});

describe("sameItem", () => {
    const nested: Item = { a: { L: [{ M: { b: { NS: ["1", "2"] } } }, { NULL: true }] }, c: { SS: ["x", "y"] } };

    it("overlooks the order of attributes and of a set's elements", () => {
        const other: Item = { c: { SS: ["y", "x"] }, a: { L: [{ M: { b: { NS: ["2", "1"] } } }, { NULL: true }] } };
        assert.equal(sameItem(nested, other), true);
    });

    const different: readonly Item[] = [
        { ...nested, d: { S: "more" } },
        { c: { SS: ["x", "y"] } },
        { ...nested, c: { L: [{ S: "x" }, { S: "y" }] } },
        { ...nested, c: { SS: ["x"] } },
        { ...nested, a: { L: [{ NULL: true }, { M: { b: { NS: ["1", "2"] } } }] } },
        { ...nested, a: { L: [{ M: { b: { NS: ["1", "3"] } } }, { NULL: true }] } },
    ];
    for (const other of different) {
        it(`sees that ${JSON.stringify(other)} is another`, () => {
            assert.equal(sameItem(nested, other), false);
        });
    }
});

describe("itemSize", () => {
    const sizes: readonly (readonly [Item, number])[] = [
        [{ pk: { S: "a" } }, 3],
        [{ é: { S: "é" } }, 4],
        [{ n: { N: "0" } }, 2],
        [{ n: { N: "-12.5" } }, 5],
        [{ b: { B: "AAAA" } }, 4],
        [{ f: { BOOL: false } }, 2],
        [{ s: { SS: ["ab", "c"] } }, 4],
        [{ l: { L: [{ S: "a" }] } }, 6],
        [{ m: { M: { k: { S: "v" } } } }, 7],
    ];
    for (const [item, size] of sizes) {
        it(`counts ${size} bytes for ${JSON.stringify(item)}`, () => {
            assert.equal(itemSize(item), size);
        });
    }
});
