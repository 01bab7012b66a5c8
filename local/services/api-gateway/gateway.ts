import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Authorize } from "../../aws/authorization";
import type { FunctionInvoker } from "../../aws/invoker";
import type { FunctionCrashes } from "../../edge/crashes";
import type { Authenticate } from "../../signing/access";
import type { AccessLogSink } from "./events/access-log";
import type { ApiCatalog } from "./definition/api-catalog";
import { ConnectRoute } from "./routes/connect-route";
import type { ConnectionFaults } from "./connection-faults";
import { connectionTarget, ConnectionsApi } from "./connections-api";
import { DisconnectRoute } from "./routes/disconnect-route";
import { errorText } from "./error-text";
import { FunctionCalls } from "./integrations/function-calls";
import { splitTarget } from "./events/handshake-request";
import { Integrations } from "./integrations/integrations";
import { AWS_LIMITS, type GatewayLimits } from "./throttling/limits";
import type { LostDisconnects } from "./routes/lost-disconnects";
import { MessageRoute } from "./routes/message-route";
import { OpenConnections } from "./sockets/open-connections";
import type { RouteDependencies } from "./routes/route-dependencies";
import { Throttles } from "./throttling/throttles";
import { systemTimers, type Timers } from "../../time/timers";
import { WebSockets } from "./web-sockets";

/** Answers the requests below one path. A rejection is answered with 500. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface GatewayDependencies {
    readonly catalog: ApiCatalog;
    readonly invoker: Pick<FunctionInvoker, "invoke">;
    readonly authenticate: Authenticate;
    readonly authorize: Authorize;
    /** For people: what a client is not told, such as why an integration failed. */
    readonly log: (line: string) => void;
    /** Defaults to nowhere. */
    readonly accessLog?: AccessLogSink;
    /** Changes to AWS's quotas. The account's throttles are what a large local fan-out has to raise. */
    readonly limits?: Partial<GatewayLimits>;
    /** Epoch milliseconds. Defaults to the system's clock. */
    readonly clock?: () => number;
    /** Defaults to the system's timers. */
    readonly timers?: Timers;
    /** Failures of posts to inject. Defaults to none. */
    readonly faults?: ConnectionFaults | undefined;
    /** Ends that nobody is told of. Defaults to none. */
    readonly lostDisconnects?: LostDisconnects | undefined;
    /** Ends functions at their posts. Defaults to none. */
    readonly crashes?: FunctionCrashes | undefined;
}

/** Longer than SDK clients keep an idle socket, so that it is never the server who closes a socket about to be used. */
const KEEP_ALIVE_MS = 120_000;

const CLOSE_GRACE_MS = 2_000;

/**
 * The local cloud's HTTP server for clients: WebSocket APIs at `ws://host:port/{stage}`, their `@connections`
 * management API at `http://host:port/{stage}/@connections/{id}`, and what is mounted beside them.
 */
export class Gateway {
    readonly #server: Server;
    readonly #webSockets: WebSockets;
    readonly #connectionsApi: ConnectionsApi;
    readonly #mounts = new Map<string, HttpHandler>();
    readonly #catalog: ApiCatalog;
    readonly #log: (line: string) => void;
    #address: string | undefined;

    constructor(dependencies: GatewayDependencies) {
        const { timers = systemTimers, faults, crashes, lostDisconnects } = dependencies;
        const routes = routeDependencies(dependencies, timers);
        const connections = new OpenConnections();
        this.#catalog = routes.catalog;
        this.#log = routes.log;
        this.#connectionsApi = new ConnectionsApi({ ...routes, connections, faults, crashes });
        this.#webSockets = new WebSockets({
            ...routes,
            timers,
            connections,
            connectRoute: new ConnectRoute(routes),
            messageRoute: new MessageRoute(routes),
            disconnectRoute: new DisconnectRoute(routes, lostDisconnects),
            domainName: () => this.host,
        });
        this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
            this.#serve(request, response);
        });
        this.#server.on("upgrade", (request, socket, head) => {
            this.#webSockets.upgrade(request, socket, head);
        });
    }

    /** For example `127.0.0.1:4510`. Throws before the gateway listens. */
    get host(): string {
        if (this.#address === undefined) {
            throw new Error("the gateway does not listen yet");
        }
        return this.#address;
    }

    /**
     * Serves `/{name}` and everything below it with `handler`; "" is the root alone. Stages cannot have such a name: a
     * mount's begins with an underscore.
     */
    mount(name: "" | `_${string}`, handler: HttpHandler): void {
        this.#mounts.set(name, handler);
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
     * Closes all connections with 1001, runs their `$disconnect`, and ends the server.
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
        await this.#webSockets.close(graceMs);
        this.#server.closeAllConnections();
        await closed;
    }

    #serve(request: IncomingMessage, response: ServerResponse): void {
        const { url = "/" } = request;
        const target = connectionTarget(url);
        if (target !== undefined && !target.stage.startsWith("_")) {
            void this.#connectionsApi.handle(target, request, response);
            return;
        }
        const first = splitTarget(url).path.split("/")[1] ?? "";
        const mounted = this.#mounts.get(first);
        if (mounted === undefined) {
            this.#refuse(first, response);
            return;
        }
        this.#run(mounted, request, response);
    }

    /** There is nothing but WebSockets at a stage, and nothing at all elsewhere. */
    #refuse(stage: string, response: ServerResponse): void {
        if (this.#catalog.stage(stage) === undefined) {
            respond(response, 403, "Forbidden");
        } else {
            response.setHeader("upgrade", "websocket");
            respond(response, 426, "Upgrade Required");
        }
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
                this.#log(`${request.method ?? ""} ${request.url ?? ""}: ${errorText(error)}`);
                if (response.headersSent) {
                    response.destroy();
                } else {
                    respond(response, 500, "Internal Server Error");
                }
            });
    }
}

function routeDependencies(dependencies: GatewayDependencies, timers: Timers): RouteDependencies {
    const { catalog, invoker, authenticate, authorize, log, accessLog = () => undefined } = dependencies;
    const { clock = Date.now } = dependencies;
    const limits = { ...AWS_LIMITS, ...dependencies.limits };
    const functions = new FunctionCalls(invoker, timers, authorize);
    return {
        catalog,
        functions,
        integrations: new Integrations(functions, log),
        access: { authenticate, authorize },
        throttles: new Throttles(limits, clock),
        limits,
        clock,
        log,
        accessLog,
    };
}

function respond(response: ServerResponse, status: number, message: string): void {
    const body = JSON.stringify({ message });
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
}
