import type { AuthorizeEvent, ConnectEvent, MessageEvent } from "../../functions/transports/api-gateway/gateway-events";
import type { Subscriber } from "../../functions/tokens/subscriber";
import { toContext } from "../../functions/transports/api-gateway/subscriber-context";

export const CONNECTION_ID = "IU3kkeN4IAMCJwA=";
export const METHOD_ARN = "arn:aws:execute-api:us-east-1:000000000000:abc123/v1/$connect";

/** A subscriber whose token lasts another hour. */
export function subscriber(userId: string, claims: Readonly<Record<string, unknown>> = { sub: userId }): Subscriber {
    return { userId, claims, expiresAt: Math.floor(Date.now() / 1_000) + 3_600 };
}

/** An event as the gateway sends it on a route of an open connection. */
export function messageEvent(
    routeKey: string,
    body: unknown,
    who: Subscriber,
    overrides: { connectionId?: string } = {},
): MessageEvent {
    return {
        requestContext: {
            connectionId: overrides.connectionId ?? CONNECTION_ID,
            connectedAt: Date.now() - 60_000,
            routeKey,
            authorizer: { ...toContext(who), principalId: who.userId, integrationLatency: 12 },
        },
        body: typeof body === "string" ? body : JSON.stringify(body),
    };
}

export function connectEvent(who: Subscriber, request: Omit<ConnectEvent, "requestContext"> = {}): ConnectEvent {
    return { ...messageEvent("$connect", "", who), ...request };
}

export function authorizeEvent(request: Omit<AuthorizeEvent, "methodArn"> = {}): AuthorizeEvent {
    return { methodArn: METHOD_ARN, ...request };
}
