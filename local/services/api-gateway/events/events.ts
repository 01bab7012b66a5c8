import { requestTime } from "../../../http/request-target";
import type { Caller } from "../../../signing/caller";
import type { HandshakeRequest } from "./handshake-request";

/** What an authorizer said about a connection: `principalId`, its context as strings, and how long it took. */
export type AuthorizerContext = Readonly<Record<string, string | number>>;

/** What every event of one connection says alike. */
export interface ConnectionFacts {
    readonly connectionId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
    readonly apiId: string;
    readonly stage: string;
    readonly domainName: string;
    readonly sourceIp: string;
    readonly userAgent: string | undefined;
    readonly authorizer: AuthorizerContext | undefined;
    /** Who signed the handshake, where the route asks for a signature. */
    readonly signer: Caller | undefined;
}

/** What one event says for itself. */
export interface EventFacts {
    readonly routeKey: string;
    readonly eventType: "CONNECT" | "MESSAGE" | "DISCONNECT";
    /** New with each event. */
    readonly requestId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly stageVariables: Readonly<Record<string, string>>;
}

export interface Disconnection {
    readonly code: number;
    readonly reason: string;
}

type Event = Readonly<Record<string, unknown>>;

/**
 * The events of a WebSocket API's routes and authorizers.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
export function connectEvent(connection: ConnectionFacts, event: EventFacts, handshake: HandshakeRequest): Event {
    return {
        ...headerMembers(handshake.headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))),
        ...queryMembers(handshake.query),
        ...variableMembers(event),
        requestContext: requestContext(connection, event),
        isBase64Encoded: false,
    };
}

export function messageEvent(connection: ConnectionFacts, event: EventFacts, messageId: string, body: string): Event {
    return {
        ...variableMembers(event),
        requestContext: { ...requestContext(connection, event), messageId },
        body,
        isBase64Encoded: false,
    };
}

export function disconnectEvent(connection: ConnectionFacts, event: EventFacts, end: Disconnection): Event {
    const headers = { Host: connection.domainName, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };
    return {
        ...headerMembers(Object.entries(headers)),
        ...variableMembers(event),
        requestContext: {
            ...requestContext(connection, event),
            disconnectStatusCode: end.code,
            disconnectReason: end.reason,
        },
        isBase64Encoded: false,
    };
}

export function authorizerEvent(
    connection: ConnectionFacts,
    event: EventFacts,
    handshake: HandshakeRequest,
    methodArn: string,
): Event {
    return {
        type: "REQUEST",
        methodArn,
        ...headerMembers([...handshake.headers, ["content-length", "0"]]),
        queryStringParameters: {},
        multiValueQueryStringParameters: {},
        ...queryMembers(handshake.query),
        stageVariables: event.stageVariables,
        requestContext: requestContext(connection, event),
    };
}

/** Of one hop only, so not the integration's business. */
const HOP_BY_HOP = new Set(["connection", "upgrade"]);

/** The part that all events of a connection have. */
export function requestContext(connection: ConnectionFacts, event: EventFacts): Event {
    const { sourceIp, userAgent, authorizer, signer } = connection;
    return {
        routeKey: event.routeKey,
        ...(authorizer === undefined ? {} : { authorizer }),
        eventType: event.eventType,
        extendedRequestId: event.requestId,
        requestTime: requestTime(event.at),
        messageDirection: "IN",
        stage: connection.stage,
        connectedAt: connection.connectedAt,
        requestTimeEpoch: event.at,
        identity: { ...signerMembers(signer), ...(userAgent === undefined ? { sourceIp } : { sourceIp, userAgent }) },
        requestId: event.requestId,
        domainName: connection.domainName,
        connectionId: connection.connectionId,
        apiId: connection.apiId,
    };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
function signerMembers(signer: Caller | undefined): Event {
    if (signer === undefined) {
        return {};
    }
    const { arn, id, account } = signer;
    return { accountId: account, caller: id, user: id, userArn: arn };
}

function headerMembers(headers: readonly (readonly [string, string])[]): Event {
    const { single, multiple } = grouped(headers);
    return { headers: single, multiValueHeaders: multiple };
}

function queryMembers(query: URLSearchParams): Event {
    if (query.size === 0) {
        return {};
    }
    const { single, multiple } = grouped([...query]);
    return { queryStringParameters: single, multiValueQueryStringParameters: multiple };
}

/** The last value of each name, and all of them. */
function grouped(pairs: readonly (readonly [string, string])[]): {
    readonly single: Readonly<Record<string, string>>;
    readonly multiple: Readonly<Record<string, readonly string[]>>;
} {
    const multiple = new Map<string, string[]>();
    for (const [name, value] of pairs) {
        multiple.set(name, [...(multiple.get(name) ?? []), value]);
    }
    return { single: Object.fromEntries(pairs), multiple: Object.fromEntries(multiple) };
}

function variableMembers(event: EventFacts): Event {
    return Object.keys(event.stageVariables).length === 0 ? {} : { stageVariables: event.stageVariables };
}
