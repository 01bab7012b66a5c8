import { accessTo } from "../lib/access";
import type { ConnectEvent, GatewayResponse } from "../lib/gateway-events";
import { offeredProtocols } from "../lib/gateway-events";
import type { Log } from "../lib/log";
import type { Namespaces } from "../lib/namespaces";
import { PUSH_PROTOCOL } from "../lib/protocol";
import type { ErrorCode, Refusal } from "../lib/refusal";
import type { NewConnections } from "../lib/registry";
import { connectionExpiry } from "../lib/registry-rows";
import type { Result } from "../lib/result";
import { accepted, refused } from "../lib/result";
import type { Subscriber } from "../lib/subscriber";
import { fromContext } from "../lib/subscriber";

export interface ConnectDeps {
    readonly registry: NewConnections;
    readonly namespaces: Namespaces;
    /** Channels per connection. */
    readonly maxSubscriptions: number;
    readonly log: Log;
}

/** Stores the connection, subscribed to the channels of `?channels=a,b`, or refuses the handshake with 400 or 403. */
export function createConnectHandler(deps: ConnectDeps): (event: ConnectEvent) => Promise<GatewayResponse> {
    return async (event) => {
        const { connectionId, connectedAt, authorizer } = event.requestContext;
        const subscriber = fromContext(authorizer);
        const channels = await openChannels(deps, requestedChannels(event), subscriber);
        if (!channels.ok) {
            const { code, message } = channels.reason;
            // The gateway answers the handshake with the status alone, so this is where a developer finds the reason.
            deps.log.info("A connection was refused", {
                connectionId,
                userId: subscriber.userId,
                code,
                reason: message,
            });
            return { statusCode: statusOf(code) };
        }
        const expiresAt = connectionExpiry(connectedAt, subscriber.expiresAt);
        await deps.registry.add({ connectionId, userId: subscriber.userId, connectedAt, expiresAt }, channels.value);
        // A browser drops a connection whose offered sub-protocols are not answered with one of them.
        return offeredProtocols(event).includes(PUSH_PROTOCOL)
            ? { statusCode: 200, headers: { "Sec-WebSocket-Protocol": PUSH_PROTOCOL } }
            : { statusCode: 200 };
    };
}

/** All values of all `channels` parameters; none where there is no such parameter, or an empty one. */
function requestedChannels(event: ConnectEvent): readonly string[] {
    const values = event.multiValueQueryStringParameters?.["channels"] ?? [
        event.queryStringParameters?.["channels"] ?? "",
    ];
    return values.filter((value) => value !== "").flatMap((value) => value.split(","));
}

async function openChannels(
    deps: ConnectDeps,
    texts: readonly string[],
    subscriber: Subscriber,
): Promise<Result<string[], Refusal>> {
    const distinct = [...new Set(texts)];
    if (distinct.length > deps.maxSubscriptions) {
        return refused({
            code: "too_many_subscriptions",
            message: `A connection has ${deps.maxSubscriptions} channels at most; ${distinct.length} are asked for.`,
        });
    }
    const accesses = await Promise.all(distinct.map((text) => accessTo(text, subscriber, deps.namespaces)));
    const channels: string[] = [];
    for (const access of accesses) {
        if (!access.ok) {
            return access;
        }
        channels.push(access.value.channel.name);
    }
    return accepted(channels);
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
