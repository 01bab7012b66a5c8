/** What an event of a WebSocket may carry; which of it depends on the event. */
export interface SocketEvent {
    readonly type: string;
    readonly data?: unknown;
    readonly code?: number;
    readonly reason?: string;
    /** `ws` says here why a handshake failed; browsers do not say. */
    readonly message?: string;
}

/** The part of a WebSocket that is used: the browser's, Node's (from 22) and that of the package `ws` all fit. */
export interface WebSocketLike {
    addEventListener(type: "open" | "message" | "close" | "error", listener: (event: SocketEvent) => void): void;
    send(data: string): void;
    close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** The global WebSocket. Throws where there is none, as in Node before 22. */
export function globalWebSocket(): WebSocketConstructor {
    const found = (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
    if (found === undefined) {
        throw new Error(
            "There is no global WebSocket here. Pass one as an option: { WebSocket } with the `ws` package.",
        );
    }
    return found;
}
