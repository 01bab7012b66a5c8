import { createHash } from "node:crypto";
import type { RowExpiry, RowKey } from "../../contract/tables";
import type { Caller } from "../transports/transport";
import { channelKey } from "./channel-key";

/** The facts about a connection that each of its rows carries. */
export interface Connection extends RowExpiry {
    readonly connectionId: string;
    readonly userId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
}

export function connectionKey(connectionId: string): RowKey {
    return { pk: `connection#${connectionId}`, sk: "connection" };
}

/**
 * Known from channel and connection alone, so that a row is deleted without being searched for. The hash makes the sort
 * keys of a channel uniform: a large audience can be read in parallel ranges of them.
 */
export function subscriptionKey(channel: string, connectionId: string): RowKey {
    const hash = createHash("sha256").update(connectionId).digest("hex").slice(0, 2);
    return { pk: channelPartition(channel), sk: `${hash}#${connectionId}` };
}

export function channelPartition(channel: string): string {
    return `channel#${channelKey(channel)}`;
}

/**
 * A caller as the registry keeps it, until the transport or its token ends the connection. In epoch **seconds**: TTL
 * ignores milliseconds as a date some 50,000 years away.
 */
export function connectionOf({ connectionId, connectedAt, endsAt, subscriber }: Caller): Connection {
    const expiresAt = Math.min(Math.floor(endsAt / 1_000), Math.floor(subscriber.expiresAt));
    return { connectionId, userId: subscriber.userId, connectedAt, expiresAt };
}
