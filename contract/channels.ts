import { describeType, quoted } from "./json";
import type { Refusal } from "./protocol";
import type { Result } from "./result";
import { accepted, refused } from "./result";

export const MAX_CHANNEL_LENGTH = 256;
export const MAX_CHANNEL_SEGMENTS = 16;

const SEGMENT = /^[A-Za-z0-9._:@-]+$/;

/**
 * A well-formed channel: `orders/42`, `orders/@all` (everyone in the namespace) or `orders/@user/ada` (one user's own).
 */
export type Channel = {
    readonly name: string;
    /** The first segment: the service that owns the channel. */
    readonly namespace: string;
    readonly segments: readonly string[];
} & ({ readonly kind: "plain" | "all" } | { readonly kind: "user"; readonly userId: string });

/** One segment as a value may become one: of the channel alphabet, and not reserved. */
export function isOrdinarySegment(text: string): boolean {
    return SEGMENT.test(text) && !text.startsWith("@");
}

/**
 * Reads a channel: 1 to 16 segments of `A-Z a-z 0-9 . _ : @ -` with "/" between them, 256 characters at most.
 * Of the segments that begin with "@" only `<namespace>/@all` and `<namespace>/@user/<user>` exist.
 */
export function parseChannel(text: unknown): Result<Channel> {
    if (typeof text !== "string") {
        return refused(`A channel is a string; this one is ${describeType(text)}.`);
    }
    if (text.length > MAX_CHANNEL_LENGTH) {
        return refused(`A channel has ${MAX_CHANNEL_LENGTH} characters at most; this one has ${text.length}.`);
    }
    const segments = text.split("/");
    if (segments.length > MAX_CHANNEL_SEGMENTS) {
        return refused(`A channel has ${MAX_CHANNEL_SEGMENTS} segments at most; this one has ${segments.length}.`);
    }
    if (!segments.every((segment) => SEGMENT.test(segment))) {
        return refused(`${quoted(text)} is not a channel: each segment is one or more of A-Z a-z 0-9 . _ : @ -`);
    }
    return classify(text, segments);
}

/**
 * Reads a channel as a subscriber names it: `<namespace>/@me` becomes that subscriber's `<namespace>/@user/<userId>`.
 * Refused with `forbidden` where the user id cannot be a segment, since no such channel can exist.
 */
export function resolveChannel(text: unknown, userId: string): Result<Channel, Refusal> {
    const namespace = typeof text === "string" ? ownChannelNamespace(text) : undefined;
    if (namespace !== undefined && !isOrdinarySegment(userId)) {
        return refused({
            code: "forbidden",
            message: `The user id ${quoted(userId)} cannot be a channel segment, so this user has no @me channel.`,
        });
    }
    const channel = parseChannel(namespace === undefined ? text : `${namespace}/@user/${userId}`);
    return channel.ok ? channel : refused({ code: "bad_request", message: channel.reason });
}

function ownChannelNamespace(text: string): string | undefined {
    const [namespace, me, ...rest] = text.split("/");
    return me === "@me" && rest.length === 0 ? namespace : undefined;
}

function classify(name: string, segments: readonly string[]): Result<Channel> {
    const [namespace = "", second, third = ""] = segments;
    const channel = { name, namespace, segments };
    if (!segments.some((segment) => segment.startsWith("@"))) {
        return accepted({ ...channel, kind: "plain" });
    }
    if (isOrdinarySegment(namespace) && second === "@all" && segments.length === 2) {
        return accepted({ ...channel, kind: "all" });
    }
    if (isOrdinarySegment(namespace) && second === "@user" && isOrdinarySegment(third) && segments.length === 3) {
        return accepted({ ...channel, kind: "user", userId: third });
    }
    return refused(
        `${quoted(name)} is not a channel: with "@" there are only <namespace>/@all and <namespace>/@user/<user>.`,
    );
}
