import type { IncomingMessage, ServerResponse } from "node:http";
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
import { FunctionCalls } from "./integrations/function-calls";
import { type HttpServer, respond } from "../../http/http-server";
import { splitTarget } from "../../http/request-target";
import { Integrations } from "./integrations/integrations";
import { AWS_LIMITS, type GatewayLimits } from "./throttling/limits";
import type { LostDisconnects } from "./routes/lost-disconnects";
import { MessageRoute } from "./routes/message-route";
import { OpenConnections } from "./sockets/open-connections";
import type { RouteDependencies } from "./routes/route-dependencies";
import { Throttles } from "./throttling/throttles";
import { systemTimers, type Timers } from "../../time/timers";
import { WebSockets } from "./web-sockets";

export interface GatewayDependencies {
    readonly server: HttpServer;
    readonly catalog: ApiCatalog;
    readonly invoker: Pick<FunctionInvoker, "invoke">;
    readonly authenticate: Authenticate;
    readonly authorize: Authorize;
    /** For people: what a client is not told, such as why an integration failed. */
    readonly log: (line: string) => void;
    /** Defaults to nowhere. */
    readonly accessLog?: AccessLogSink;
    /** Changes to AWS's quotas. The account's throttles are what a large local fan-out has to raise. */
    readonly limits?: Partial<GatewayLimits> | undefined;
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

/**
 * WebSocket APIs on the HTTP server for clients: at `ws://host:port/{stage}`, with their `@connections` management API
 * at `http://host:port/{stage}/@connections/{id}`. When the server closes, all connections are closed with 1001, and
 * their `$disconnect` runs.
 */
export class Gateway {
    readonly #connectionsApi: ConnectionsApi;
    readonly #catalog: ApiCatalog;

    constructor(dependencies: GatewayDependencies) {
        const { server, timers = systemTimers, faults, crashes, lostDisconnects } = dependencies;
        const routes = routeDependencies(dependencies, timers);
        const connections = new OpenConnections();
        this.#catalog = routes.catalog;
        this.#connectionsApi = new ConnectionsApi({ ...routes, connections, faults, crashes });
        const webSockets = new WebSockets({
            ...routes,
            timers,
            connections,
            connectRoute: new ConnectRoute(routes),
            messageRoute: new MessageRoute(routes),
            disconnectRoute: new DisconnectRoute(routes, lostDisconnects),
            domainName: () => server.host,
        });
        server.serveRest((request, response) => this.#serve(request, response));
        server.serveUpgrades(
            (request, socket, head) => {
                webSockets.upgrade(request, socket, head);
            },
            (graceMs) => webSockets.close(graceMs),
        );
    }

    #serve(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
        const { url = "/" } = request;
        const target = connectionTarget(url);
        if (target !== undefined && !target.stage.startsWith("_")) {
            return this.#connectionsApi.handle(target, request, response);
        }
        this.#refuse(splitTarget(url).path.split("/")[1] ?? "", response);
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
