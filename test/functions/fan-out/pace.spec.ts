import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { burstOf, DIRECT_REFILL_MS, paceFor } from "../../../functions/fan-out/pace";

describe("The pace for a delivery rate", () => {
    it("is kept by all notifiers and deliverers together, and used to the full but for a fraction", () => {
        fc.assert(
            fc.property(fc.integer({ min: 50, max: 10_000 }), (rate) => {
                const { workers, workerRate, directAudience } = paceFor(rate);
                const notifiers = (directAudience * 1_000) / DIRECT_REFILL_MS;
                assert.ok(workers * workerRate + notifiers <= rate);
                assert.ok(workers * (workerRate + 1) + notifiers + 1 > rate);
            }),
        );
    });

    it("is exceeded at once by no more than it lets through in a second", () => {
        fc.assert(
            fc.property(fc.integer({ min: 50, max: 10_000 }), (rate) => {
                const { workers, workerRate, directAudience } = paceFor(rate);
                assert.ok(directAudience + workers * burstOf(workerRate) <= rate);
            }),
        );
    });

    it("needs no more deliverers than an event source mapping starts with, and no fewer than it knows", () => {
        assert.equal(paceFor(10_000).workers, 5);
        assert.equal(paceFor(50).workers, 2);
    });

    it("leaves a deliverer no more work at a time than it does long before its time-out", () => {
        fc.assert(
            fc.property(fc.integer({ min: 50, max: 10_000 }), (rate) => {
                const { chunkSize, batchSize, workerRate } = paceFor(rate);
                assert.ok((chunkSize * batchSize) / workerRate <= 5);
            }),
        );
    });
});
