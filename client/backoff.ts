export interface BackoffOptions {
    /** The ceiling of the first delay, in milliseconds. It doubles with each further attempt. */
    readonly baseMs: number;
    /** No delay is longer, in milliseconds. */
    readonly capMs: number;
}

/**
 * How long to wait before attempt `attempt` (from 0), in milliseconds: anywhere between 0 and a ceiling that doubles.
 * "Full jitter" of https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/: when ten thousand clients
 * lose their connection at once, they come back spread out, with the fewest attempts in total.
 */
export function fullJitter(attempt: number, { baseMs, capMs }: BackoffOptions, random: () => number): number {
    return random() * Math.min(capMs, baseMs * 2 ** attempt);
}
