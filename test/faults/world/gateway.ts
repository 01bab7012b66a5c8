import type { Clock } from "../../../client/clock";
import type { SocketEvent, WebSocketConstructor, WebSocketLike } from "../../../client/web-socket";
import type { ConnectionFault } from "../../../local/services/api-gateway/connection-faults";
import { toContext } from "../../../functions/transports/api-gateway/subscriber-context";
import type { PostOutcome } from "../../../functions/transports/transport";
import type { Lambda } from "./lambda";
import { userOf } from "../../client/support/tokens";

export interface GatewayOptions {
    readonly clock: Clock;
    readonly lambda: () => Lambda;
    /** How long a frame, or news of a close, takes. Frames of one direction keep their order, as in TCP. */
    readonly latencyMs: () => number;
    /** How long the subscriber's token lasts from each handshake. */
    readonly tokenSeconds: number;
    readonly faultOf: (connectionId: string) => ConnectionFault | undefined;
    readonly isDisconnectLost: () => boolean;
}

type Listener = (event: SocketEvent) => void;

/** How long a sender waits for an answer. */
const TIMEOUT_MS = 3_000;
/** After so long without a frame the gateway closes a connection, also one that was cut without its knowledge. */
const IDLE_MS = 600_000;

/** API Gateway in memory: its routes to the functions, its `@connections`, and a network that loses what it is told to. */
export class WorldGateway {
    readonly open = new Map<string, WorldSocket>();
    /** How long a post takes. */
    postMs = 0;
    posts = 0;
    private count = 0;

    constructor(readonly options: GatewayOptions) {}

    get WebSocket(): WebSocketConstructor {
        return constructorFor(this);
    }

    newId(): string {
        this.count += 1;
        return `c${this.count}=`;
    }

    /** What `@connections` does with a post, and what the sender makes of it. */
    async post(connectionId: string, text: string): Promise<PostOutcome> {
        this.posts += 1;
        if (this.postMs > 0) {
            await new Promise<void>((resolve) => this.options.clock.after(this.postMs, resolve));
        }
        const fault = this.options.faultOf(connectionId);
        if (fault === undefined || fault.delivered === true) {
            const socket = this.open.get(connectionId);
            if (socket === undefined && fault === undefined) {
                return { kind: "gone" };
            }
            socket?.push(text);
        }
        if (fault === undefined) {
            return { kind: "delivered" };
        }
        if (fault.answer === "hang") {
            await new Promise<void>((resolve) => this.options.clock.after(TIMEOUT_MS, resolve));
        }
        return fault.answer === 429
            ? { kind: "throttled", reason: "429" }
            : { kind: "unavailable", reason: String(fault.answer) };
    }
}

/** Both ends of one socket. */
export class WorldSocket implements WebSocketLike {
    /** Whether nothing passes any more, without either end being told. */
    isCut = false;
    private readonly listeners = new Map<string, Listener[]>();
    private readonly arrival = { up: 0, down: 0 };
    private isOver = false;
    private connectionId = "";
    private context: Readonly<Record<string, unknown>> = {};

    constructor(
        private readonly gateway: WorldGateway,
        protocols: readonly string[],
    ) {
        this.later("up", () => void this.connect(userOf(protocols[1]?.slice("bearer.".length) ?? "")));
    }

    addEventListener(type: string, listener: Listener): void {
        this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
    }

    send(text: string): void {
        this.later("up", () => void this.receive(text));
    }

    close(code = 1005): void {
        this.finish(code, "");
    }

    /** Brings a frame to the client. */
    push(text: string): void {
        this.later("down", () => {
            this.emit({ type: "message", data: text });
        });
    }

    finish(code: number, reason: string): void {
        if (this.isOver) {
            return;
        }
        this.isOver = true;
        this.later("down", () => {
            this.emitTo({ type: "close", code, reason });
        });
        if (this.isCut) {
            this.gateway.options.clock.after(IDLE_MS, () => void this.disconnect());
        } else {
            void this.disconnect();
        }
    }

    private async connect(userId: string): Promise<void> {
        const { clock, lambda, tokenSeconds } = this.gateway.options;
        this.connectionId = this.gateway.newId();
        const expiresAt = Math.floor(clock.now() / 1_000) + tokenSeconds;
        this.context = {
            connectionId: this.connectionId,
            connectedAt: Math.floor(clock.now()),
            authorizer: toContext({ userId, claims: { sub: userId }, expiresAt }),
        };
        const admitted = await lambda()
            .invoke("connect", { requestContext: this.contextOf("$connect"), headers: {} })
            .then(
                ({ statusCode }) => statusCode === 200,
                () => false,
            );
        if (!admitted) {
            this.finish(1006, "");
            return;
        }
        this.gateway.open.set(this.connectionId, this);
        if (this.isOver) {
            // Gone meanwhile; it was nevertheless connected, as far as the API knows.
            await this.disconnect();
            return;
        }
        this.later("down", () => {
            this.emit({ type: "open" });
        });
    }

    /** Routes a frame, as the stage does. */
    private async receive(text: string): Promise<void> {
        if (this.isOver) {
            return;
        }
        const { action } = JSON.parse(text) as { readonly action: string };
        if (action === "ping") {
            this.push(JSON.stringify({ type: "pong" }));
            return;
        }
        try {
            const event = { requestContext: this.contextOf(action), body: text };
            const { body } = await this.gateway.options.lambda().invoke("message", event);
            if (body !== undefined && action !== "subscribe") {
                this.push(body);
            }
        } catch {
            this.push(JSON.stringify({ message: "Internal server error", connectionId: this.connectionId }));
        }
    }

    private async disconnect(): Promise<void> {
        const { lambda, isDisconnectLost } = this.gateway.options;
        const wasOpen = this.gateway.open.delete(this.connectionId);
        if (wasOpen && !isDisconnectLost()) {
            // Best effort: nobody looks at how it ended.
            await lambda()
                .invoke("disconnect", { requestContext: this.contextOf("$disconnect") })
                .catch(() => undefined);
        }
    }

    private contextOf(routeKey: string) {
        return { ...this.context, routeKey } as { connectionId: string; connectedAt: number; routeKey: string };
    }

    private emit(event: SocketEvent): void {
        if (!this.isOver) {
            this.emitTo(event);
        }
    }

    private emitTo(event: SocketEvent): void {
        this.listeners.get(event.type)?.forEach((listener) => {
            listener(event);
        });
    }

    private later(direction: "up" | "down", arrive: () => void): void {
        const { clock, latencyMs } = this.gateway.options;
        const at = Math.max(this.arrival[direction], clock.now() + latencyMs());
        this.arrival[direction] = at;
        clock.after(at - clock.now(), () => {
            if (!this.isCut) {
                arrive();
            }
        });
    }
}

function constructorFor(gateway: WorldGateway): WebSocketConstructor {
    return class extends WorldSocket {
        constructor(_url: string, protocols: string[]) {
            super(gateway, protocols);
        }
    };
}
