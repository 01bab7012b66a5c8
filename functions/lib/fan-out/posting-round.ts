import type { Recipient } from "../audience";
import type { Sleep } from "../backoff";
import type { Slots } from "../concurrency";
import type { Payload } from "../sigv4";
import type { AgainCause, AttemptDeps, AttemptOutcome } from "./attempt";
import { attemptPost } from "./attempt";
import type { TokenBucket } from "./token-bucket";

/** A connection that is to be tried again, or not any more, and why. */
export interface Unreached extends Recipient {
    readonly cause: AgainCause | "refused";
    readonly reason: string;
}

/** What came of posting to some connections once. Each of them is counted in one place. */
export interface RoundResult {
    readonly delivered: number;
    readonly stale: number;
    readonly unreached: readonly Unreached[];
    /** So many were throttled that nothing more should be sent now. */
    readonly storm: boolean;
}

export interface RoundDeps extends AttemptDeps {
    /** Posts under way at a time, over everything that runs here. */
    readonly slots: Slots;
    /** Posts per second, over everything that runs here. */
    readonly bucket: TokenBucket;
    readonly sleep: Sleep;
}

/** A chunk of which at least so many, and most, were throttled is better served later. */
const STORM_SIZE = 20;
/** How long the last answers are waited for: this long at least, and some times as long as the slowest took. */
const PATIENCE_MS = 500;
const PATIENCE_FACTOR = 3;

/**
 * Posts to each connection once, at the bucket's pace. Neither what does not answer holds up the rest, nor does a
 * throttled account get asked for more: whoever was not reached, or not tried, is in the result.
 *
 * @param until epoch milliseconds at which no further post is begun.
 * @throws what the sender or the clock threw first; then nothing is known of any connection.
 */
export async function postRound(
    deps: RoundDeps,
    recipients: readonly Recipient[],
    channel: string,
    payload: Payload,
    until: number,
): Promise<RoundResult> {
    const round = new Round(deps.clock);
    for (const [index, recipient] of recipients.entries()) {
        await deps.slots.take();
        const wait = deps.bucket.take();
        if (wait > 0) {
            await deps.sleep(wait);
        }
        if (round.isStorm || deps.clock() >= until) {
            deps.slots.release();
            round.leave(recipients.slice(index), round.isStorm ? "throttled" : "unavailable");
            break;
        }
        round.begin(recipient, attemptPost(deps, recipient, channel, payload).finally(() => { deps.slots.release(); }));
    }
    return round.end(deps.sleep);
}

/** Keeps the count of one round. */
class Round {
    private delivered = 0;
    private stale = 0;
    private throttled = 0;
    private answers = 0;
    private slowestMs = 0;
    private lastBeganAt = 0;
    private failure: { readonly error: unknown } | undefined;
    private readonly unreached: Unreached[] = [];
    private readonly underWay = new Set<Recipient>();
    private settled: () => void = () => undefined;

    constructor(private readonly clock: () => number) {}

    get isStorm(): boolean {
        return this.throttled >= STORM_SIZE && this.throttled * 2 > this.answers;
    }

    begin(recipient: Recipient, attempt: Promise<AttemptOutcome>): void {
        const beganAt = this.clock();
        this.lastBeganAt = beganAt;
        this.underWay.add(recipient);
        attempt.then(
            (outcome) => { this.take(recipient, outcome, beganAt); },
            (error: unknown) => { this.fail(recipient, error); },
        );
    }

    /** Takes connections for unreached that were never tried. */
    leave(recipients: readonly Recipient[], cause: AgainCause): void {
        const reason = cause === "throttled" ? "not tried: the account is being throttled" : "not tried: time ran out";
        this.unreached.push(...recipients.map((recipient) => ({ ...recipient, cause, reason })));
    }

    async end(sleep: Sleep): Promise<RoundResult> {
        const allSettled = new Promise<void>((resolve) => {
            this.settled = resolve;
        });
        while (this.underWay.size > 0 && !this.isOutOfPatience()) {
            await Promise.race([allSettled, sleep(PATIENCE_MS)]);
        }
        for (const { connectionId, connectedAt } of this.underWay) {
            this.unreached.push({ connectionId, connectedAt, cause: "unavailable", reason: "no answer while the others had theirs" });
        }
        this.underWay.clear();
        if (this.failure !== undefined) {
            throw this.failure.error;
        }
        return { delivered: this.delivered, stale: this.stale, unreached: this.unreached, storm: this.isStorm };
    }

    /** As long as nothing answers at all, the sender's own time-outs decide. */
    private isOutOfPatience(): boolean {
        const patience = Math.max(PATIENCE_MS, PATIENCE_FACTOR * this.slowestMs);
        return this.answers > 0 && this.clock() - this.lastBeganAt >= patience;
    }

    private take(recipient: Recipient, outcome: AttemptOutcome, beganAt: number): void {
        // An answer that was no longer waited for: the connection is counted as unreached, and will be tried again.
        if (!this.finish(recipient)) {
            return;
        }
        this.answers++;
        this.slowestMs = Math.max(this.slowestMs, this.clock() - beganAt);
        switch (outcome.kind) {
            case "delivered":
            case "stale":
                this[outcome.kind]++;
                break;
            case "again":
                this.throttled += outcome.cause === "throttled" ? 1 : 0;
                this.unreached.push({ ...recipient, cause: outcome.cause, reason: outcome.reason });
                break;
            case "refused":
                this.unreached.push({ ...recipient, cause: "refused", reason: outcome.reason });
                break;
        }
    }

    private fail(recipient: Recipient, error: unknown): void {
        this.failure ??= { error };
        this.finish(recipient);
    }

    private finish(recipient: Recipient): boolean {
        const wasUnderWay = this.underWay.delete(recipient);
        if (this.underWay.size === 0) {
            this.settled();
        }
        return wasUnderWay;
    }
}
