import type { PostOutcome, PreparedFrame } from "../../functions/transports/transport";
import type { AccountThrottle, RateMeter } from "./account";
import type { Connections } from "./connections";
import type { Dice } from "./dice";
import type { Processor } from "./processor";
import type { VirtualTime } from "./virtual-time";

/** What goes wrong with posts, as probabilities; may change with time. */
export interface PostFaults {
    readonly throttled: number;
    readonly serverError: number;
    readonly reset: number;
    /** Half of them arrive all the same. */
    readonly timeout: number;
}

export const NO_FAULTS: PostFaults = { throttled: 0, serverError: 0, reset: 0, timeout: 0 };

/** Of one post: the CPU of signing and sending over TLS, and the gateway's answer. */
const POST_CPU_MS = 0.05;
const ANSWER_MS = { least: 8, mean: 4 };
const TIMEOUT_MS = 3_000;

const THROTTLED: PostOutcome = { kind: "throttled", reason: "429 LimitExceededException" };
const SERVER_ERROR: PostOutcome = { kind: "unavailable", reason: "500 InternalServerError" };
const RESET: PostOutcome = { kind: "unavailable", reason: "ECONNRESET: read ECONNRESET" };
const TIMED_OUT: PostOutcome = { kind: "unavailable", reason: "UND_ERR_HEADERS_TIMEOUT: Headers Timeout Error" };
const DELIVERED: PostOutcome = { kind: "delivered" };
const GONE: PostOutcome = { kind: "gone" };

/** API Gateway's `@connections`: throttled with the account's other APIs, and not always there. */
export class Gateway {
    posts = 0;
    throttled = 0;

    constructor(
        private readonly time: VirtualTime,
        private readonly account: AccountThrottle,
        private readonly connections: Connections,
        private readonly dice: Dice,
        private readonly faults: () => PostFaults,
        private readonly meter?: RateMeter,
    ) {}

    /** A frame as one function posts it. @param cpuMs of one post. */
    frameFrom(processor: Processor, cpuMs = POST_CPU_MS): PreparedFrame {
        return {
            postTo: (connectionId) =>
                new Promise((resolve) => {
                    const sentAfter = processor.work(cpuMs);
                    const faults = this.faults();
                    if (this.dice.hits(faults.timeout)) {
                        if (this.dice.hits(0.5)) {
                            this.time.after(sentAfter, () => {
                                this.connections.deliver(connectionId, this.time.clock());
                            });
                        }
                        this.time.after(sentAfter + TIMEOUT_MS, () => {
                            resolve(TIMED_OUT);
                        });
                        return;
                    }
                    const answerAfter = sentAfter + this.dice.delay(ANSWER_MS.least, ANSWER_MS.mean);
                    this.time.after(answerAfter, () => {
                        resolve(this.answer(connectionId, faults));
                    });
                }),
        };
    }

    private answer(connectionId: string, faults: PostFaults): PostOutcome {
        this.posts++;
        this.meter?.count();
        if (!this.account.admits() || this.dice.hits(faults.throttled)) {
            this.throttled++;
            return THROTTLED;
        }
        if (this.dice.hits(faults.serverError)) {
            return SERVER_ERROR;
        }
        if (this.dice.hits(faults.reset)) {
            return RESET;
        }
        return this.connections.deliver(connectionId, this.time.clock()) ? DELIVERED : GONE;
    }
}
