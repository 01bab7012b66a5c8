import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { errorText } from "./error-text";
import { splitTarget } from "./request-target";

/** Answers the requests below one path. A rejection is answered with 500. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Longer than SDK clients keep an idle socket, so that it is never the server who closes a socket about to be used. */
const KEEP_ALIVE_MS = 120_000;

const CLOSE_GRACE_MS = 2_000;

/**
 * The local cloud's HTTP server for clients. Services share it: each mounts a path of its own, and the gateway takes
 * what is left, and all WebSockets.
 */
export class HttpServer {
    readonly #server: Server;
    readonly #mounts = new Map<string, HttpHandler>();
    readonly #endings: ((graceMs: number) => Promise<void>)[] = [];
    #rest: HttpHandler = (_, response) => {
        respond(response, 403, "Forbidden");
    };
    #address: string | undefined;

    /** @param log for people: why a handler failed, which a client is not told. */
    constructor(private readonly log: (line: string) => void) {
        this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
            const first = splitTarget(request.url ?? "/").path.split("/")[1] ?? "";
            this.#run(this.#mounts.get(first) ?? this.#rest, request, response);
        });
    }

    /** For example `127.0.0.1:4510`. Throws before the server listens. */
    get host(): string {
        if (this.#address === undefined) {
            throw new Error("the HTTP server does not listen yet");
        }
        return this.#address;
    }

    /**
     * Serves `/{name}` and everything below it with `handler`; "" is the root alone. Stages of APIs cannot have such a
     * name: a mount's begins with an underscore.
     */
    mount(name: "" | `_${string}`, handler: HttpHandler): void {
        this.#mounts.set(name, handler);
    }

    /** Serves everything that is mounted nowhere. Without it that is forbidden. */
    serveRest(handler: HttpHandler): void {
        this.#rest = handler;
    }

    /** Hands over every upgrade request. When the server closes, `end` ends what became of them within the grace. */
    serveUpgrades(upgrade: UpgradeHandler, end: (graceMs: number) => Promise<void>): void {
        this.#server.on("upgrade", upgrade);
        this.#endings.push(end);
    }

    /**
     * Starts to accept connections and returns the base URL, for example `http://127.0.0.1:4510`.
     * Rejects with node's error (`code` EADDRINUSE) when the port is taken.
     *
     * @param port 0 picks a free one. Defaults to 4510.
     * @param host Defaults to 127.0.0.1.
     */
    async listen(port = 4510, host = "127.0.0.1"): Promise<string> {
        await new Promise<void>((resolve, reject) => {
            this.#server.once("error", reject);
            this.#server.listen(port, host, () => {
                this.#server.off("error", reject);
                resolve();
            });
        });
        this.#address = `${host}:${(this.#server.address() as AddressInfo).port}`;
        return `http://${this.#address}`;
    }

    /**
     * Accepts nothing more, ends what was upgraded, and then the rest.
     *
     * @param graceMs how long clients and functions may take for it. Defaults to 2 s.
     */
    async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
        if (!this.#server.listening) {
            return;
        }
        const closed = new Promise<void>((resolve) => {
            this.#server.close(() => {
                resolve();
            });
        });
        await Promise.all(this.#endings.map((end) => end(graceMs)));
        this.#server.closeAllConnections();
        await closed;
    }

    #run(handler: HttpHandler, request: IncomingMessage, response: ServerResponse): void {
        Promise.resolve()
            .then(() => handler(request, response))
            .catch((error: unknown) => {
                if (!request.complete) {
                    // The client went away while it was sending.
                    response.destroy();
                    return;
                }
                this.log(`${request.method ?? ""} ${request.url ?? ""}: ${errorText(error)}`);
                if (response.headersSent) {
                    response.destroy();
                } else {
                    respond(response, 500, "Internal Server Error");
                }
            });
    }
}

/** Answers with `{"message": …}`, as AWS's HTTP services do. */
export function respond(response: ServerResponse, status: number, message: string): void {
    const body = JSON.stringify({ message });
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
}
