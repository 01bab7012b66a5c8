import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { Random } from "./random";

const DEFAULT_SEED = 20_240_209;

/** The run's seed: fixed, so that a failure comes back, unless FUZZ_SEED says otherwise. */
const SEED = Number(process.env["FUZZ_SEED"] ?? DEFAULT_SEED);

/** The one case to run again, where FUZZ_CASE names it. */
const ONLY = process.env["FUZZ_CASE"];

/** Odd, so that each case has another seed. */
const STEP = 0x9e3779b1;

/** Cases in one go before timers and sockets get their turn. */
const BREATH = 1_000;

/**
 * Makes `count` inputs, each with random choices of its own, and attacks with one after the other.
 *
 * @throws Error that says how to run the failed case alone, with what it failed by as its cause.
 */
export async function fuzz<T>(
    count: number,
    make: (random: Random) => T,
    attack: (input: T) => Promise<void>,
): Promise<void> {
    const before = prototypes();
    const cases = ONLY === undefined ? Array.from({ length: count }, (_, index) => index) : [Number(ONLY)];
    for (const index of cases) {
        const input = make(new Random((SEED + Math.imul(index, STEP)) | 0));
        try {
            await attack(input);
        } catch (error) {
            throw new Error(describeFailure(index, input, error), { cause: error });
        }
        if (index % BREATH === 0) {
            await setImmediate();
        }
    }
    if (prototypes() !== before) {
        throw new Error(`A prototype has changed with FUZZ_SEED=${SEED}: ${prototypes()}`);
    }
}

/** Whether a single case is run again: what a whole run must have met is then not to be asked for. */
export const isWholeRun = ONLY === undefined;

/** What everything inherits, by name. */
function prototypes(): string {
    return [Object, Array, String, Number, Function]
        .map(({ prototype, name }) => `${name}: ${Reflect.ownKeys(prototype).map(String).join(" ")}`)
        .join("; ");
}

function describeFailure(index: number, input: unknown, error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    const shown = inspect(input, { depth: 6, maxStringLength: 1_000, maxArrayLength: 50 });
    return `Case ${index} failed; FUZZ_SEED=${SEED} FUZZ_CASE=${index} runs it alone.\n${message}\nThe input: ${shown}`;
}
