import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { SortKeys } from "../../../functions/registry/sort-keys";
import { ALL_SORT_KEYS, divideRest, estimateRows } from "../../../functions/registry/sort-keys";
import { subscriptionKey } from "../../../functions/registry/registry-rows";

const shares = fc.double({ min: 0, max: 1, noNaN: true });
const keys = fc.string({ minLength: 1, maxLength: 20 }).map((id) => subscriptionKey("orders/1", id).sk);

/** As DynamoDB decides: by UTF-8 bytes, both ends included, and from after the start key. */
function holds({ from, to, after }: SortKeys, key: string): boolean {
    const compare = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
    return compare(key, from) >= 0 && compare(key, to) <= 0 && (after === undefined || compare(key, after) > 0);
}

describe("The sort keys of an audience", () => {
    it("lie within what is read of a channel", () => {
        fc.assert(
            fc.property(keys, (key) => {
                assert.ok(holds(ALL_SORT_KEYS, key));
            }),
        );
    });

    it("are divided so that each row after the first page is in exactly one part, and none before is in any", () => {
        fc.assert(
            fc.property(keys, shares, fc.integer({ min: 1, max: 8 }), keys, (last, share, parts, key) => {
                const found = divideRest(last, share, parts).filter((part) => holds(part, key)).length;
                assert.equal(found, Buffer.compare(Buffer.from(key), Buffer.from(last)) > 0 ? 1 : 0);
            }),
            { numRuns: 2_000 },
        );
    });

    it("are divided into a first part of the size that is asked for, and others of equal size", () => {
        assert.deepEqual(divideRest("0f#a", 0.25, 3), [
            { from: "00", to: "4f", after: "0f#a" },
            { from: "4f", to: "8a" },
            { from: "8a", to: "c5" },
            { from: "c5", to: "g" },
        ]);
    });

    it("are not divided where nothing is left to divide", () => {
        assert.deepEqual(divideRest("ff#a", 0.1, 4), [{ from: "00", to: "g", after: "ff#a" }]);
        assert.deepEqual(divideRest("f0#a", 1, 4), [{ from: "00", to: "g", after: "f0#a" }]);
    });

    it("tell how large the audience is, about, by how far a page of it reaches", () => {
        for (const rows of [2_000, 10_000, 50_000]) {
            const all = Array.from({ length: rows }, (_, n) => subscriptionKey("orders/1", `id-${n}`).sk);
            const estimate = estimateRows(250, all.sort()[249] ?? "");
            assert.ok(estimate > rows * 0.5 && estimate < rows * 2, `${estimate} for ${rows}`);
        }
    });
});
