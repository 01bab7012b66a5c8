import { createHash } from "node:crypto";
import { CONNECTION_LIFETIME_SECONDS } from "../../contract/limits";
import type { RowExpiry, RowKey } from "../../contract/tables";

/** What the registry knows of a connection. Every row of it carries these. */
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
    return `channel#${channel}`;
}

/**
 * When a connection's rows expire, in epoch **seconds**: TTL ignores milliseconds as a date some 50,000 years away.
 * The gateway ends a connection after 2 hours; its token may end it before.
 */
export function connectionExpiry(connectedAtMs: number, tokenExpiresAt: number): number {
    return Math.min(Math.floor(connectedAtMs / 1000) + CONNECTION_LIFETIME_SECONDS, Math.floor(tokenExpiresAt));
}
