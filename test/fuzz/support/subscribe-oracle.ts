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
    if (isOwn && !isPlain(userId)) {
        return { code: "forbidden" };
    }
    const segments = isOwn ? [asked[0] ?? "", "@user", userId] : asked;
    return isChannel(segments) ? { channel: segments.join("/") } : { code: "bad_request" };
}

/** Whether the text is a channel at all, by the words of docs/architecture.md. */
export function isChannel(segments: readonly string[]): boolean {
    if (segments.join("/").length > 256 || segments.length > 16 || !segments.every(isSegment)) {
        return false;
    }
    if (segments.every(isPlain)) {
        return true;
    }
    const [namespace = "", word, user = ""] = segments;
    const isForAll = segments.length === 2 && word === "@all";
    const isForOne = segments.length === 3 && word === "@user" && isPlain(user);
    return isPlain(namespace) && (isForAll || isForOne);
}

export function isPlain(segment: string): boolean {
    return isSegment(segment) && segment[0] !== "@";
}

const ALPHABET = new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-");

function isSegment(text: string): boolean {
    return text !== "" && Array.from(text).every((character) => ALPHABET.has(character));
}

function isOpen(segments: readonly string[], { userId, claims }: Subscriber): boolean {
    const [namespace, first = "", second = "", third = ""] = segments;
    if (namespace === "orders") {
        if (first === "@all") {
            return equals(claims["role"], "staff");
        }
        return first === "@user" ? second === userId : segments.length === 3 && equals(claims["sub"], first);
    }
    if (namespace !== "chat" || !isPlain(first)) {
        return false;
    }
    const isTenants = equals(claims["https://example.com/tenant"], first) && equals(claims["group"], third);
    return segments.length === 2 || (segments.length === 4 && isTenants);
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
