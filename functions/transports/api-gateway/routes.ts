import { CONNECTION_LIFETIME_SECONDS } from "../../../contract/limits";
import { PUSH_PROTOCOL } from "../../../contract/protocol";
import type { ErrorCode, Refusal } from "../../../contract/protocol";
import type { Caller, Handshake, IncomingFrame } from "../transport";
import type { ConnectEvent, GatewayEvent, GatewayResponse, MessageEvent } from "./gateway-events";
import { offeredProtocols } from "./gateway-events";
import { fromContext } from "./subscriber-context";

/** The function of `$connect`: the gateway answers the handshake with the status that it returns. */
export function connectRoute(
    connect: (handshake: Handshake) => Promise<Refusal | undefined>,
): (event: ConnectEvent) => Promise<GatewayResponse> {
    return async (event) => {
        const refusal = await connect({ ...callerOf(event), channels: channelParameters(event) });
        if (refusal !== undefined) {
            return { statusCode: statusOf(refusal.code) };
        }
        // A browser drops a connection whose offered sub-protocols are not answered with one of them.
        return offeredProtocols(event).includes(PUSH_PROTOCOL)
            ? { statusCode: 200, headers: { "Sec-WebSocket-Protocol": PUSH_PROTOCOL } }
            : { statusCode: 200 };
    };
}

/**
 * The function of the routes for what clients send. All of them have a response, which brings the answer, but for
 * `subscribe`: messages follow its answer, and the gateway would not keep them in order.
 */
export function messageRoute(
    answer: (frame: IncomingFrame) => Promise<string | undefined>,
): (event: MessageEvent) => Promise<GatewayResponse> {
    return async (event) => {
        const takesAnswer = event.requestContext.routeKey !== "subscribe";
        const body = await answer({ ...callerOf(event), text: event.body ?? "", takesAnswer });
        return body === undefined ? { statusCode: 200 } : { statusCode: 200, body };
    };
}

/** The function of `$disconnect`, at whose answer nobody looks. */
export function disconnectRoute(
    disconnect: (connectionId: string) => Promise<void>,
): (event: GatewayEvent) => Promise<GatewayResponse> {
    return async ({ requestContext: { connectionId } }) => {
        await disconnect(connectionId);
        return { statusCode: 200 };
    };
}

function callerOf({ requestContext: { connectionId, connectedAt, authorizer } }: GatewayEvent): Caller {
    const endsAt = connectedAt + CONNECTION_LIFETIME_SECONDS * 1_000;
    return { connectionId, connectedAt, endsAt, subscriber: fromContext(authorizer) };
}

/** The gateway fills the one or the other of the two members. */
function channelParameters(event: ConnectEvent): readonly string[] {
    return event.multiValueQueryStringParameters?.["channels"] ?? [event.queryStringParameters?.["channels"] ?? ""];
}

function statusOf(code: ErrorCode): number {
    switch (code) {
        case "bad_request":
        case "too_many_subscriptions":
        case "payload_too_large":
            return 400;
        case "forbidden":
        case "unknown_namespace":
            return 403;
        case "internal":
            return 500;
    }
}
