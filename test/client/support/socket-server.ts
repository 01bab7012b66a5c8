import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { ProtocolServer } from "./protocol-server";
import { userOf } from "./tokens";

/** The protocol server behind a real port, with a handshake that takes the token from the sub-protocol. */
export class SocketServer {
    /** The sub-protocols of every handshake, also of those that were refused. */
    readonly handshakes: (readonly string[])[] = [];
    /** The status that refuses a token, or `undefined` to accept it. */
    refuse: (token: string) => number | undefined = () => undefined;
    private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "push.v1" });
    private readonly http: Server = createServer();

    private constructor(readonly protocol: ProtocolServer) {
        this.http.on("upgrade", (request, socket, head) => {
            socket.on("error", () => undefined);
            const offered = (request.headers["sec-websocket-protocol"] ?? "").split(/, */);
            const token = offered.find((name) => name.startsWith("bearer."))?.slice("bearer.".length) ?? "";
            this.handshakes.push(offered);
            const status = this.refuse(token);
            if (status !== undefined) {
                socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
                return;
            }
            this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
                const connection = protocol.connect(userOf(token), {
                    send: (text) => {
                        webSocket.send(text);
                    },
                    close: (code, reason) => {
                        webSocket.close(code, reason);
                    },
                    destroy: () => {
                        webSocket.terminate();
                    },
                });
                webSocket.on("message", (data) => {
                    protocol.receive(connection, (data as Buffer).toString("utf8"));
                });
                webSocket.on("close", () => {
                    protocol.disconnected(connection);
                });
            });
        });
    }

    static async start(now: () => number): Promise<SocketServer> {
        const server = new SocketServer(new ProtocolServer(now));
        server.http.listen(0, "127.0.0.1");
        await once(server.http, "listening");
        return server;
    }

    get url(): string {
        return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}/v1`;
    }

    async close(): Promise<void> {
        this.protocol.dropAll();
        this.sockets.close();
        this.http.close();
        await once(this.http, "close");
    }
}
