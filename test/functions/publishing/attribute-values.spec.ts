import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { plainItem } from "../../../functions/publishing/attribute-values";

describe("plainItem", () => {
    it("gives back whatever JSON was stored", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (item) => {
                const stored = JSON.parse(JSON.stringify(item)) as Record<string, unknown>;
                assert.deepEqual(plainItem(marshallMap(stored)), { ok: true, value: stored });
            }),
        );
    });

    it("makes lists of sets, and leaves binary the base64 that it travels as", () => {
        const image = {
            tags: { SS: ["a", "b"] },
            sizes: { NS: ["1", "2.5"] },
            blobs: { BS: ["AQ=="] },
            blob: { B: "AQID" },
        };
        assert.deepEqual(plainItem(image), {
            ok: true,
            value: { tags: ["a", "b"], sizes: [1, 2.5], blobs: ["AQ=="], blob: "AQID" },
        });
    });

    it("keeps every digit of a number: as a number where that holds them, as text where not", () => {
        const numbers: readonly (readonly [string, unknown])[] = [
            ["42", 42],
            ["99.50", 99.5],
            ["-0.001", -0.001],
            ["1E+3", 1000],
            ["9007199254740993", "9007199254740993"],
            ["3.14159265358979323846264338327950288", "3.14159265358979323846264338327950288"],
            ["1E+400", "1E+400"],
            ["1E-400", "1E-400"],
            ["0", 0],
        ];
        for (const [stored, plain] of numbers) {
            assert.deepEqual(plainItem({ n: { N: stored } }), { ok: true, value: { n: plain } }, stored);
        }
    });

    it("keeps an attribute of the name __proto__ an attribute", () => {
        const plain = plainItem(JSON.parse('{"__proto__":{"S":"x"}}'));
        assert.ok(plain.ok);
        assert.deepEqual(Object.keys(plain.value), ["__proto__"]);
        assert.equal(Object.getPrototypeOf(plain.value), Object.prototype);
    });

    it("refuses what is no item", () => {
        for (const image of [
            1,
            [],
            "x",
            { a: 1 },
            { a: {} },
            { a: { S: 1 } },
            { a: { X: "1" } },
            { a: { S: "1", N: "1" } },
            { a: { L: "x" } },
            { a: { M: [] } },
            { a: { NS: [1] } },
        ]) {
            assert.equal(plainItem(image).ok, false, JSON.stringify(image));
        }
    });

    it("can be given anything without a crash", () => {
        fc.assert(
            fc.property(fc.anything(), (image) => {
                plainItem(image);
            }),
        );
    });
});

/** As DynamoDB stores JSON. (The SDK's `marshall` throws for numbers beyond 2^53, which are allowed.) */
function marshall(value: unknown): unknown {
    if (typeof value === "string") {
        return { S: value };
    }
    if (typeof value === "number") {
        return { N: String(value) };
    }
    if (typeof value === "boolean") {
        return { BOOL: value };
    }
    if (value === null || typeof value !== "object") {
        return { NULL: true };
    }
    return Array.isArray(value) ? { L: value.map(marshall) } : { M: marshallMap({ ...value }) };
}

function marshallMap(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, marshall(value)]));
}
