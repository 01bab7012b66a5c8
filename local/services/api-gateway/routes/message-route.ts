import { writeAccessLog } from "../events/access-log";
import type { Stage } from "../definition/api-catalog";
import type { Connection } from "../sockets/connection";
import type { Route } from "../definition/definition";
import { messageEvent, type EventFacts } from "../events/events";
import { newRequestId } from "../definition/identifiers";
import type { RouteDependencies } from "./route-dependencies";
import { newRouteEvent } from "../events/route-event";
import { selectRoute } from "../definition/route-selection";

/** How a message ended, for the client and for the access log. */
interface Answer {
    readonly status: number;
    /** What the client is sent, if anything. */
    readonly body: string;
    /** Sent in an error frame. */
    readonly error?: "Forbidden" | "Internal server error" | "Endpoint request timed out" | "Too Many Requests";
    /** Why the integration failed, which the client is not told. */
    readonly reason?: string;
}

const THROTTLED: Answer = { status: 429, body: "", error: "Too Many Requests" };
const NO_ROUTE: Answer = { status: 403, body: "", error: "Forbidden" };

/** Takes a client's message to its route. Messages of one connection run side by side, in no promised order. */
export class MessageRoute {
    constructor(private readonly dependencies: RouteDependencies) {}

    /** Never rejects. */
    async handle(connection: Connection, message: string): Promise<void> {
        const { catalog, clock, accessLog } = this.dependencies;
        const { facts } = connection;
        const stage = catalog.stage(facts.stage);
        if (stage?.apiId !== facts.apiId) {
            connection.goAway();
            return;
        }
        const route = selectRoute(stage.definition, message);
        const event = newRouteEvent(stage, route?.routeKey ?? "$default", "MESSAGE", clock());
        const payload = messageEvent(facts, event, newRequestId(), message);
        const answer = await this.#answer(stage, route, payload, message);
        this.#send(connection, event, answer);
        writeAccessLog(accessLog, stage, {
            requestContext: payload["requestContext"],
            status: answer.status,
            integrationLatency: clock() - event.at,
            error: answer.error,
            integrationError: answer.reason,
        });
    }

    async #answer(
        stage: Stage,
        route: Route | undefined,
        event: Readonly<Record<string, unknown>>,
        body: string,
    ): Promise<Answer> {
        const { throttles, integrations, limits } = this.dependencies;
        if (!throttles.allowsRequest()) {
            return THROTTLED;
        }
        if (route === undefined) {
            return NO_ROUTE;
        }
        if (!throttles.allowsRoute(stage, route.routeKey)) {
            return THROTTLED;
        }
        const { name } = stage.settings;
        const result = await integrations.run({ apiId: stage.apiId, stage: name, route, event, body });
        if (!result.ok) {
            return result.fault === "timeout"
                ? { status: 504, body: "", error: "Endpoint request timed out", reason: result.reason }
                : failed(result.reason);
        }
        const answer = route.answers ? result.body : "";
        return Buffer.byteLength(answer) > limits.messageBytes
            ? failed(`its response is longer than ${limits.messageBytes} bytes`)
            : { status: result.statusCode, body: answer };
    }

    #send(connection: Connection, event: EventFacts, { body, error }: Answer): void {
        const text = error === undefined ? body : errorFrame(error, connection.id, event.requestId);
        if (text !== "" && connection.send(Buffer.from(text)) === "full") {
            this.dependencies.log(`connection ${connection.id} does not read: an answer to it was dropped`);
        }
    }
}

function failed(reason: string): Answer {
    return { status: 500, body: "", error: "Internal server error", reason };
}

/** The gateway's own message to a client, spaced as AWS spaces it. */
function errorFrame(message: string, connectionId: string, requestId: string): string {
    return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}
