import type { Dice } from "./dice";
import type { VirtualTime } from "./virtual-time";

/**
 * The quotas of an account in most Regions.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const ACCOUNT_RATE = 10_000;
export const ACCOUNT_BURST = 5_000;

/** The requests that an account's APIs share: a token bucket that answers 429 when it is empty. */
export class AccountThrottle {
    private tokens = ACCOUNT_BURST;
    private updatedAt: number;

    constructor(private readonly clock: () => number) {
        this.updatedAt = clock();
    }

    admits(): boolean {
        const now = this.clock();
        this.tokens = Math.min(ACCOUNT_BURST, this.tokens + ((now - this.updatedAt) * ACCOUNT_RATE) / 1_000);
        this.updatedAt = now;
        if (this.tokens < 1) {
            return false;
        }
        this.tokens--;
        return true;
    }
}

/** How far posts have ever been ahead of a rate: the burst of the smallest token bucket that lets all of them through. */
export class RateMeter {
    peak = 0;
    private level = 0;
    private updatedAt: number;

    constructor(
        private readonly ratePerSecond: number,
        private readonly clock: () => number,
    ) {
        this.updatedAt = clock();
    }

    count(): void {
        const now = this.clock();
        this.level = Math.max(0, this.level - ((now - this.updatedAt) * this.ratePerSecond) / 1_000) + 1;
        this.updatedAt = now;
        this.peak = Math.max(this.peak, this.level);
    }
}

/** The other APIs of the account, which ask at an even rate on average. */
export class OtherApis {
    asked = 0;
    throttled = 0;
    private stopped = false;

    constructor(
        private readonly time: VirtualTime,
        private readonly account: AccountThrottle,
        private readonly dice: Dice,
        private readonly ratePerSecond: number,
    ) {}

    start(): void {
        if (this.ratePerSecond > 0) {
            this.tick();
        }
    }

    stop(): void {
        this.stopped = true;
    }

    private tick(): void {
        if (this.stopped) {
            return;
        }
        for (let left = this.dice.count(this.ratePerSecond / 1_000); left > 0; left--) {
            this.asked++;
            this.throttled += this.account.admits() ? 0 : 1;
        }
        this.time.after(1, () => {
            this.tick();
        });
    }
}
