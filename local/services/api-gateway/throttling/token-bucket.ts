/**
 * Throttles as API Gateway does: tokens drip in at `rate` per second up to `burst`, and each request takes one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export class TokenBucket {
    #tokens: number;
    #filledAt: number;

    /** @param rate 0 never refills: with a burst of 0, everything is throttled. */
    constructor(
        readonly rate: number,
        readonly burst: number,
        private readonly clock: () => number,
    ) {
        this.#tokens = burst;
        this.#filledAt = clock();
    }

    /** Takes a token, and says whether there was one. */
    take(): boolean {
        const now = this.clock();
        this.#tokens = Math.min(this.burst, this.#tokens + (Math.max(0, now - this.#filledAt) / 1_000) * this.rate);
        this.#filledAt = now;
        if (this.#tokens < 1) {
            return false;
        }
        this.#tokens -= 1;
        return true;
    }
}
