import type { SocketEvent, WebSocketConstructor, WebSocketLike } from "../../../client/index";
import type { VirtualTime } from "../../../simulation/virtual-time";
import { Wire } from "../../../simulation/wire";
import type { Peer, ServerConnection } from "./protocol-server";
import { userOf } from "./tokens";

type Listener = (event: SocketEvent) => void;

/** Who has the other end of the sockets. */
export interface SocketOwner {
    connect(userId: string, peer: Peer): ServerConnection;
    disconnected(connection: ServerConnection): void;
    receive(connection: ServerConnection, text: string): void;
}

/** What connects the sockets of a simulation to its server. */
export interface Network {
    readonly clock: VirtualTime;
    readonly server: SocketOwner;
    /** How long a frame, or news of a close, takes. */
    readonly latencyMs: () => number;
    /** Whether the next handshake is refused. */
    readonly isRefusing: () => boolean;
}

/** Sockets in memory that take their time from virtual time, for thousands of random runs that can be repeated. */
export function memoryWebSocket(network: Network): {
    readonly WebSocket: WebSocketConstructor;
    readonly cut: (connection: ServerConnection) => void;
} {
    const wires = new Map<ServerConnection, Wire>();
    class MemoryWebSocket implements WebSocketLike {
        private readonly listeners = new Map<string, Listener[]>();
        private connection: ServerConnection | undefined;
        private isOver = false;
        private readonly wire = new Wire(network.clock, network.latencyMs);

        constructor(_url: string, protocols: string[]) {
            this.wire.carry("down", () => {
                if (network.isRefusing()) {
                    this.finish(1006, "");
                    return;
                }
                this.connection = network.server.connect(userOf(protocols[1]?.slice("bearer.".length) ?? ""), {
                    send: (text) => {
                        this.wire.carry("down", () => {
                            this.emit({ type: "message", data: text });
                        });
                    },
                    close: (code, reason) => {
                        this.finish(code, reason);
                    },
                    destroy: () => {
                        this.finish(1006, "");
                    },
                });
                wires.set(this.connection, this.wire);
                this.emit({ type: "open" });
            });
        }

        addEventListener(type: string, listener: Listener): void {
            this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
        }

        send(text: string): void {
            this.wire.carry("up", () => {
                if (this.connection?.isOpen === true) {
                    network.server.receive(this.connection, text);
                }
            });
        }

        close(code = 1005): void {
            this.finish(code, "");
        }

        private finish(code: number, reason: string): void {
            if (!this.isOver) {
                this.wire.carry("down", () => {
                    this.emit({ type: "close", code, reason });
                    this.isOver = true;
                });
                if (this.connection !== undefined) {
                    network.server.disconnected(this.connection);
                }
            }
        }

        private emit(event: SocketEvent): void {
            if (!this.isOver) {
                this.listeners.get(event.type)?.forEach((listener) => {
                    listener(event);
                });
            }
        }
    }
    return {
        WebSocket: MemoryWebSocket,
        /** From now on nothing passes in either direction, and neither end is told. */
        cut: (connection) => {
            const wire = wires.get(connection);
            if (wire !== undefined) {
                wire.isCut = true;
            }
        },
    };
}
