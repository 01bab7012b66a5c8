/** What the functions read of API Gateway's WebSocket events. The gateway sends more. */
export interface GatewayEvent {
    readonly requestContext: {
        readonly connectionId: string;
        /** Epoch milliseconds; the same in all events of a connection. */
        readonly connectedAt: number;
        readonly routeKey: string;
        /** What the authorizer returned as its context, in every event of the connection, with all values as text. */
        readonly authorizer?: Readonly<Record<string, unknown>>;
    };
}

export interface ConnectEvent extends GatewayEvent {
    readonly headers?: Headers | null;
    readonly multiValueQueryStringParameters?: MultiValues | null;
    readonly queryStringParameters?: Headers | null;
}

export interface MessageEvent extends GatewayEvent {
    readonly body?: string | null;
}

export interface AuthorizeEvent {
    /** The ARN of `$connect` in this stage. */
    readonly methodArn: string;
    readonly headers?: Headers | null;
    readonly queryStringParameters?: Headers | null;
}

/**
 * The answer of a route's function: the status decides on `$connect`; the body is a frame where the route has a
 * response.
 */
export interface GatewayResponse {
    readonly statusCode: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

type Headers = Readonly<Record<string, string | undefined>>;
type MultiValues = Readonly<Record<string, readonly string[] | undefined>>;

/** A header's value whatever the case of its name: the gateway passes names on as the client wrote them. */
export function headerOf(event: { readonly headers?: Headers | null }, name: string): string | undefined {
    const wanted = name.toLowerCase();
    return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** The sub-protocols that the client offers, in its order. */
export function offeredProtocols(event: { readonly headers?: Headers | null }): readonly string[] {
    const offered = headerOf(event, "Sec-WebSocket-Protocol") ?? "";
    return offered
        .split(",")
        .map((protocol) => protocol.trim())
        .filter((protocol) => protocol !== "");
}
