import assert from "node:assert/strict";
import fc from "fast-check";
import type { HistorySettings } from "../../contract/namespace";
import type { Step } from "./world/world";
import { KINDS, World } from "./world/world";

const WEIGHTS: Readonly<Record<Step["kind"], number>> = {
    publish: 20,
    echo: 10,
    burst: 3,
    repeat: 4,
    pass: 30,
    drop: 3,
    cut: 1,
    reload: 2,
    leave: 1,
    subscribe: 2,
    check: 2,
    crash: 5,
    throttle: 3,
    storm: 3,
    loseDisconnects: 1,
};

const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
    fc.record({
        kind: fc.oneof(...KINDS.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: fc.constant(kind) }))),
        seed: fc.nat({ max: 0xffff }),
    }),
    { minLength: 30, maxLength: 120, size: "max" },
);

/** A failure is not made smaller, which would take minutes: the seed and path that are printed repeat it exactly. */
const RUNS = { numRuns: 50, endOnFailure: true };

/** Virtual time costs real work, which a busy machine is minutes about. */
const MINUTES = 600_000;

async function live(steps: readonly Step[], seed: number, history: HistorySettings): Promise<World> {
    const world = await World.create(history, seed);
    try {
        for (const step of steps) {
            await world.run(step);
        }
        await world.heal();
        await world.assertPromise();
        return world;
    } finally {
        await world.close();
    }
}

describe("The promise, over crashes, duplicates, throttling, failing posts, lost networks and reloads at random", () => {
    it("with a log that keeps everything: every message once, in order, and no gap", async () => {
        let told = 0;
        await fc.assert(
            fc.asyncProperty(STEPS, fc.nat(), async (steps, seed) => {
                const world = await live(steps, seed, { ttlSeconds: 86_400, maxMessages: 5_000 });
                assert.equal(world.gapCount, 0);
                told += world.toldCount;
            }),
            RUNS,
        );
        assert.ok(told > 1_000, `subscribers were told of ${told} messages only`);
    }).timeout(MINUTES);

    it("with a replay that takes many runs: no message is posted twice for it", async () => {
        const [missed, postMs] = [600, 40];
        const world = await World.create({ ttlSeconds: 86_400, maxMessages: 1_000 }, 1);
        try {
            const posts = await world.comeBackAfter(missed, postMs);
            await world.assertPromise();
            // Besides the messages, the answers that each run begins with.
            assert.ok(posts < missed * 1.1, `${posts} posts for ${missed} messages`);
            assert.equal(world.gapCount, 0);
        } finally {
            await world.close();
        }
    });

    it("with a log that keeps three messages: what is missing is an explicit gap", async () => {
        let gaps = 0;
        await fc.assert(
            fc.asyncProperty(STEPS, fc.nat(), async (steps, seed) => {
                gaps += (await live(steps, seed, { ttlSeconds: 86_400, maxMessages: 3 })).gapCount;
            }),
            RUNS,
        );
        assert.ok(gaps > 0, "there was never a gap");
    }).timeout(MINUTES);
});
