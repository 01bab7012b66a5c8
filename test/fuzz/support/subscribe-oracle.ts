import type { Subscriber } from "../../../functions/tokens/subscriber";

/** The namespaces of the fuzz tests, as rows of their table. */
export const NAMESPACE_ROWS = {
    orders: {
        subscribe: [
            { channel: "orders/{sub}/*" },
            { channel: "orders/@me" },
            { channel: "orders/@all", claims: { role: "staff" } },
        ],
    },
    chat: {
        subscribe: [{ channel: "chat/*" }, { channel: "chat/{https://example.com/tenant}/*/{group}" }],
        history: { ttlSeconds: 60, maxMessages: 10 },
    },
    closed: { subscribe: [] },
};

/** What a subscriber is to be told: the channel that it then has, or why not. */
export type Verdict =
    { readonly channel: string } | { readonly code: "bad_request" | "forbidden" | "unknown_namespace" };

/**
 * What docs/wire-protocol.md and the rules above mean for one subscriber: written down a second time, without patterns
 * and without the code that is under test.
 */
export function judge(text: unknown, subscriber: Subscriber): Verdict {
    const named = nameFor(text, subscriber.userId);
    if (!("channel" in named)) {
        return named;
    }
    const segments = named.channel.split("/");
    const [namespace = ""] = segments;
    if (!Object.keys(NAMESPACE_ROWS).includes(namespace)) {
        return { code: "unknown_namespace" };
    }
    return isOpen(segments, subscriber) ? named : { code: "forbidden" };
}

/** The channel that a user means, whoever's it is. */
export function nameFor(text: unknown, userId: string): Verdict {
    if (typeof text !== "string") {
        return { code: "bad_request" };
    }
    const asked = text.split("/");
    const isOwn = asked.length === 2 && asked[1] === "@me";
    const own = written(userId);
    if (isOwn && (own === undefined || own.length + "/@user/".length + (asked[0] ?? "").length > 4_000)) {
        return { code: "forbidden" };
    }
    const segments = isOwn ? [asked[0] ?? "", "@user", own ?? ""] : asked;
    return isChannel(segments) ? { channel: segments.join("/") } : { code: "bad_request" };
}

/** Whether the text is a channel at all, by the words of docs/wire-protocol.md. */
export function isChannel(segments: readonly string[]): boolean {
    const [namespace = "", word = "", user = ""] = segments;
    const isName = namespace.length <= 64 && written(namespace) === namespace;
    if (segments.join("/").length > 4_000 || segments.length > 16 || !isName) {
        return false;
    }
    const isForAll = segments.length === 2 && word === "@all";
    const isForOne = segments.length === 3 && word === "@user" && isEncoded(user);
    return isForAll || isForOne || segments.every(isEncoded);
}

const ALPHABET = new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

/** A value as a segment, byte by byte; `undefined` for one that has none. */
function written(value: string): string | undefined {
    const bytes = Buffer.from(value);
    const hex = (byte: number): string => `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
    return value === "" || bytes.toString() !== value
        ? undefined
        : Array.from(bytes, (byte) => {
              const character = String.fromCharCode(byte);
              return ALPHABET.has(character) ? character : hex(byte);
          }).join("");
}

export function isEncoded(segment: string): boolean {
    try {
        return segment !== "" && written(decodeURIComponent(segment)) === segment;
    } catch {
        return false;
    }
}

function isOpen(segments: readonly string[], { userId, claims }: Subscriber): boolean {
    const [namespace, first = "", second = "", third = ""] = segments;
    if (namespace === "orders") {
        if (first === "@all") {
            return equals(claims["role"], "staff");
        }
        return first === "@user" ? second === written(userId) : segments.length === 3 && names(claims["sub"], first);
    }
    if (namespace !== "chat" || !isEncoded(first)) {
        return false;
    }
    const isTenants = names(claims["https://example.com/tenant"], first) && names(claims["group"], third);
    return segments.length === 2 || (segments.length === 4 && isTenants);
}

/** A claim names the segment that its text is written as. */
function names(claim: unknown, segment: string): boolean {
    return isEncoded(segment) && equals(claim, decodeURIComponent(segment));
}

/** A claim equals its text, and a list each of its elements' texts. */
function equals(claim: unknown, text: string): boolean {
    if (Array.isArray(claim)) {
        return claim.some((element) => !Array.isArray(element) && equals(element, text));
    }
    if (typeof claim === "number" && Number.isInteger(claim) && Math.abs(claim) >= 2 ** 53) {
        // Other numbers read as the same one.
        return false;
    }
    return (
        (typeof claim === "string" || typeof claim === "number" || typeof claim === "boolean") && String(claim) === text
    );
}
