import { describeType, quoted } from "./json";
import { MAX_CHANNEL_LENGTH, MAX_CHANNEL_SEGMENTS, MAX_NAMESPACE_LENGTH } from "./limits";
import type { Refusal } from "./protocol";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import { decodeSegment, encodeSegment, isPlainSegment, segmentAdvice } from "./segment";

/**
 * A well-formed channel: `orders/42`, `orders/@all` (everyone in the namespace) or `orders/@user/ada` (one user's own).
 */
export type Channel = {
    readonly name: string;
    /** The first segment: the service that owns the channel. */
    readonly namespace: string;
    /** As they are written, encoded. */
    readonly segments: readonly string[];
} & ({ readonly kind: "plain" | "all" } | { readonly kind: "user"; readonly userId: string });

/** Whether a namespace can have this name, which stands for itself in channels, events and IAM policies. */
export function isNamespaceName(text: string): boolean {
    return isPlainSegment(text) && text.length <= MAX_NAMESPACE_LENGTH;
}

/**
 * Reads a channel: 1 to 16 segments with "/" between them, 4,000 characters at most. The first is a namespace; the
 * others are encoded values. Of the segments that begin with "@" only `<namespace>/@all` and `<namespace>/@user/<user>`
 * exist.
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
    const [namespace = ""] = segments;
    if (!isNamespaceName(namespace)) {
        return refused(
            `${quoted(text)} is not a channel: it begins with a namespace, ` +
                `1 to ${MAX_NAMESPACE_LENGTH} of A-Z a-z 0-9 . _ : -`,
        );
    }
    const odd = segments.find((segment) => !segment.startsWith("@") && decodeSegment(segment) === undefined);
    if (odd !== undefined) {
        return refused(
            `${quoted(text)} is not a channel: each segment is one or more of A-Z a-z 0-9 . _ : - and, ` +
                `for each other byte of UTF-8, %XX in upper case${segmentAdvice(odd)}`,
        );
    }
    return classify(text, namespace, segments);
}

/**
 * Reads a channel as a subscriber names it: `<namespace>/@me` becomes that subscriber's `<namespace>/@user/<userId>`.
 * Refused with `forbidden` where no channel can stand for the user id.
 */
export function resolveChannel(text: unknown, userId: string): Result<Channel, Refusal> {
    const namespace = typeof text === "string" ? ownChannelNamespace(text) : undefined;
    if (namespace === undefined) {
        const channel = parseChannel(text);
        return channel.ok ? channel : refused({ code: "bad_request", message: channel.reason });
    }
    const segment = encodeSegment(userId);
    const length = namespace.length + "/@user/".length + (segment?.length ?? 0);
    if (segment === undefined || length > MAX_CHANNEL_LENGTH) {
        return refused({
            code: "forbidden",
            message:
                `No channel can stand for the user id ${quoted(userId)}: it is empty, no Unicode text, or makes a ` +
                `channel of more than ${MAX_CHANNEL_LENGTH} characters.`,
        });
    }
    const channel = parseChannel(`${namespace}/@user/${segment}`);
    return channel.ok ? channel : refused({ code: "bad_request", message: channel.reason });
}

function ownChannelNamespace(text: string): string | undefined {
    const [namespace, me, ...rest] = text.split("/");
    return me === "@me" && rest.length === 0 ? namespace : undefined;
}

function classify(name: string, namespace: string, segments: readonly string[]): Result<Channel> {
    const [, second, third = ""] = segments;
    const channel = { name, namespace, segments };
    if (!segments.some((segment) => segment.startsWith("@"))) {
        return accepted({ ...channel, kind: "plain" });
    }
    if (second === "@all" && segments.length === 2) {
        return accepted({ ...channel, kind: "all" });
    }
    const userId = decodeSegment(third);
    if (second === "@user" && userId !== undefined && segments.length === 3) {
        return accepted({ ...channel, kind: "user", userId });
    }
    return refused(
        `${quoted(name)} is not a channel: with "@" there are only <namespace>/@all and <namespace>/@user/<user>.`,
    );
}
