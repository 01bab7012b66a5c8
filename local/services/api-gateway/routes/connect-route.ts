import { AwsError } from "../../../aws/aws-error";
import type { SignedRequest } from "../../../signing/sigv4-canonical";
import { demandAccess } from "../../../signing/access";
import { callerOf } from "../../../signing/caller";
import { writeAccessLog } from "../events/access-log";
import { executionArn, type Stage } from "../definition/api-catalog";
import { authorizeHandshake, type Authorization } from "../integrations/authorizer";
import type { Route } from "../definition/definition";
import { connectEvent, requestContext, type ConnectionFacts, type EventFacts } from "../events/events";
import type { HandshakeRequest } from "../events/handshake-request";
import { newConnectionId } from "../definition/identifiers";
import type { IntegrationResult } from "../integrations/proxy-response";
import type { RouteDependencies } from "./route-dependencies";
import { newRouteEvent } from "../events/route-event";

/** Whether a handshake becomes a connection, and if not, with which status it is answered. */
export type Admission =
    | {
          readonly admitted: true;
          readonly facts: ConnectionFacts;
          /** The sub-protocol that the route's function chose; undefined when it chose none. */
          readonly protocol: string | undefined;
      }
    | {
          readonly admitted: false;
          readonly status: number;
          readonly message: string;
          /** Why, in the words of the access log. */
          readonly authorizerError?: string;
          readonly integrationError?: string;
      };

/** What may stand in a header of the handshake's answer (RFC 9110, section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Decides on a handshake: the authorizer first, then the `$connect` route, which may refuse as well. An API without
 * that route lets everybody in.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 */
export class ConnectRoute {
    constructor(private readonly dependencies: RouteDependencies) {}

    /** Never rejects. */
    async decide(stage: Stage, handshake: HandshakeRequest, signed: SignedRequest): Promise<Admission> {
        const { clock, accessLog } = this.dependencies;
        const event = newRouteEvent(stage, "$connect", "CONNECT", clock());
        const facts = newConnection(stage, handshake, event.at);
        const admission = await this.#admit(stage, facts, event, handshake, signed);
        writeAccessLog(accessLog, stage, {
            requestContext: requestContext(admission.admitted ? admission.facts : facts, event),
            integrationLatency: clock() - event.at,
            ...(admission.admitted ? { status: 200 } : { ...admission, error: admission.message }),
        });
        return admission;
    }

    async #admit(
        stage: Stage,
        facts: ConnectionFacts,
        event: EventFacts,
        handshake: HandshakeRequest,
        signed: SignedRequest,
    ): Promise<Admission> {
        const route = stage.definition.routes.get("$connect");
        if (route === undefined) {
            return { admitted: true, facts, protocol: undefined };
        }
        if (!this.dependencies.throttles.allowsRoute(stage, "$connect")) {
            return refused(429, "Too Many Requests");
        }
        const authorization = await this.#authorize(route, facts, event, handshake, signed);
        if (!authorization.allowed) {
            const { status, reason } = authorization;
            this.dependencies.log(`$connect of stage ${facts.stage} is answered with ${status}: ${reason}`);
            return { ...refused(status, REFUSALS[status]), authorizerError: reason };
        }
        const { context, signer } = authorization;
        return this.#connect(route, { ...facts, authorizer: context, signer }, event, handshake);
    }

    async #authorize(
        { authorization }: Route,
        facts: ConnectionFacts,
        event: EventFacts,
        handshake: HandshakeRequest,
        signed: SignedRequest,
    ): Promise<Authorization> {
        const { access, functions, clock, limits } = this.dependencies;
        switch (authorization.kind) {
            case "none":
                return { allowed: true, context: undefined };
            case "custom": {
                const dependencies = { functions, clock, maxResultBytes: limits.authorizerResultBytes };
                return authorizeHandshake(authorization, facts, event, handshake, dependencies);
            }
            case "iam":
                try {
                    const resource = `${executionArn(facts.apiId)}/${facts.stage}/$connect`;
                    const principal = demandAccess(access, signed, "execute-api:Invoke", resource);
                    return { allowed: true, context: undefined, signer: callerOf(principal) };
                } catch (error) {
                    return { allowed: false, status: error instanceof AwsError ? 403 : 500, reason: String(error) };
                }
        }
    }

    async #connect(
        route: Route,
        facts: ConnectionFacts,
        event: EventFacts,
        handshake: HandshakeRequest,
    ): Promise<Admission> {
        if (route.integration === undefined) {
            return { admitted: true, facts, protocol: undefined };
        }
        const { apiId, stage } = facts;
        const payload = connectEvent(facts, event, handshake);
        const result = await this.dependencies.integrations.run({ apiId, stage, route, event: payload, body: "" });
        return admissionOf(facts, result);
    }
}

const REFUSALS = { 401: "Unauthorized", 403: "Forbidden", 500: "Internal server error" } as const;

const FAULTS = {
    function: refused(502, "Internal server error"),
    timeout: refused(504, "Endpoint request timed out"),
    configuration: refused(500, "Internal server error"),
} as const;

function newConnection(stage: Stage, handshake: HandshakeRequest, now: number): ConnectionFacts {
    return {
        connectionId: newConnectionId(),
        connectedAt: now,
        apiId: stage.apiId,
        stage: stage.settings.name,
        domainName: handshake.domainName,
        sourceIp: handshake.sourceIp,
        userAgent: handshake.userAgent,
        authorizer: undefined,
        signer: undefined,
    };
}

function admissionOf(facts: ConnectionFacts, result: IntegrationResult): Admission {
    if (!result.ok) {
        return { ...FAULTS[result.fault], integrationError: result.reason };
    }
    if (result.statusCode < 200 || result.statusCode > 299) {
        return refused(result.statusCode, "Forbidden");
    }
    const protocol = result.headers["sec-websocket-protocol"];
    if (protocol !== undefined && !TOKEN.test(protocol)) {
        return refused(502, "Internal server error");
    }
    return { admitted: true, facts, protocol };
}

function refused(status: number, message: string): Admission & { readonly admitted: false } {
    return { admitted: false, status, message };
}
