import assert from "node:assert/strict";
import fc from "fast-check";
import { fullJitter } from "../../client/backoff";
import { afterEnd, endOfSocket, NO_FAILURES, rotationDelay, type Failures } from "../../client/state";

const RETRY = { baseMs: 500, capMs: 30_000, refusedAfter: 3 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("fullJitter", () => {
    it("is anywhere between nothing and a ceiling that doubles up to the cap", () => {
        const ceilings = [0, 1, 2, 5, 6, 7, 2_000].map((attempt) => fullJitter(attempt, RETRY, () => 1));
        assert.deepEqual(ceilings, [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
        assert.equal(
            fullJitter(5, RETRY, () => 0),
            0,
        );
        assert.equal(
            fullJitter(1, RETRY, () => 0.5),
            500,
        );
    });
});

describe("endOfSocket", () => {
    const cases: readonly (readonly [code: number, wasOpen: boolean, expected: string, isFatal: boolean])[] = [
        [1000, true, "connection_lost", false],
        [1001, true, "connection_lost", false],
        [1006, true, "connection_lost", false],
        [1006, false, "handshake_failed", false],
        [1008, true, "connection_lost", false],
        [1009, true, "connection_lost", false],
        [1011, true, "connection_lost", false],
        [4000, true, "connection_lost", false],
        [4400, true, "fatal_close", true],
        [4499, true, "fatal_close", true],
        [4500, true, "connection_lost", false],
    ];
    for (const [closeCode, wasOpen, code, isFatal] of cases) {
        it(`takes ${closeCode} of a socket that was ${wasOpen ? "open" : "never open"} for ${code}`, () => {
            const end = endOfSocket(closeCode, "", wasOpen, "");
            assert.deepEqual(
                [end.code, end.isFatal, end.closeCode, end.reason],
                [code, isFatal, closeCode, `Closed with ${closeCode}`],
            );
        });
    }

    it("gives the reasons that there are", () => {
        assert.equal(endOfSocket(1001, "Going away", true, "").reason, "Closed with 1001, Going away");
        assert.equal(endOfSocket(1006, "", false, "ECONNREFUSED").reason, "Closed with 1006, ECONNREFUSED");
    });

    it("knows a refusal where the WebSocket tells the status", () => {
        assert.equal(endOfSocket(1006, "", false, "Unexpected server response: 401").isRefusal, true);
        assert.equal(endOfSocket(1006, "", false, "Unexpected server response: 403").isRefusal, true);
        assert.equal(endOfSocket(1006, "", false, "Unexpected server response: 500").isRefusal, false);
    });
});

describe("afterEnd", () => {
    const lost = endOfSocket(1006, "", true, "");
    const failed = endOfSocket(1006, "", false, "");

    it("waits after a loss, and counts", () => {
        const { state, failures } = afterEnd(lost, NO_FAILURES, RETRY, () => 0.5);
        assert.deepEqual(state, {
            status: "waiting",
            code: "connection_lost",
            reason: "Closed with 1006",
            closeCode: 1006,
            retryInMs: 250,
        });
        assert.deepEqual(failures, { attempts: 1, handshakes: 0 });
    });

    it("calls it refused after as many handshakes in a row as it is told, and goes on trying", () => {
        let failures: Failures = NO_FAILURES;
        const statuses: string[] = [];
        for (let attempt = 0; attempt < 4; attempt += 1) {
            const after = afterEnd(failed, failures, RETRY, () => 0.5);
            failures = after.failures;
            statuses.push(after.state.status);
            assert.ok((after.state.retryInMs ?? 0) > 0);
        }
        assert.deepEqual(statuses, ["waiting", "waiting", "refused", "refused"]);
    });

    it("waits longer after too many requests, and longer still after more of them", () => {
        const first = afterEnd(endOfSocket(1008, "", true, ""), NO_FAILURES, RETRY, () => 0.5);
        assert.deepEqual([first.state.status, first.state.retryInMs], ["waiting", 4_000]);
        const second = afterEnd(endOfSocket(1008, "", true, ""), first.failures, RETRY, () => 0.5);
        assert.equal(second.state.retryInMs, 8_000);
    });

    it("ends for good on what is fatal", () => {
        const { state, failures } = afterEnd(
            endOfSocket(4401, "no", true, ""),
            { attempts: 5, handshakes: 2 },
            RETRY,
            () => 0.5,
        );
        assert.deepEqual(state, {
            status: "closed",
            code: "fatal_close",
            reason: "Closed with 4401, no",
            closeCode: 4401,
        });
        assert.deepEqual(failures, NO_FAILURES);
    });
});

describe("rotationDelay", () => {
    it("is within the last fifth of the connection's life, and before the last twentieth", () => {
        fc.assert(
            fc.property(fc.integer({ min: 60, max: 100_000 }), random, (seconds, value) => {
                const life = Math.min(seconds, 7_200) * 1_000;
                const delay = rotationDelay(seconds * 1_000, () => value);
                assert.ok(delay >= life * 0.8 && delay <= life * 0.95, `${delay} of ${life}`);
            }),
        );
    });

    it("is never so short that clients rotate all the time", () => {
        for (const seconds of [1, 10, 30]) {
            assert.equal(
                rotationDelay(seconds * 1_000, () => 0),
                30_000,
            );
        }
    });

    it("does not believe a clock by which the new connection had expired", () => {
        for (const left of [-1_000, NaN, Infinity]) {
            assert.equal(
                rotationDelay(left, () => 0),
                240_000,
            );
        }
    });
});
