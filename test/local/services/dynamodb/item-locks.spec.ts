import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { ItemLocks } from "../../../../local/services/dynamodb/item-locks";

describe("ItemLocks", () => {
    it("let one holder at a time have a name, in the order asked for, and never lock each other out", async () => {
        const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
        await fc.assert(
            fc.asyncProperty(fc.array(names, { maxLength: 12 }), async (wanted) => {
                const locks = new ItemLocks();
                const held = new Set<string>();
                const done: number[] = [];
                await Promise.all(
                    wanted.map(async (mine, at) => {
                        const release = await locks.acquire(mine);
                        for (const name of mine) {
                            assert.ok(!held.has(name), `${name} is held twice`);
                            held.add(name);
                        }
                        await turn();
                        for (const name of mine) {
                            held.delete(name);
                        }
                        done.push(at);
                        release();
                    }),
                );
                assert.equal(done.length, wanted.length);
                const ofOne = done.filter((at) => wanted[at]?.join() === "a");
                assert.deepEqual(
                    ofOne,
                    ofOne.toSorted((one, other) => one - other),
                );
            }),
        );
    });
});
