/** The members of API Gateway's WebSocket events that the functions read. The gateway sends more. */
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

/** The headers of a handshake, as the client wrote their names. */
export interface HandshakeHeaders {
    /** Of a header that was sent several times the last value. */
    readonly headers?: Headers | null;
    readonly multiValueHeaders?: MultiValues | null;
}

export interface ConnectEvent extends GatewayEvent, HandshakeHeaders {
    readonly multiValueQueryStringParameters?: MultiValues | null;
    readonly queryStringParameters?: Headers | null;
}

export interface MessageEvent extends GatewayEvent {
    readonly body?: string | null;
}

export interface AuthorizeEvent extends HandshakeHeaders {
    /** The ARN of `$connect` in this stage. */
    readonly methodArn: string;
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

/**
 * The sub-protocols that the client offers, in its order. Several lines of that header are one list (RFC 6455, section
 * 11.3.4), which `headers` would show the end of.
 */
export function offeredProtocols(event: HandshakeHeaders): readonly string[] {
    return linesOf(event, "Sec-WebSocket-Protocol")
        .flatMap((line) => line.split(","))
        .map((protocol) => protocol.trim())
        .filter((protocol) => protocol !== "");
}

function linesOf(event: HandshakeHeaders, name: string): readonly string[] {
    const wanted = name.toLowerCase();
    const lines = Object.entries(event.multiValueHeaders ?? {})
        .filter(([key]) => key.toLowerCase() === wanted)
        .flatMap(([, values]) => values ?? []);
    const single = headerOf(event, name);
    return lines.length === 0 && single !== undefined ? [single] : lines;
}
