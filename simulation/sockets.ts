import type { SocketEvent, WebSocketConstructor, WebSocketLike } from "../client/web-socket";
import type {
    ConnectEvent,
    GatewayEvent,
    GatewayResponse,
    MessageEvent,
} from "../functions/transports/api-gateway/gateway-events";
import { toContext } from "../functions/transports/api-gateway/subscriber-context";
import type { Peers } from "./gateway";
import type { VirtualTime } from "./virtual-time";
import { Wire } from "./wire";

/** The functions behind the API's routes. Each rejects where it threw or died. */
export interface Routes {
    connect(event: ConnectEvent): Promise<GatewayResponse>;
    message(event: MessageEvent): Promise<GatewayResponse>;
    disconnect(event: GatewayEvent): Promise<GatewayResponse>;
}

export interface SocketsOptions {
    readonly time: VirtualTime;
    readonly routes: Routes;
    /** How long a frame, or news of a close, takes. */
    readonly latencyMs: () => number;
    /** Whose token it is that came with a handshake. */
    readonly userOf: (token: string) => string;
    /** How long the subscriber's token lasts from each handshake. */
    readonly tokenSeconds: number;
    readonly isDisconnectLost: () => boolean;
}

type Listener = (event: SocketEvent) => void;

/** After so long without a frame the gateway closes a connection, also one that was cut without its knowledge. */
const IDLE_MS = 600_000;

/** The sockets of API Gateway, whose routes lead to the functions, over a network that loses what it is told to. */
export class Sockets implements Peers {
    readonly open = new Map<string, ModelSocket>();
    private count = 0;

    constructor(readonly options: SocketsOptions) {}

    get WebSocket(): WebSocketConstructor {
        return constructorFor(this);
    }

    newId(): string {
        this.count += 1;
        return `c${this.count}=`;
    }

    deliver(connectionId: string, frame: string): boolean {
        const socket = this.open.get(connectionId);
        socket?.push(frame);
        return socket !== undefined;
    }
}

/** Both ends of one socket. */
export class ModelSocket implements WebSocketLike {
    readonly wire: Wire;
    private readonly listeners = new Map<string, Listener[]>();
    private isOver = false;
    private connectionId = "";
    private context: Readonly<Record<string, unknown>> = {};

    constructor(
        private readonly sockets: Sockets,
        protocols: readonly string[],
    ) {
        this.wire = new Wire(sockets.options.time, sockets.options.latencyMs);
        this.wire.carry(
            "up",
            () => void this.connect(sockets.options.userOf(protocols[1]?.slice("bearer.".length) ?? "")),
        );
    }

    addEventListener(type: string, listener: Listener): void {
        this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
    }

    send(text: string): void {
        this.wire.carry("up", () => void this.receive(text));
    }

    close(code = 1005): void {
        this.finish(code, "");
    }

    /** Brings a frame to the client. */
    push(text: string): void {
        this.wire.carry("down", () => {
            this.emit({ type: "message", data: text });
        });
    }

    finish(code: number, reason: string): void {
        if (this.isOver) {
            return;
        }
        this.isOver = true;
        this.wire.carry("down", () => {
            this.emitTo({ type: "close", code, reason });
        });
        if (this.wire.isCut) {
            this.sockets.options.time.after(IDLE_MS, () => void this.disconnect());
        } else {
            void this.disconnect();
        }
    }

    private async connect(userId: string): Promise<void> {
        const { time, routes, tokenSeconds } = this.sockets.options;
        this.connectionId = this.sockets.newId();
        const expiresAt = Math.floor(time.clock() / 1_000) + tokenSeconds;
        this.context = {
            connectionId: this.connectionId,
            connectedAt: time.clock(),
            authorizer: toContext({ userId, claims: { sub: userId }, expiresAt }),
        };
        const admitted = await routes.connect({ requestContext: this.contextOf("$connect"), headers: {} }).then(
            ({ statusCode }) => statusCode === 200,
            () => false,
        );
        if (!admitted) {
            this.finish(1006, "");
            return;
        }
        this.sockets.open.set(this.connectionId, this);
        if (this.isOver) {
            // Gone meanwhile; it was nevertheless connected, as far as the API knows.
            await this.disconnect();
            return;
        }
        this.wire.carry("down", () => {
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
            const { body } = await this.sockets.options.routes.message(event);
            if (body !== undefined && action !== "subscribe") {
                this.push(body);
            }
        } catch {
            this.push(JSON.stringify({ message: "Internal server error", connectionId: this.connectionId }));
        }
    }

    private async disconnect(): Promise<void> {
        const { routes, isDisconnectLost } = this.sockets.options;
        const wasOpen = this.sockets.open.delete(this.connectionId);
        if (wasOpen && !isDisconnectLost()) {
            // Best effort: nobody looks at how it ended.
            await routes.disconnect({ requestContext: this.contextOf("$disconnect") }).catch(() => undefined);
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
}

function constructorFor(sockets: Sockets): WebSocketConstructor {
    return class extends ModelSocket {
        constructor(_url: string, protocols: string[]) {
            super(sockets, protocols);
        }
    };
}
