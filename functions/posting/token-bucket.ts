/**
 * Lets so many pass per second, and after a pause up to `burst` at once. It begins full.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class TokenBucket {
    private tokens: number;
    private updatedAt: number;

    /** @param clock epoch milliseconds. */
    constructor(
        private readonly ratePerSecond: number,
        private readonly burst: number,
        private readonly clock: () => number,
    ) {
        this.tokens = burst;
        this.updatedAt = clock();
    }

    /** Takes a token, and answers in how many milliseconds it is there: the caller waits that long. */
    take(): number {
        const now = this.clock();
        // A clock that was set back gives nothing; it must not take, either.
        const gained = (Math.max(0, now - this.updatedAt) * this.ratePerSecond) / 1_000;
        this.tokens = Math.min(this.burst, this.tokens + gained) - 1;
        this.updatedAt = now;
        return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * 1_000) / this.ratePerSecond);
    }

    /** Undoes a take, for a caller that does not wait. */
    giveBack(): void {
        this.tokens++;
    }

    /** Gives up the tokens that were saved for a burst: the bucket behind this one turned out to be empty. */
    drain(): void {
        this.tokens = Math.min(this.tokens, 0);
    }
}
