import fc from "fast-check";
import { Dice } from "../../../simulation/dice";
import { World, type Kind, type Step, type WorldOptions } from "./world";

export type Weights = Readonly<Partial<Record<Kind, number>>>;

const ORDINARY: Weights = {
    publish: 20,
    echo: 10,
    burst: 4,
    pass: 30,
    drop: 2,
    cut: 1,
    refuse: 1,
    accept: 2,
    throttle: 1,
    reload: 1,
    check: 1,
};
const COMING_AND_GOING: Weights = { leave: 2, join: 4, remount: 4 };

export interface Scenario {
    readonly name: string;
    readonly weights: Weights;
    readonly options: Partial<WorldOptions>;
    /** Whether the log keeps everything, so that there is nothing to excuse a gap in it. */
    readonly isGapless: boolean;
}

/** The worlds that clients are tried in. Messages held back are limited as in production, but where it says so. */
export const SCENARIOS: readonly Scenario[] = [
    {
        name: "with a log that keeps everything, the page sees every message once, in order, without a gap",
        weights: ORDINARY,
        options: {},
        isGapless: true,
    },
    {
        name: "with room for five messages that come early, it is the same",
        weights: ORDINARY,
        options: { maxHeldMessages: 5 },
        isGapless: true,
    },
    {
        name: "with a log that forgets and is started over, what is missing is an explicit gap",
        weights: { ...ORDINARY, startOver: 1, trim: 2 },
        options: {},
        isGapless: false,
    },
    {
        name: "with subscribers that leave and return, each sees every message since it was confirmed",
        weights: { ...ORDINARY, ...COMING_AND_GOING, throttle: 3 },
        options: {},
        isGapless: true,
    },
    {
        name: "with history that is switched on and off, what is missing is an explicit gap",
        weights: { ...ORDINARY, switchHistory: 2 },
        options: {},
        isGapless: false,
    },
    {
        name: "with two pages that keep their positions in one place, neither skips what only the other has seen",
        weights: { ...ORDINARY, reload: 4 },
        options: { pages: 2, isStorageShared: true },
        isGapless: false,
    },
    {
        name: "with tokens that are none, and stored positions that no server takes, the page goes on all the same",
        weights: { ...ORDINARY, spoil: 3, reload: 3 },
        options: { hasOddTokens: true },
        isGapless: false,
    },
    {
        name: "with all of it at once, every message is seen once, in order, or there is an explicit gap",
        weights: { ...ORDINARY, ...COMING_AND_GOING, switchHistory: 1, startOver: 1, trim: 1, spoil: 1, reload: 3 },
        options: { pages: 2, hasOddTokens: true },
        isGapless: false,
    },
];

export function steps(weights: Weights): fc.Arbitrary<readonly Step[]> {
    const kinds = Object.entries(weights).map(([kind, weight]) => ({
        weight,
        arbitrary: fc.constant(kind as Kind),
    }));
    const step = fc.record({ kind: fc.oneof(...kinds), seed: fc.nat({ max: 0xffff }) });
    return fc.array(step, { minLength: 40, maxLength: 200, size: "max" });
}

/** One history, from its steps and the seed of everything else. Throws where the promise is broken. */
export async function live(scenario: Scenario, taken: readonly Step[], seed: number): Promise<void> {
    const world = new World(new Dice(seed).next, {
        pages: 1,
        isStorageShared: false,
        hasOddTokens: false,
        // Long enough for what is done late, or so short that connections are replaced all the time.
        sessionSeconds: seed % 2 === 0 ? 40 : 600,
        ...scenario.options,
    });
    try {
        for (const step of taken) {
            await world.run(step);
        }
        await world.heal();
        world.assertPromise(scenario.isGapless);
    } finally {
        world.close();
    }
}

/** Lives through so many histories. A failure prints the seed that repeats it, and is made smaller while there is time. */
export async function assertPromise(scenario: Scenario, count: number, limitMs: number): Promise<void> {
    await fc.assert(
        fc.asyncProperty(steps(scenario.weights), fc.nat(), (taken, seed) => live(scenario, taken, seed)),
        { numRuns: count, interruptAfterTimeLimit: limitMs },
    );
}
