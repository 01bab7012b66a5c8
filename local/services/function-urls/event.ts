import { ACCOUNT_ID } from "../../aws/account";
import { newTraceId, requestTime } from "../../http/request-target";

/** A request to a function's URL. */
export interface FunctionUrlRequest {
    readonly urlId: string;
    readonly method: string;
    /** Below the function's own URL, as sent: `/orders/4%202`. */
    readonly rawPath: string;
    readonly rawQuery: string;
    /** Names in lower case, as node:http gives them. */
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly sourceIp: string;
    readonly domainName: string;
    readonly body: Buffer;
    /** A UUID. */
    readonly requestId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    /** The role or user of a signed request. */
    readonly callerArn: string | undefined;
}

/**
 * The event of a function URL, in payload format 2.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export function functionUrlEvent(request: FunctionUrlRequest): Readonly<Record<string, unknown>> {
    const { cookie, ...headers } = request.headers;
    const query = queryParameters(request.rawQuery);
    return {
        version: "2.0",
        routeKey: "$default",
        rawPath: request.rawPath,
        rawQueryString: request.rawQuery,
        ...(cookie === undefined ? {} : { cookies: joined(cookie, "; ").split(/;\s*/) }),
        headers: eventHeaders(headers, request),
        ...(query === undefined ? {} : { queryStringParameters: query }),
        requestContext: requestContext(request),
        ...bodyMembers(request.body, joined(request.headers["content-type"] ?? "", ",")),
    };
}

function requestContext(request: FunctionUrlRequest): Readonly<Record<string, unknown>> {
    const { urlId, domainName, callerArn, method, rawPath, sourceIp, at } = request;
    return {
        accountId: callerArn === undefined ? "anonymous" : ACCOUNT_ID,
        apiId: urlId,
        ...(callerArn === undefined ? {} : { authorizer: { iam: { accountId: ACCOUNT_ID, userArn: callerArn } } }),
        domainName,
        domainPrefix: urlId,
        http: {
            method,
            path: rawPath,
            protocol: "HTTP/1.1",
            sourceIp,
            userAgent: joined(request.headers["user-agent"] ?? "", ","),
        },
        requestId: request.requestId,
        routeKey: "$default",
        stage: "$default",
        time: requestTime(at),
        timeEpoch: at,
    };
}

function eventHeaders(
    headers: FunctionUrlRequest["headers"],
    request: FunctionUrlRequest,
): Readonly<Record<string, string>> {
    const forwarded = joined(headers["x-forwarded-for"] ?? [], ", ");
    const own = {
        "x-amzn-trace-id": newTraceId(request.at),
        "x-forwarded-for": forwarded === "" ? request.sourceIp : `${forwarded}, ${request.sourceIp}`,
        "x-forwarded-port": request.domainName.split(":").at(-1) ?? "",
        "x-forwarded-proto": "http",
    };
    const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, joined(value, ",")]],
    );
    return { ...Object.fromEntries(sent), ...own };
}

/** Values of a repeated parameter, joined with commas; undefined without any parameter. */
function queryParameters(rawQuery: string): Readonly<Record<string, string>> | undefined {
    const query = new URLSearchParams(rawQuery);
    if (query.size === 0) {
        return undefined;
    }
    return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name).join(",")]));
}

const TEXT_TYPES = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/javascript\b)/i;

/** The body as text where its content type is one of text, else in base64: form data and an unknown type included. */
function bodyMembers(body: Buffer, contentType: string): Readonly<Record<string, unknown>> {
    if (body.length === 0) {
        return { isBase64Encoded: false };
    }
    const isBase64Encoded = !TEXT_TYPES.test(contentType);
    return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}

function joined(value: string | readonly string[], separator: string): string {
    return typeof value === "string" ? value : value.join(separator);
}
