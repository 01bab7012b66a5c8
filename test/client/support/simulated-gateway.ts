import type { Position, WebSocketConstructor } from "../../../client/index";
import type { VirtualTime } from "../../../simulation/virtual-time";
import { memoryWebSocket, type SocketOwner } from "./memory-web-socket";
import {
    ProtocolServer,
    type LoggedMessage,
    type Peer,
    type ReceivedFrame,
    type ServerConnection,
} from "./protocol-server";

/** Functions remember a namespace's settings for so long: until then some know of a change, and some do not. */
const SETTINGS_MS = 30_000;
/** API Gateway waits so long for the function that handles a frame. */
const MAX_HANDLING_MS = 29_000;

/**
 * The gateway as the random tests of the client see it: its sockets, a network that delays and loses what passes, and
 * functions that take their time, fail, or are throttled. All that the tests know of the model is in here.
 */
export class SimulatedGateway {
    /** Whether handshakes are refused. */
    isRefusing = false;
    readonly WebSocket: WebSocketConstructor;
    readonly cut: (connection: ServerConnection) => void;
    /** How likely it is that a frame is turned away unread. */
    private throttling = 0.02;
    private isHealed = false;
    private isMuted = false;
    /** Connections and channels that were told of numbers. */
    private readonly counting = new Set<string>();
    private readonly switchedAt = new Map<string, number>();
    private readonly server: ProtocolServer;

    constructor(
        private readonly clock: VirtualTime,
        private readonly random: () => number,
        sessionSeconds: number,
    ) {
        this.server = new ProtocolServer(() => clock.now());
        this.server.sessionSeconds = sessionSeconds;
        this.server.pingSeconds = 20;
        this.server.keepsHistory = (namespace) => this.knownHistory(namespace);
        this.server.transmit = (connection, send, frame) => {
            this.transmit(connection, send, frame);
        };
        const { WebSocket, cut } = memoryWebSocket({
            clock,
            server: this.sockets(),
            latencyMs: () => Math.floor(random() * 200),
            isRefusing: () => this.isRefusing,
        });
        this.WebSocket = WebSocket;
        this.cut = cut;
    }

    get open(): readonly ServerConnection[] {
        return this.server.open;
    }

    /** Ids of all connections so far, in the order in which they were made. */
    get connectionIds(): readonly string[] {
        return this.server.connections.map(({ id }) => id);
    }

    publish(channel: string, data: unknown, except: readonly string[] = []): LoggedMessage {
        return this.server.publish(channel, data, except);
    }

    /** Where the channel's log is, if it has one. */
    head(channel: string): Position | undefined {
        return this.server.withoutHistory.has(namespaceOf(channel)) ? undefined : this.server.head(channel);
    }

    /** Starts the channel's log over. */
    startOver(channel: string): void {
        this.server.startOver(channel);
    }

    /** Forgets all but the last messages of a channel. */
    trim(channel: string, keep: number): void {
        this.server.trim(channel, keep);
    }

    /** The namespace has never kept history. */
    withoutHistory(namespace: string): void {
        this.server.withoutHistory.add(namespace);
    }

    /** Begins or ceases to keep history. */
    switchHistory(namespace: string): void {
        const { withoutHistory } = this.server;
        if (!withoutHistory.delete(namespace)) {
            withoutHistory.add(namespace);
        }
        this.switchedAt.set(namespace, this.clock.now());
    }

    /** Turns most frames away for a while. */
    throttle(ms: number): void {
        this.throttling = 0.6;
        this.clock.after(ms, () => {
            this.throttling = 0.02;
        });
    }

    /** From now on all goes well, but for what is under way. */
    heal(): void {
        this.isHealed = true;
        this.isRefusing = false;
    }

    private sockets(): SocketOwner {
        const { server } = this;
        return {
            connect: (userId, peer) => server.connect(userId, this.muted(peer)),
            disconnected: (connection) => {
                server.disconnected(connection);
            },
            receive: (connection, text) => {
                const frame = JSON.parse(text) as ReceivedFrame;
                connection.frames.push(frame);
                if (frame.action === "ping" || this.isHealed) {
                    server.answer(connection, frame);
                } else {
                    this.handle(connection, frame);
                }
            },
        };
    }

    private muted(peer: Peer): Peer {
        return {
            ...peer,
            send: (text) => {
                if (!this.isMuted) {
                    peer.send(text);
                }
            },
        };
    }

    /** Each frame has a function of its own: they overtake each other, and what fails may have been done all the same. */
    private handle(connection: ServerConnection, frame: ReceivedFrame): void {
        const { id } = frame;
        if (this.random() < this.throttling) {
            tell(connection, { message: "Too Many Requests", connectionId: connection.id, requestId: "r" });
            return;
        }
        const fate = this.random();
        const delay = this.random() < 0.04 ? this.random() * MAX_HANDLING_MS : this.random() * 500;
        this.clock.after(Math.floor(delay), () => {
            if (fate > 0.06) {
                this.server.answer(connection, frame);
                return;
            }
            if (fate > 0.02) {
                this.isMuted = true;
                this.server.answer(connection, frame);
                this.isMuted = false;
            }
            if (fate < 0.04) {
                tell(connection, { type: "error", id, code: "internal", message: "Something failed" });
            } else if (fate < 0.05) {
                tell(connection, { message: "Internal server error", connectionId: connection.id, requestId: "r" });
            }
        });
    }

    /**
     * Frames are delayed one by one, so that they overtake each other; some come twice, and some never: of those that
     * the client can miss, since it has been told of numbers.
     */
    private transmit(connection: ServerConnection, send: () => void, frame: object): void {
        if (this.isMuted) {
            return;
        }
        const { type, channel } = frame as { readonly type: string; readonly channel: string };
        const isCounting = this.counting.has(`${connection.id} ${channel}`);
        if (type === "subscribed") {
            this.counting["offset" in frame ? "add" : "delete"](`${connection.id} ${channel}`);
        }
        if (this.isHealed) {
            send();
            return;
        }
        const copies = "offset" in frame && isCounting && this.random() < 0.05 ? 0 : this.random() < 0.1 ? 2 : 1;
        for (let copy = 0; copy < copies; copy += 1) {
            this.clock.after(Math.floor(this.random() * 1_500), send);
        }
    }

    private knownHistory(namespace: string): boolean {
        const isKept = !this.server.withoutHistory.has(namespace);
        const isKnown = this.clock.now() - (this.switchedAt.get(namespace) ?? -Infinity) >= SETTINGS_MS;
        return isKnown || this.random() < 0.5 ? isKept : !isKept;
    }
}

function tell(connection: ServerConnection, frame: object): void {
    if (connection.isOpen) {
        connection.peer.send(JSON.stringify(frame));
    }
}

function namespaceOf(channel: string): string {
    return channel.split("/")[0] ?? "";
}
