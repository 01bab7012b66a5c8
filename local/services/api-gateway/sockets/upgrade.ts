import type { IncomingMessage } from "node:http";

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const PROTOCOLS = /^\s*[\w!#$%&'*+.^`|~-]+\s*(,\s*[\w!#$%&'*+.^`|~-]+\s*)*$/;

/**
 * What is wrong with an upgrade request as such (RFC 6455, section 4.2.1), if anything. Asked before any function runs
 * for a handshake that cannot succeed.
 *
 * @param maxUrlLength of path and query, in characters
 */
export function malformedUpgrade(
    request: IncomingMessage,
    maxUrlLength: number,
): { readonly status: number; readonly message: string } | undefined {
    const { headers, method, url = "/" } = request;
    if (url.length > maxUrlLength) {
        return { status: 414, message: "Request-URI Too Long" };
    }
    const protocols = headers["sec-websocket-protocol"];
    const wellFormed =
        method === "GET" &&
        headers.upgrade?.toLowerCase() === "websocket" &&
        KEY.test(headers["sec-websocket-key"] ?? "") &&
        headers["sec-websocket-version"] === "13" &&
        (protocols === undefined || PROTOCOLS.test(protocols));
    return wellFormed ? undefined : { status: 400, message: "Bad Request" };
}
