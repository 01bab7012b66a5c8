import type { RawData, WebSocket } from "ws";
import type { ConnectionFacts, Disconnection } from "../events/events";
import type { GatewayLimits } from "../throttling/limits";
import type { Cancel, Timers } from "../../../time/timers";

/** How long a client may take to answer a close frame before its socket is cut. */
const CLOSE_GRACE_MS = 2_000;

const GOING_AWAY: Disconnection = { code: 1001, reason: "Going away" };

/** The close codes that `ws` chooses for what it cannot read, by its error codes; 1002 for any other. */
const CODES_OF_ERRORS: Readonly<Record<string, number>> = {
    WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
    WS_ERR_INVALID_UTF8: 1007,
};

export interface ConnectionDependencies {
    readonly limits: GatewayLimits;
    readonly clock: () => number;
    readonly timers: Timers;
    /** A whole text message from the client. */
    readonly onMessage: (connection: Connection, text: string) => void;
    /** Called once, when the connection is no longer open; the socket may still be closing. */
    readonly onEnd: (connection: Connection) => void;
    /** Called once, when the socket is closed. */
    readonly onClosed: (connection: Connection, end: Disconnection) => void;
}

/** What became of data for a client. `full`: so much waits for a slow reader already that this was not taken. */
export type Sending = "sent" | "full" | "gone";

/** One client: its socket, and the limits that AWS sets to its life. Knows nothing of routes. */
export class Connection {
    #lastActiveAt: number;
    #end: Disconnection | undefined;
    #cancelTimer: Cancel = () => undefined;

    constructor(
        readonly facts: ConnectionFacts,
        private readonly socket: WebSocket,
        private readonly dependencies: ConnectionDependencies,
    ) {
        this.#lastActiveAt = dependencies.clock();
        socket.on("message", (data, isBinary) => {
            this.#receive(data, isBinary);
        });
        for (const control of ["ping", "pong"] as const) {
            socket.on(control, () => {
                this.#touch();
            });
        }
        socket.on("error", (error: Error & { readonly code?: string }) => {
            this.#finish({ code: CODES_OF_ERRORS[error.code ?? ""] ?? 1002, reason: "" });
        });
        socket.on("close", (code, reason) => {
            this.#closed(code, reason.toString("utf8"));
        });
        this.#waitForNextLimit();
    }

    get id(): string {
        return this.facts.connectionId;
    }

    /** Epoch milliseconds of the latest traffic in either direction. */
    get lastActiveAt(): number {
        return this.#lastActiveAt;
    }

    /** Sends one text message, in frames no longer than the limit. The bytes go out as they are. */
    send(text: Buffer): Sending {
        if (!this.#open) {
            return "gone";
        }
        if (this.socket.bufferedAmount > this.dependencies.limits.sendBufferBytes) {
            return "full";
        }
        const { frameBytes } = this.dependencies.limits;
        let at = 0;
        do {
            const frame = text.subarray(at, at + frameBytes);
            at += frameBytes;
            this.socket.send(frame, { binary: false, fin: at >= text.length });
        } while (at < text.length);
        this.#touch();
        return "sent";
    }

    /** Closes from the gateway's side; does nothing when the connection is closing already. */
    close(end: Disconnection): void {
        if (!this.#open) {
            return;
        }
        this.#finish(end);
        this.socket.close(end.code, end.reason);
        this.#cancelTimer = this.dependencies.timers.after(CLOSE_GRACE_MS, () => {
            this.socket.terminate();
        });
    }

    /** A client that sends what the gateway does not take (1003, 1009). */
    reject(code: number): void {
        this.close({ code, reason: "" });
    }

    /** For the gateway's own end. */
    goAway(): void {
        this.close(GOING_AWAY);
    }

    get #open(): boolean {
        return this.#end === undefined && this.socket.readyState === this.socket.OPEN;
    }

    #receive(data: RawData, isBinary: boolean): void {
        // What arrives after the gateway began to close is not delivered.
        if (!this.#open) {
            return;
        }
        if (isBinary) {
            this.reject(1003);
            return;
        }
        this.#touch();
        this.dependencies.onMessage(this, textOf(data));
    }

    #touch(): void {
        this.#lastActiveAt = this.dependencies.clock();
    }

    /** One timer, set anew only when it rings: traffic moves a time stamp and no timer. */
    #waitForNextLimit(): void {
        const { clock, timers } = this.dependencies;
        this.#cancelTimer = timers.after(Math.max(0, this.#nextLimit - clock()), () => {
            if (clock() >= this.#nextLimit) {
                this.goAway();
            } else {
                this.#waitForNextLimit();
            }
        });
    }

    get #nextLimit(): number {
        const { idleMs, lifetimeMs } = this.dependencies.limits;
        return Math.min(this.#lastActiveAt + idleMs, this.facts.connectedAt + lifetimeMs);
    }

    /** Remembers why the connection ends: the first cause counts. */
    #finish(end: Disconnection): void {
        if (this.#end === undefined) {
            this.#end = end;
            this.#cancelTimer();
            this.dependencies.onEnd(this);
        }
    }

    #closed(code: number, reason: string): void {
        const end = this.#end ?? { code, reason: code === 1005 ? "Client-side close frame status not set" : reason };
        this.#finish(end);
        this.#cancelTimer();
        this.dependencies.onClosed(this, end);
    }
}

function textOf(data: RawData): string {
    if (Array.isArray(data)) {
        return Buffer.concat(data).toString("utf8");
    }
    return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString("utf8");
}
