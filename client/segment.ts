/**
 * A value as one segment of a channel, for channels that are made of ids: `orders/${encodeSegment(customer)}`. The server
 * does the same with a user's id for `@me`, with claims in rules and with attributes in templates, so that both arrive at
 * one channel, and nothing in an id, be it a slash, is ever taken for more than a part of it.
 *
 * @throws RangeError for an empty value, and for one with half of a surrogate pair, which is no Unicode text: no channel
 *     can stand for either
 */
export function encodeSegment(value: string): string {
    if (value === "") {
        throw new RangeError("An empty value cannot be a segment of a channel");
    }
    if (/\p{Surrogate}/u.test(value)) {
        throw new RangeError("A value with half of a surrogate pair cannot be a segment of a channel");
    }
    // It leaves ! ~ * ' ( ) as they are, which channels do not have, and encodes the colon, which they have.
    return encodeURIComponent(value)
        .replace(/[!~*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll("%3A", ":");
}
