import { createHash } from "node:crypto";

/** What a key holds of a channel as it is: a table's keys end at 2,048 bytes, and a connection's row lists its channels. */
const MAX_KEY_LENGTH = 256;
const READABLE_LENGTH = 200;

/**
 * A channel as part of a key: itself, or, where it is long, its beginning and a digest of the whole. "~" is of no
 * channel, so that the one form never is the other's. A key is its own key.
 */
export function channelKey(channel: string): string {
    if (channel.length <= MAX_KEY_LENGTH) {
        return channel;
    }
    return `${channel.slice(0, READABLE_LENGTH)}~${createHash("sha256").update(channel).digest("base64url")}`;
}
