import type { Subscriber } from "../../../functions/tokens/subscriber";
import { judge, nameFor } from "./subscribe-oracle";

/** The answer that docs/wire-protocol.md promises to a frame, as far as it does not depend on what was sent before. */
export interface Expected {
    readonly id?: unknown;
    readonly answer:
        | { readonly type: "welcome" }
        | { readonly type: "subscribed" | "unsubscribed"; readonly channel: string }
        | { readonly type: "error"; readonly code: string };
}

export function expectedAnswer(body: string, subscriber: Subscriber, now: number): Expected {
    if (Buffer.byteLength(body) > 8_192) {
        return error("payload_too_large");
    }
    const frame = objectIn(body);
    if (frame === undefined || !isId(frame["id"])) {
        return error("bad_request");
    }
    const id = frame["id"] === undefined ? {} : { id: frame["id"] };
    const { action } = frame;
    if (action !== "hello" && action !== "subscribe" && action !== "unsubscribe") {
        return { ...id, ...error("bad_request") };
    }
    if (action === "subscribe" && !isSince(frame["since"])) {
        return { ...id, ...error("bad_request") };
    }
    if (subscriber.expiresAt * 1_000 <= now) {
        return { ...id, ...error("forbidden") };
    }
    if (action === "hello") {
        return { ...id, answer: { type: "welcome" } };
    }
    // Nobody needs leave to leave.
    const verdict =
        action === "subscribe" ? judge(frame["channel"], subscriber) : nameFor(frame["channel"], subscriber.userId);
    return "channel" in verdict
        ? { ...id, answer: { type: `${action}d`, channel: verdict.channel } }
        : { ...id, ...error(verdict.code) };
}

function error(code: string): Expected {
    return { answer: { type: "error", code } };
}

/** The object's own members alone. */
function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(body);
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.assign(Object.create(null) as Record<string, unknown>, { ...value })
            : undefined;
    } catch {
        return undefined;
    }
}

function isId(id: unknown): boolean {
    return id === undefined || (typeof id === "string" && id.length <= 128) || Number.isSafeInteger(id);
}

function isSince(since: unknown): boolean {
    if (since === undefined || since === null) {
        return true;
    }
    if (typeof since !== "object" || Array.isArray(since)) {
        return false;
    }
    const epoch = "epoch" in since ? since.epoch : undefined;
    const offset = "offset" in since ? since.offset : undefined;
    return (
        typeof epoch === "string" &&
        epoch.length >= 1 &&
        epoch.length <= 64 &&
        Number.isSafeInteger(offset) &&
        Number(offset) >= 0
    );
}
