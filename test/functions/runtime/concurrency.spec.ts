import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { Slots } from "../../../functions/runtime/concurrency";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Slots", () => {
    it("are held by never more at a time than there are, and by each that waits in the end", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(fc.nat({ max: 3 }), { maxLength: 20 }),
                fc.integer({ min: 1, max: 5 }),
                async (works, limit) => {
                    const slots = new Slots(limit);
                    let running = 0;
                    let most = 0;
                    let done = 0;
                    await Promise.all(
                        works.map(async (turns) => {
                            await slots.take();
                            most = Math.max(most, ++running);
                            for (let count = 0; count < turns; count++) {
                                await turn();
                            }
                            running--;
                            done++;
                            slots.release();
                        }),
                    );
                    assert.equal(done, works.length);
                    assert.ok(most <= limit);
                },
            ),
            { numRuns: 60 },
        );
    });

    it("are given in the order in which they were asked for", async () => {
        const slots = new Slots(1);
        const order: string[] = [];
        await slots.take();
        const waiting = ["first", "second"].map((name) => slots.take().then(() => order.push(name)));
        slots.release();
        await turn();
        assert.deepEqual(order, ["first"]);
        slots.release();
        await Promise.all(waiting);
        assert.deepEqual(order, ["first", "second"]);
    });
});
