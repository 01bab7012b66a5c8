import { executionArn } from "../definition/api-catalog";
import type { ProxyIntegration, Route } from "../definition/definition";
import type { FunctionCalls } from "./function-calls";
import { runMock } from "./mock-integration";
import { parseProxyResponse, type IntegrationResult } from "./proxy-response";

/** A request on its way into a route's integration. */
export interface IntegrationRequest {
    readonly apiId: string;
    readonly stage: string;
    readonly route: Route;
    /** What a function gets; its `requestContext` is also the templates' `$context`. */
    readonly event: Readonly<Record<string, unknown>>;
    /** The message, or "" where there is none. */
    readonly body: string;
}

/** Runs what is behind the routes. */
export class Integrations {
    constructor(
        private readonly functions: FunctionCalls,
        /** What a client is not told: why an integration failed. */
        private readonly log: (line: string) => void,
    ) {}

    /** Never rejects. */
    async run(request: IntegrationRequest): Promise<IntegrationResult> {
        const result = await this.#result(request);
        if (!result.ok) {
            this.log(`route ${request.route.routeKey} of stage ${request.stage}: ${result.reason}`);
        }
        return result;
    }

    async #result(request: IntegrationRequest): Promise<IntegrationResult> {
        const { integration } = request.route;
        switch (integration?.kind) {
            case undefined:
                return { ok: false, fault: "configuration", reason: "it has no integration" };
            case "mock":
                return runMock(integration, request.route, contextOf(request.event), request.body);
            case "proxy":
                return this.#invoke(integration, request);
        }
    }

    async #invoke(integration: ProxyIntegration, request: IntegrationRequest): Promise<IntegrationResult> {
        const { functionArn, credentialsArn, timeoutMillis } = integration;
        const sourceArn = `${executionArn(request.apiId)}/${request.stage}/${request.route.routeKey}`;
        const { event } = request;
        const result = await this.functions.call({ functionArn, credentialsArn, sourceArn, event, timeoutMillis });
        switch (result.kind) {
            case "returned":
                return parseProxyResponse(result.payload);
            case "failed":
                return { ok: false, fault: "function", reason: `${functionArn} failed: ${result.message}` };
            case "timedOut":
                return { ok: false, fault: "timeout", reason: `${functionArn}: ${result.message}` };
            case "unreachable":
                return {
                    ok: false,
                    fault: "configuration",
                    reason: `${functionArn} cannot be invoked: ${result.message}`,
                };
        }
    }
}

function contextOf(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return { ...(event["requestContext"] as Readonly<Record<string, unknown>> | undefined) };
}
