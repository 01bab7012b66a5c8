import WebSocket from "ws";
import type { SocketEvent, WebSocketLike } from "../../../client/index";

/** A WebSocket that tells as little as a browser's: a handshake that fails is close code 1006, without a reason. */
export class BrowserWebSocket implements WebSocketLike {
    private readonly socket: WebSocket;

    constructor(url: string, protocols: string[]) {
        this.socket = new WebSocket(url, protocols);
    }

    addEventListener(type: "open" | "message" | "close" | "error", listener: (event: SocketEvent) => void): void {
        this.socket.addEventListener(type, (event: SocketEvent) => {
            listener(type === "error" ? { type } : event);
        });
    }

    send(data: string): void {
        this.socket.send(data);
    }

    close(code?: number, reason?: string): void {
        this.socket.close(code, reason);
    }
}
