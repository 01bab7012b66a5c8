import assert from "node:assert/strict";
import { jitter, retry, settled } from "../../../functions/runtime/retry";

describe("Trying again", () => {
    const until = (last: number) => {
        let tries = 0;
        return { attemptOnce: async () => ++tries, mayChange: (outcome: number) => outcome < last };
    };

    it("ends with the first outcome that is final", async () => {
        const { attemptOnce, mayChange } = until(3);
        assert.equal(await retry({ attempts: 10, mayChange }, attemptOnce), 3);
    });

    it("ends with the last outcome where none is final in so many attempts", async () => {
        const { attemptOnce, mayChange } = until(Infinity);
        assert.equal(await retry({ attempts: 4, mayChange }, attemptOnce), 4);
    });

    it("pauses between two tries, and not after the last", async () => {
        const pauses: number[] = [];
        const pause = async (attempt: number): Promise<void> => void pauses.push(attempt);
        const { attemptOnce, mayChange } = until(Infinity);
        await retry({ attempts: 3, mayChange, pause }, attemptOnce);
        assert.deepEqual(pauses, [1, 2]);
    });

    it("tells which attempt an outcome is of, so that outcomes may be worth different numbers of tries", async () => {
        const { attemptOnce } = until(Infinity);
        assert.equal(await retry({ attempts: 9, mayChange: (_, attempt) => attempt < 2 }, attemptOnce), 2);
    });

    it("leaves it at the outcome that there is where the pause has made another try pointless", async () => {
        const { attemptOnce, mayChange } = until(Infinity);
        assert.equal(await retry({ attempts: 9, mayChange, goesOn: async () => false }, attemptOnce), 1);
    });

    it("throws on what a try throws, at once", async () => {
        let tries = 0;
        const attemptOnce = async (): Promise<number> => {
            tries += 1;
            throw new Error("broken");
        };
        await assert.rejects(retry({ attempts: 9, mayChange: () => true }, attemptOnce), { message: "broken" });
        assert.equal(tries, 1);
    });

    it("has an error tried again that was made an outcome", async () => {
        let tries = 0;
        const work = async (): Promise<string> => {
            tries += 1;
            if (tries === 1) {
                throw new Error("broken");
            }
            return "done";
        };
        const outcome = await retry({ attempts: 9, mayChange: ({ ok }) => !ok }, () => settled(work()));
        assert.deepEqual(outcome, { ok: true, value: "done" });
    });

    it("waits any time up to a bound that doubles to a limit", async () => {
        const waited: number[] = [];
        const sleep = async (milliseconds: number): Promise<void> => void waited.push(milliseconds);
        const pause = jitter({ baseMs: 100, capMs: 300 }, { sleep, random: () => 0.5 });
        for (const attempt of [1, 2, 3, 4]) {
            await pause(attempt);
        }
        assert.deepEqual(waited, [50, 100, 150, 150]);
    });
});
