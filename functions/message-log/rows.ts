import { createHash } from "node:crypto";
import type { Position } from "../../contract/protocol";
import type { RowExpiry, RowKey } from "../../contract/tables";
import { channelKey } from "../registry/channel-key";

/**
 * Where the messages of a channel lie: `slots` rows, of which the message with offset n takes the one numbered
 * n mod `slots`. So a channel never holds more than its setting allows, and nothing is ever deleted to see to that.
 */
export interface Ring {
    readonly id: string;
    /** The first offset that was put into it. */
    readonly first: number;
    /** One more than messages are kept: the next message takes a slot before it has its number. */
    readonly slots: number;
    /** Epoch seconds. */
    readonly startedAt: number;
}

/** The one row of a channel that says which messages there are. Nothing is in the log before it is up to here. */
export interface Head extends Position, RowExpiry {
    /**
     * Digest of the idempotency key of the last message, which has no row of its own yet. Absent before the first
     * one.
     */
    readonly lastKey?: string;
    /** Absent before the first message. */
    readonly ring?: Ring;
}

/** A message in its slot. In the log if, and only if, the head has reached its offset in this ring. */
export interface StoredMessage extends RowExpiry {
    readonly offset: number;
    /** Digest of the idempotency key of the message before it. */
    readonly previous?: string;
    /** The idempotency key. */
    readonly id: string;
    readonly source: string;
    readonly event: string;
    readonly time: string;
    /** JSON text. */
    readonly data: string;
    /** The publisher's, where it gave one. */
    readonly sequence?: string;
    /** Connections that it is not for. Absent where there are none. */
    readonly except?: readonly string[];
}

/** That a key was used, and for which message. */
export type UsedKey = Position & RowExpiry;

export function headKey(channel: string): RowKey {
    return { pk: `channel#${channelKey(channel)}`, sk: "head" };
}

export function slotKey(channel: string, ring: Ring, slot: number): RowKey {
    return { pk: `channel#${channelKey(channel)}`, sk: `message#${ring.id}#${String(slot).padStart(9, "0")}` };
}

/** A partition of its own for each key: a busy channel's keys add nothing to the load of its partition. */
export function usedKeyKey(channel: string, digest: string): RowKey {
    return { pk: `key#${channelKey(channel)}#${digest}`, sk: "key" };
}

/** Keys are the publishers' own and may have any characters; their digests have one length and a harmless alphabet. */
export function keyDigest(idempotencyKey: string): string {
    return createHash("sha256").update(idempotencyKey).digest("base64url");
}

/** A moment as DynamoDB's TTL reads it: whole seconds. */
export function epochSeconds(milliseconds: number): number {
    return Math.floor(milliseconds / 1000);
}
