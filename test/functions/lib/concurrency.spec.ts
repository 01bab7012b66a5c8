import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { forEachOfPages, Slots } from "../../../functions/lib/concurrency";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("forEachOfPages", () => {
    it("does the work once for each item of each page, with never more at a time than there are slots", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(fc.array(fc.nat({ max: 3 }), { maxLength: 8 }), { maxLength: 6 }),
                fc.integer({ min: 1, max: 5 }),
                async (pages, limit) => {
                    let running = 0;
                    let most = 0;
                    const done: number[] = [];
                    await forEachOfPages(read(pages), new Slots(limit), async (turns) => {
                        most = Math.max(most, ++running);
                        for (let count = 0; count < turns; count++) {
                            await turn();
                        }
                        running--;
                        done.push(turns);
                    });
                    assert.deepEqual(done.sort(), pages.flat().sort());
                    assert.ok(most <= limit);
                    assert.equal(running, 0);
                },
            ),
            { numRuns: 60 },
        );
    });

    it("shares the slots between several that run at once", async () => {
        let running = 0;
        let most = 0;
        const slots = new Slots(3);
        const work = async (): Promise<void> => {
            most = Math.max(most, ++running);
            await turn();
            running--;
        };
        const pages = [
            [1, 2, 3, 4, 5],
            [6, 7, 8],
        ];
        await Promise.all([1, 2, 3].map(() => forEachOfPages(read(pages), slots, work)));
        assert.equal(most, 3);
    });

    it("begins before the second page is there, which is read meanwhile", async () => {
        const events: string[] = [];
        let release = (): void => undefined;
        const firstIsWorkedOn = new Promise<void>((resolve) => (release = resolve));
        async function* pages(): AsyncGenerator<readonly string[]> {
            yield ["a"];
            events.push("second page asked for");
            await firstIsWorkedOn;
            yield ["b"];
        }
        await forEachOfPages(pages(), new Slots(1), async (item) => {
            events.push(`work on ${item}`);
            release();
        });
        assert.deepEqual(events, ["second page asked for", "work on a", "work on b"]);
    });

    it("throws what reading threw, once the work that had begun is done", async () => {
        const done: string[] = [];
        async function* pages(): AsyncGenerator<readonly string[]> {
            yield ["a", "b"];
            throw new Error("throttled");
        }
        await assert.rejects(
            forEachOfPages(pages(), new Slots(5), async (item) => {
                await turn();
                done.push(item);
            }),
            /throttled/,
        );
        assert.deepEqual(done, ["a", "b"]);
    });

    it("throws what a piece of work threw, once the rest is done", async () => {
        const done: number[] = [];
        await assert.rejects(
            forEachOfPages(read([[1, 2, 3]]), new Slots(1), async (item) => {
                if (item === 1) {
                    throw new Error("broken");
                }
                done.push(item);
            }),
            /broken/,
        );
        assert.deepEqual(done, [2, 3]);
    });
});

async function* read<T>(pages: readonly (readonly T[])[]): AsyncGenerator<readonly T[]> {
    for (const page of pages) {
        await turn();
        yield page;
    }
}
