const PLAIN = /^[A-Za-z0-9._:-]+$/;
const ENCODED = /^(?:[A-Za-z0-9._:-]|%[0-9A-F]{2})+$/;
/** With the flag "u" a pair of surrogates is one character, and only a half of one is matched. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const utf8 = new TextEncoder();
/** A byte order mark is a character like any other here: two texts that differ in it differ. */
const fromUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether a text of the channel alphabet stands for itself: nothing in it is encoded, and it is not reserved. */
export function isPlainSegment(text: string): boolean {
    return PLAIN.test(text);
}

/**
 * A value as one segment of a channel: its UTF-8, of which each byte but `A-Z a-z 0-9 . _ : -` is written `%XX`, in
 * upper case. `auth0|64f0` becomes `auth0%7C64f0`. So nothing in a value is ever syntax, be it a slash, a star or an
 * "@", and two values never make the same segment.
 *
 * `undefined` for a value that no segment can stand for: an empty one, and one with half of a surrogate pair, for which
 * UTF-8 has no bytes. (Replaced by U+FFFD, as most encoders do, such values would all be the same.)
 */
export function encodeSegment(value: string): string | undefined {
    if (value === "" || LONE_SURROGATE.test(value)) {
        return undefined;
    }
    return value.replace(/[^A-Za-z0-9._:-]/gu, (character) =>
        Array.from(utf8.encode(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
    );
}

/** The value that a segment stands for; `undefined` for a text that `encodeSegment` makes of no value. */
export function decodeSegment(segment: string): string | undefined {
    if (!ENCODED.test(segment)) {
        return undefined;
    }
    const bytes = segment.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const value = fromUtf8.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    // What was encoded without need, or is no UTF-8, comes back differently.
    return encodeSegment(value) === segment ? value : undefined;
}

/** Encoded, a text may be twelve times as long, and an error is for a log, too. */
const MAX_ADVISED_LENGTH = 40;

/** What to write instead of a text that is no segment, for an error's text; empty where there is nothing better. */
export function segmentAdvice(text: string): string {
    const isOther = text.includes("%") || text.startsWith("@") || text.length > MAX_ADVISED_LENGTH;
    const encoded = isOther ? undefined : encodeSegment(text);
    return encoded === undefined ? "" : `; as a value, ${JSON.stringify(text)} is written ${encoded}`;
}

/**
 * Divides a rule or a template into its segments. A slash between braces belongs to a name, such as the claim
 * `{https://example.com/tenant}`.
 */
export function splitPattern(text: string): readonly string[] {
    return text.split(/\/(?![^{}]*\})/);
}
