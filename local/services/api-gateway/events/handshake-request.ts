import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A handshake as the events report it. */
export interface HandshakeRequest {
    /** In the order and letter case of the wire, repeated ones apart. */
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly query: URLSearchParams;
    /** The stage, which is the path's one segment. */
    readonly stage: string;
    readonly sourceIp: string;
    readonly userAgent: string | undefined;
    /** Where the client found the gateway, for example `127.0.0.1:4510`. */
    readonly domainName: string;
}

/**
 * Reads an upgrade request.
 *
 * @param now epoch milliseconds, for the trace id
 */
export function readHandshake(request: IncomingMessage, domainName: string, now: number): HandshakeRequest {
    const { path, query } = splitTarget(request.url ?? "/");
    const sourceIp = remoteAddress(request);
    return {
        headers: [...rawHeaders(request), ...forwardingHeaders(request, sourceIp, now)],
        query,
        // AWS's own examples end the URL with a slash.
        stage: decode(path.slice(1).replace(/\/$/, "")),
        sourceIp,
        userAgent: request.headers["user-agent"],
        domainName,
    };
}

/** Path and query of a request target, both still percent-encoded. */
export function splitTarget(url: string): {
    readonly path: string;
    readonly query: URLSearchParams;
    readonly rawQuery: string;
} {
    const mark = url.indexOf("?");
    const rawQuery = mark < 0 ? "" : url.slice(mark + 1);
    return { path: mark < 0 ? url : url.slice(0, mark), query: new URLSearchParams(rawQuery), rawQuery };
}

/** The client's address, an IPv4 one in its own notation. */
export function remoteAddress(request: IncomingMessage): string {
    return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** `Root=1-<time>-<id>`, as X-Ray writes it. */
export function newTraceId(now: number): string {
    return `Root=1-${Math.floor(now / 1_000).toString(16)}-${randomBytes(12).toString("hex")}`;
}

/** The first value of a header, whatever the case of its name. */
export function headerOf(headers: HandshakeRequest["headers"], name: string): string | undefined {
    return headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

function rawHeaders(request: IncomingMessage): [string, string][] {
    const pairs: [string, string][] = [];
    for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
        const name = request.rawHeaders[at] ?? "";
        if (name.toLowerCase() !== "x-forwarded-for") {
            pairs.push([name, request.rawHeaders[at + 1] ?? ""]);
        }
    }
    return pairs;
}

function forwardingHeaders(request: IncomingMessage, sourceIp: string, now: number): [string, string][] {
    const before = request.headers["x-forwarded-for"];
    const { port } = request.socket.address() as Partial<AddressInfo>;
    return [
        ["X-Amzn-Trace-Id", newTraceId(now)],
        ["X-Forwarded-For", [before ?? [], sourceIp].flat().join(", ")],
        ["X-Forwarded-Port", String(port ?? "")],
        ["X-Forwarded-Proto", "http"],
    ];
}

function decode(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}
