import type { SocketEvent, WebSocketConstructor, WebSocketLike } from "../../../client/index";
import type { FakeClock } from "./fake-clock";
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
    readonly clock: FakeClock;
    readonly server: SocketOwner;
    /** How long a frame, or news of a close, takes. Frames of one direction keep their order, as in TCP. */
    readonly latencyMs: () => number;
    /** Whether the next handshake is refused. */
    readonly isRefusing: () => boolean;
}

/** Sockets in memory that take their time from a fake clock, for thousands of random runs that can be repeated. */
export function memoryWebSocket(network: Network): {
    readonly WebSocket: WebSocketConstructor;
    readonly cut: (connection: ServerConnection) => void;
} {
    const cut = new Set<ServerConnection>();
    class MemoryWebSocket implements WebSocketLike {
        private readonly listeners = new Map<string, Listener[]>();
        private connection: ServerConnection | undefined;
        private isOver = false;
        private readonly arrival = { up: 0, down: 0 };

        constructor(_url: string, protocols: string[]) {
            this.later("down", () => {
                if (network.isRefusing()) {
                    this.finish(1006, "");
                    return;
                }
                this.connection = network.server.connect(userOf(protocols[1]?.slice("bearer.".length) ?? ""), {
                    send: (text) => {
                        this.later("down", () => {
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
                this.emit({ type: "open" });
            });
        }

        addEventListener(type: string, listener: Listener): void {
            this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
        }

        send(text: string): void {
            this.later("up", () => {
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
                this.later("down", () => {
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

        private later(direction: "up" | "down", arrive: () => void): void {
            const at = Math.max(this.arrival[direction], network.clock.now() + network.latencyMs());
            this.arrival[direction] = at;
            network.clock.after(at - network.clock.now(), () => {
                if (this.connection === undefined || !cut.has(this.connection)) {
                    arrive();
                }
            });
        }
    }
    return {
        WebSocket: MemoryWebSocket,
        /** From now on nothing passes in either direction, and neither end is told. */
        cut: (connection) => {
            cut.add(connection);
        },
    };
}
