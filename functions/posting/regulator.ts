import type { TokenBucket } from "./token-bucket";

/** When of about so many answers half and more were failures, something is wrong that is not the connections'. */
const MEMORY = 40;
const TROUBLE_SHARE = 0.5;
/** How long a new pace is kept before it is judged. */
const SETTLING_MS = 250;

/**
 * Decides when the next post of this execution environment may be made: at the rate of its bucket, without a burst when
 * most posts fail, for then the account's own bucket must be empty.
 */
export class Regulator {
    private failureShare = 0;
    private troubledAt = -Infinity;
    private troubles = 0;

    constructor(
        private readonly bucket: TokenBucket,
        private readonly clock: () => number,
    ) {}

    /** How often it came to trouble so far. */
    get troubleCount(): number {
        return this.troubles;
    }

    /** Allows a post, in so many milliseconds. */
    allow(): number {
        return this.bucket.take();
    }

    /** Allows a post if it may be made at once. */
    allowNow(): boolean {
        const wait = this.bucket.take();
        if (wait > 0) {
            this.bucket.giveBack();
        }
        return wait === 0;
    }

    /** Takes note of an answer to a post that was made at a time. */
    answered(postedAt: number, isFailure: boolean): void {
        // Posts that were under way when the burst ended say nothing of the pace since.
        if (postedAt <= this.troubledAt + SETTLING_MS) {
            return;
        }
        this.failureShare += ((isFailure ? 1 : 0) - this.failureShare) / MEMORY;
        if (this.failureShare >= TROUBLE_SHARE) {
            this.bucket.drain();
            this.troubles++;
            this.troubledAt = this.clock();
            this.failureShare = 0;
        }
    }
}
