import { createHash } from "node:crypto";
import type { Position } from "../../contract/protocol";
import type { LogEntry } from "./history";
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
     * Digest of the id of the last message, which has no row of its own yet. Absent before the first
     * one.
     */
    readonly lastId?: string;
    /** Absent before the first message. */
    readonly ring?: Ring;
}

/** A message in its slot. In the log if, and only if, the head has reached its offset in this ring. */
export interface StoredMessage extends LogEntry, RowExpiry {
    readonly offset: number;
    /** Digest of the id of the message before it. */
    readonly previous?: string;
}

/** That an id was used, and for which message. */
export type UsedId = Position & RowExpiry;

export function headKey(channel: string): RowKey {
    return { pk: `channel#${channelKey(channel)}`, sk: "head" };
}

export function slotKey(channel: string, ring: Ring, slot: number): RowKey {
    return { pk: `channel#${channelKey(channel)}`, sk: `message#${ring.id}#${String(slot).padStart(9, "0")}` };
}

/** A partition of its own for each id: a busy channel's ids add nothing to the load of its partition. */
export function usedIdKey(channel: string, digest: string): RowKey {
    return { pk: `id#${channelKey(channel)}#${digest}`, sk: "id" };
}

/** Ids are the publishers' own and may have any characters; their digests have one length and a harmless alphabet. */
export function idDigest(id: string): string {
    return createHash("sha256").update(id).digest("base64url");
}

/** A moment as DynamoDB's TTL reads it: whole seconds. */
export function epochSeconds(milliseconds: number): number {
    return Math.floor(milliseconds / 1000);
}
