import { validateHeaderName, validateHeaderValue } from "node:http";

/** An HTTP response as a function made it. */
export interface FunctionUrlResponse {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    readonly cookies: readonly string[];
    readonly body: Buffer;
}

/**
 * What a function returned, as its URL answers with it: an object with a `statusCode` says what the response is; any
 * other JSON is itself the body of a 200. Undefined when the object is malformed, which is answered with 502.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export function functionUrlResponse(payload: unknown): FunctionUrlResponse | undefined {
    if (typeof payload !== "object" || payload === null || !Object.hasOwn(payload, "statusCode")) {
        const body = Buffer.from(JSON.stringify(payload ?? null));
        return { status: 200, headers: { "content-type": "application/json" }, cookies: [], body };
    }
    const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Readonly<Record<string, unknown>>;
    const status = Number(statusCode);
    const sendable = sendableHeaders(headers);
    if (!Number.isInteger(status) || status < 200 || status > 599 || sendable === undefined) {
        return undefined;
    }
    return {
        status,
        headers: { "content-type": "application/json", ...sendable },
        cookies: Array.isArray(cookies) ? cookies.map(String) : [],
        body: bodyOf(body, isBase64Encoded === true),
    };
}

function bodyOf(body: unknown, base64: boolean): Buffer {
    if (body === undefined || body === null) {
        return Buffer.alloc(0);
    }
    return typeof body === "string" ? Buffer.from(body, base64 ? "base64" : "utf8") : Buffer.from(JSON.stringify(body));
}

/** The headers with their names in lower case; undefined when there is one that HTTP does not allow. */
function sendableHeaders(headers: unknown): Readonly<Record<string, string>> | undefined {
    const entries = Object.entries(typeof headers === "object" && headers !== null ? headers : {});
    const pairs = entries.map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
    try {
        for (const [name, value] of pairs) {
            validateHeaderName(name);
            validateHeaderValue(name, value);
        }
        return Object.fromEntries(pairs);
    } catch {
        return undefined;
    }
}
