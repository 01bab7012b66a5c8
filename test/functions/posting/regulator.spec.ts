import { strict as assert } from "node:assert";
import { Regulator } from "../../../functions/posting/regulator";
import { TokenBucket } from "../../../functions/posting/token-bucket";

describe("TokenBucket", () => {
    it("lets its burst pass at once, and then its rate", () => {
        let now = 0;
        const bucket = new TokenBucket(100, 5, () => now);
        assert.deepEqual(
            Array.from({ length: 8 }, () => bucket.take()),
            [0, 0, 0, 0, 0, 10, 20, 30],
        );
        now = 30;
        assert.equal(bucket.take(), 10);
    });

    it("saves no more than its burst", () => {
        let now = 0;
        const bucket = new TokenBucket(100, 2, () => now);
        now = 1_000_000;
        assert.deepEqual(
            Array.from({ length: 3 }, () => bucket.take()),
            [0, 0, 10],
        );
    });

    it("loses nothing to a clock that is set back", () => {
        let now = 1_000;
        const bucket = new TokenBucket(100, 2, () => now);
        bucket.take();
        now = 0;
        assert.equal(bucket.take(), 0);
        now = 10;
        assert.equal(bucket.take(), 0);
    });

    it("has nothing left of its burst once it is drained", () => {
        const bucket = new TokenBucket(100, 50, () => 0);
        bucket.drain();
        assert.equal(bucket.take(), 10);
        bucket.drain();
        assert.equal(bucket.take(), 20);
    });
});

describe("Regulator", () => {
    it("allows at once what it can, without counting what it could not", () => {
        let now = 0;
        const regulator = new Regulator(new TokenBucket(100, 2, () => now), () => now);
        assert.deepEqual(
            Array.from({ length: 5 }, () => regulator.allowNow()),
            [true, true, false, false, false],
        );
        now = 10;
        assert.deepEqual([regulator.allowNow(), regulator.allowNow()], [true, false]);
    });

    it("ends the burst when most posts fail, once for a quarter of a second", () => {
        let now = 0;
        const regulator = new Regulator(new TokenBucket(100, 1_000, () => now), () => now);
        const fail = (times: number): void => {
            for (let count = 0; count < times; count++) {
                regulator.answered(now, true);
            }
        };
        fail(27);
        assert.deepEqual([regulator.troubleCount, regulator.allowNow()], [0, true]);
        fail(1);
        assert.deepEqual([regulator.troubleCount, regulator.allowNow()], [1, false]);
        now = 250;
        fail(100);
        assert.equal(regulator.troubleCount, 1);
        now = 251;
        fail(28);
        assert.equal(regulator.troubleCount, 2);
    });

    it("bears failures here and there", () => {
        const regulator = new Regulator(new TokenBucket(100, 1_000, () => 0), () => 0);
        for (let count = 0; count < 10_000; count++) {
            regulator.answered(0, count % 5 === 0);
        }
        assert.equal(regulator.troubleCount, 0);
    });
});
