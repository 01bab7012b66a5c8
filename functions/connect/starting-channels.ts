import type { Position } from "../../contract/protocol";
import { quoted } from "../../contract/json";
import { readPosition } from "../../contract/protocol";
import type { Refusal } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/** A channel that a connection begins with, as its URL names it. */
export interface StartingChannel {
    /** Not checked yet. */
    readonly channel: string;
    /** Where the client has got to: what came after it is replayed. */
    readonly since?: Position;
}

/** Neither a channel nor an epoch contains it, and a URL carries it as it is (RFC 3986 calls it unreserved). */
const SEPARATOR = "~";

/**
 * Reads all values of all `channels` parameters, `orders/@me,orders/42~<epoch>~<offset>`: none where there is no such
 * parameter, or an empty one.
 */
export function startingChannels(values: readonly string[]): Result<readonly StartingChannel[], Refusal> {
    const items = new Set(values.filter((value) => value !== "").flatMap((value) => value.split(",")));
    const channels: StartingChannel[] = [];
    for (const item of items) {
        const channel = parseItem(item);
        if (!channel.ok) {
            return refused({ code: "bad_request", message: channel.reason });
        }
        channels.push(channel.value);
    }
    return accepted(channels);
}

function parseItem(item: string): Result<StartingChannel> {
    const [channel = "", ...position] = item.split(SEPARATOR);
    if (position.length === 0) {
        return accepted({ channel });
    }
    const [epoch, offset, ...more] = position;
    if (offset === undefined || more.length > 0) {
        return refused(`${quoted(item)} is neither a channel nor <channel>~<epoch>~<offset>.`);
    }
    const since = readPosition(epoch, /^\d+$/.test(offset) ? Number(offset) : undefined);
    return since.ok ? accepted({ channel, since: since.value }) : refused(`${quoted(item)}: ${since.reason}`);
}
