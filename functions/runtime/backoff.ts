/** Waits for a number of milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** A number from 0 up to, but not including, 1. */
export type Random = () => number;

export interface Backoff {
    readonly baseMs: number;
    readonly capMs: number;
}

/**
 * How long to wait before trying again after the `attempt`th failure (1, 2, 3…): any time up to a bound that doubles.
 * The full jitter spreads callers that failed together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitterMs(attempt: number, { baseMs, capMs }: Backoff, random: Random): number {
    return random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
}

export const sleep: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
