import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { burstOf, paceFor } from "../../../../functions/lib/fan-out/pace";

describe("The pace for a delivery rate", () => {
    it("is kept by all deliverers together, and used to the full but for a fraction", () => {
        fc.assert(fc.property(fc.integer({ min: 50, max: 10_000 }), (rate) => {
            const { workers, workerRate } = paceFor(rate);
            assert.ok(workers * workerRate <= rate);
            assert.ok(workers * (workerRate + 1) > rate);
        }));
    });

    it("needs no more deliverers than an event source mapping starts with, and no fewer than it knows", () => {
        assert.equal(paceFor(10_000).workers, 5);
        assert.equal(paceFor(50).workers, 2);
    });

    it("holds a share of the account's burst, half a second's worth, as the account's own bucket does", () => {
        const { workers, workerRate } = paceFor(10_000);
        assert.equal(workers * burstOf(workerRate), 5_000);
    });

    it("leaves a deliverer no more work at a time than it does long before its time-out", () => {
        fc.assert(fc.property(fc.integer({ min: 50, max: 10_000 }), (rate) => {
            const { chunkSize, batchSize, workerRate } = paceFor(rate);
            assert.ok(chunkSize * batchSize / workerRate <= 5);
        }));
    });
});
