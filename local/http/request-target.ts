import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

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

/** `09/Feb/2024:18:11:43 +0000`, the time format of the Common Log Format. */
export function requestTime(at: number): string {
    const [, weekday = "", day = "", month = "", year = "", time = ""] =
        /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
    return weekday === "" ? "" : `${day}/${month}/${year}:${time} +0000`;
}
