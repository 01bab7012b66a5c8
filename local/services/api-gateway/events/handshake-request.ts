import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { newTraceId, remoteAddress, splitTarget } from "../../../http/request-target";

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
