import type { PostOutcome, PreparedFrame } from "../functions/transports/transport";
import type { RateMeter } from "./account";
import type { Processor } from "./processor";
import type { VirtualTime } from "./virtual-time";

/** Who is at the other end of connections: sockets that carry frames, or counters for a million of them. */
export interface Peers {
    /** Brings a frame to a connection. `false` where there is no such connection. */
    deliver(connectionId: string, frame: string): boolean;
}

/** How one post fails, and whether its frame arrives all the same. */
export interface PostFault {
    readonly answer: 429 | 500 | 503 | "reset" | "hang";
    readonly delivered?: boolean;
}

export interface GatewayOptions {
    readonly time: VirtualTime;
    readonly peers: Peers;
    /** What goes wrong with a post, as far as that is decided when it is sent. */
    readonly faultOnSending: (connectionId: string) => PostFault | undefined;
    /** What goes wrong with one that arrives. Defaults to nothing. */
    readonly faultOnArrival?: () => PostFault | undefined;
    /** Whether the account has a request left for a post. Defaults to always. */
    readonly admits?: () => boolean;
    /** How long an answer takes. */
    readonly answerMs: () => number;
    readonly meter?: RateMeter;
}

/** How long a sender waits for an answer. */
const TIMEOUT_MS = 3_000;

const DELIVERED: PostOutcome = { kind: "delivered" };
const GONE: PostOutcome = { kind: "gone" };
const FAILURES: Readonly<Record<PostFault["answer"], PostOutcome>> = {
    429: { kind: "throttled", reason: "429 LimitExceededException" },
    500: { kind: "unavailable", reason: "500 InternalServerError" },
    503: { kind: "unavailable", reason: "503 ServiceUnavailable" },
    reset: { kind: "unavailable", reason: "ECONNRESET: read ECONNRESET" },
    hang: { kind: "unavailable", reason: "UND_ERR_HEADERS_TIMEOUT: Headers Timeout Error" },
};

/** API Gateway's `@connections`: throttled with the account's other APIs, and not always there. */
export class ModelGateway {
    posts = 0;
    throttled = 0;

    constructor(private readonly options: GatewayOptions) {}

    /** A frame as one function posts it, whose CPU signs and sends it. @param cpuMs of one post */
    frameFrom(frame: string, processor: Processor, cpuMs: number): PreparedFrame {
        return { postTo: (connectionId) => this.post(connectionId, frame, processor.work(cpuMs)) };
    }

    /** @param sentAfterMs how long it takes until it is sent */
    post(connectionId: string, frame: string, sentAfterMs = 0): Promise<PostOutcome> {
        const { time, peers, faultOnSending, answerMs } = this.options;
        const fault = faultOnSending(connectionId);
        return new Promise((resolve) => {
            if (fault?.answer !== "hang") {
                this.after(sentAfterMs + answerMs(), () => {
                    resolve(this.answer(connectionId, frame, fault));
                });
                return;
            }
            if (fault.delivered === true) {
                this.after(sentAfterMs, () => peers.deliver(connectionId, frame));
            }
            time.after(sentAfterMs + TIMEOUT_MS, () => {
                resolve(FAILURES.hang);
            });
        });
    }

    private answer(connectionId: string, frame: string, sent: PostFault | undefined): PostOutcome {
        const { peers, admits = () => true, faultOnArrival = () => undefined, meter } = this.options;
        this.posts++;
        meter?.count();
        const fault: PostFault | undefined = admits() ? (sent ?? faultOnArrival()) : { answer: 429 };
        if (fault === undefined) {
            return peers.deliver(connectionId, frame) ? DELIVERED : GONE;
        }
        if (fault.delivered === true) {
            peers.deliver(connectionId, frame);
        }
        this.throttled += fault.answer === 429 ? 1 : 0;
        return FAILURES[fault.answer];
    }

    /** At once where it takes no time. */
    private after(milliseconds: number, action: () => void): void {
        if (milliseconds === 0) {
            action();
        } else {
            this.options.time.after(milliseconds, action);
        }
    }
}
