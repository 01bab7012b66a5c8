import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Backoff, Random, Sleep } from "./backoff";
import { fullJitterMs } from "./backoff";

/** How long a caller is prepared to go on trying. */
export interface Retries<T> {
    /** Tries in all, the first one included. */
    readonly attempts: number;
    /** Waits before the next try. Absent: it follows at once. */
    readonly pause?: Pause;
    /** Whether another try may end differently than this one, the `attempt`th (1, 2, 3…), has. */
    readonly mayChange: (outcome: T, attempt: number) => boolean;
    /** Asked after each pause: whether there still is to be another try. Absent: there is. */
    readonly goesOn?: () => Promise<boolean>;
}

/** Waits after the `attempt`th try. */
export type Pause = (attempt: number) => Promise<void>;

/** The two things that make a pause. */
export interface Waiting {
    readonly sleep: Sleep;
    readonly random: Random;
}

/** Waits any time up to a bound that doubles with each try. */
export function jitter(backoff: Backoff, { sleep, random }: Waiting): Pause {
    return (attempt) => sleep(fullJitterMs(attempt, backoff, random));
}

/**
 * Tries until the outcome is final, or as often as may be, and answers with the last outcome. What a try throws is
 * thrown on at once: where an error is worth another try, the try makes an outcome of it, see {@link settled}.
 */
export async function retry<T>(
    { attempts, pause, mayChange, goesOn }: Retries<T>,
    attemptOnce: () => Promise<T>,
): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        const outcome = await attemptOnce();
        if (attempt >= attempts || !mayChange(outcome, attempt)) {
            return outcome;
        }
        await pause?.(attempt);
        if (goesOn !== undefined && !(await goesOn())) {
            return outcome;
        }
    }
}

/** What came of some work as an outcome: its value, or what it threw as the reason. */
export function settled<T>(work: Promise<T>): Promise<Result<T, unknown>> {
    return work.then(accepted, refused);
}
