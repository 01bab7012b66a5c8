import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { WebSocketServer, type WebSocket } from "ws";
import type { ConnectRoute } from "./routes/connect-route";
import { Connection } from "./sockets/connection";
import type { DisconnectRoute } from "./routes/disconnect-route";
import { errorText } from "../../http/error-text";
import type { ConnectionFacts, Disconnection } from "./events/events";
import { watchFrameLengths } from "./sockets/frame-limit";
import { readHandshake } from "./events/handshake-request";
import type { MessageRoute } from "./routes/message-route";
import type { OpenConnections } from "./sockets/open-connections";
import type { RouteDependencies } from "./routes/route-dependencies";
import type { Timers } from "../../time/timers";
import { malformedUpgrade } from "./sockets/upgrade";

export interface WebSocketsDependencies extends RouteDependencies {
    readonly timers: Timers;
    readonly connections: OpenConnections;
    readonly connectRoute: ConnectRoute;
    readonly messageRoute: MessageRoute;
    readonly disconnectRoute: DisconnectRoute;
    /** Where clients find the gateway, for example `127.0.0.1:4510`. */
    readonly domainName: () => string;
}

const ABNORMAL: Disconnection = { code: 1006, reason: "" };

/** The transport of WebSocket APIs: turns upgrade requests into connections, and their frames into messages. */
export class WebSockets {
    readonly #server: WebSocketServer;
    /** Of connections, and of handshakes whose `$connect` is still running. */
    readonly #sockets = new Set<Duplex>();
    readonly #chosenProtocols = new WeakMap<IncomingMessage, string>();
    /** What `close` waits for: sockets, and the events about them that are on their way to a function. */
    readonly #unsettled = new Set<Promise<void>>();
    #closing = false;

    constructor(private readonly dependencies: WebSocketsDependencies) {
        this.#server = new WebSocketServer({
            noServer: true,
            clientTracking: false,
            // API Gateway does not compress, whatever the client offers.
            perMessageDeflate: false,
            maxPayload: dependencies.limits.messageBytes,
            // `ws` would pick the first sub-protocol that the client offers; here the $connect function picks.
            handleProtocols: () => false,
        });
        this.#server.on("headers", (headers, request) => {
            const protocol = this.#chosenProtocols.get(request);
            if (protocol !== undefined) {
                headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
            }
        });
    }

    /** Takes an upgrade request of the HTTP server. */
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
        // A client that resets the connection is no failure of the gateway.
        socket.on("error", () => {
            socket.destroy();
        });
        this.#sockets.add(socket);
        socket.on("close", () => {
            this.#sockets.delete(socket);
        });
        this.#track(this.#open(request, socket, head));
    }

    /** Closes every connection with 1001, and waits within the grace for clients to answer and `$disconnect` to run. */
    async close(graceMs: number): Promise<void> {
        this.#closing = true;
        for (const connection of this.dependencies.connections.all()) {
            connection.goAway();
        }
        await Promise.race([this.#settled(), setTimeout(graceMs, undefined, { ref: false })]);
        for (const socket of this.#sockets) {
            socket.destroy();
        }
    }

    async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
        const { catalog, limits, throttles, connectRoute, clock } = this.dependencies;
        const malformed = malformedUpgrade(request, limits.urlLength);
        if (malformed !== undefined) {
            refuse(socket, malformed.status, malformed.message);
            return;
        }
        const handshake = readHandshake(request, this.dependencies.domainName(), clock());
        const stage = catalog.stage(handshake.stage);
        if (stage === undefined) {
            refuse(socket, 403, "Forbidden");
            return;
        }
        if (!throttles.allowsHandshake()) {
            refuse(socket, 429, "Too Many Requests");
            return;
        }
        const { method = "GET", url = "/", headers } = request;
        const admission = await connectRoute.decide(stage, handshake, { method, url, headers, body: Buffer.alloc(0) });
        if (!admission.admitted) {
            refuse(socket, admission.status, admission.message);
            return;
        }
        if (admission.protocol !== undefined) {
            this.#chosenProtocols.set(request, admission.protocol);
        }
        this.#complete(request, socket, head, admission.facts);
    }

    /** Answers 101. A client that has gone by now was nevertheless connected, as far as the API knows. */
    #complete(request: IncomingMessage, socket: Duplex, head: Buffer, facts: ConnectionFacts): void {
        const { limits, connections, disconnectRoute } = this.dependencies;
        let connection: Connection | undefined;
        if (!this.#closing) {
            this.#server.handleUpgrade(request, socket, head, (webSocket) => {
                connection = this.#connect(facts, webSocket);
                connections.add(connection);
                watchFrameLengths(socket, limits.frameBytes, () => connection?.reject(1009));
            });
        }
        if (connection === undefined) {
            socket.destroy();
            this.#track(disconnectRoute.run(facts, ABNORMAL));
        }
    }

    #connect(facts: ConnectionFacts, webSocket: WebSocket): Connection {
        const { limits, clock, timers, connections, messageRoute, disconnectRoute } = this.dependencies;
        let closed = (): void => undefined;
        this.#track(
            new Promise((resolve) => {
                closed = resolve;
            }),
        );
        return new Connection(facts, webSocket, {
            limits,
            clock,
            timers,
            onMessage: (connection, text) => {
                this.#track(messageRoute.handle(connection, text));
            },
            onEnd: (connection) => {
                connections.remove(connection);
            },
            onClosed: (_, end) => {
                this.#track(disconnectRoute.run(facts, end));
                closed();
            },
        });
    }

    #track(work: Promise<void>): void {
        const settled = work
            .catch((error: unknown) => {
                this.dependencies.log(`gateway: ${errorText(error)}`);
            })
            .finally(() => {
                this.#unsettled.delete(settled);
            });
        this.#unsettled.add(settled);
    }

    async #settled(): Promise<void> {
        while (this.#unsettled.size > 0) {
            await Promise.allSettled(this.#unsettled);
        }
    }
}

/** Answers a handshake with an error and ends its socket. */
function refuse(socket: Duplex, status: number, message: string): void {
    const body = JSON.stringify({ message });
    const lines = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`,
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
        "Connection: close",
    ];
    socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
