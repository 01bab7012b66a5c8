import type { Dice } from "./dice";
import type { PostFault } from "./gateway";

/** How likely what goes wrong with posts is; may change with time. */
export interface PostFaults {
    readonly throttled: number;
    readonly serverError: number;
    readonly reset: number;
    /** Half of them arrive all the same. */
    readonly timeout: number;
}

/** How long the gateway takes for an answer, at least and on average more. */
export const ANSWER_MS = { least: 8, mean: 4 };

export const NO_FAULTS: PostFaults = { throttled: 0, serverError: 0, reset: 0, timeout: 0 };

export function faultOnSending({ timeout }: PostFaults, dice: Dice): PostFault | undefined {
    return dice.hits(timeout) ? { answer: "hang", delivered: dice.hits(0.5) } : undefined;
}

export function faultOnArrival({ throttled, serverError, reset }: PostFaults, dice: Dice): PostFault | undefined {
    if (dice.hits(throttled)) {
        return { answer: 429 };
    }
    if (dice.hits(serverError)) {
        return { answer: 500 };
    }
    return dice.hits(reset) ? { answer: "reset" } : undefined;
}
