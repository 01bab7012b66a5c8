import type { Recipient } from "../registry/audience";
import type { Position } from "../../contract/protocol";
import type { JsonObject } from "../../contract/json";
import { isObject, jsonText } from "../../contract/json";
import { readPosition } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/** A channel of which a connection may have missed something. */
export interface MissedChannel {
    readonly channel: string;
    /** Up to where the client has everything; absent where there is no history, or no position was given. */
    readonly since?: Position;
}

/** The replay that a connection waits for: it gave positions in its URL, or its `subscribe` was not replayed whole. */
export interface ReplayTask {
    readonly kind: "replay";
    readonly connection: Recipient;
    readonly channels: readonly MissedChannel[];
    /** 1 for the first time that it is tried. */
    readonly attempt: number;
    /** When it was asked for, or last got on, in epoch milliseconds: its age counts from here. */
    readonly askedAt: number;
}

/** The task as JSON: at most some 6 KB, since all of it came in a URL or a frame. */
export function serializeReplay(task: ReplayTask): string {
    return jsonText(task);
}

/** Reads a task, or says why it is none. Members that it does not know are ignored. */
export function readReplay({ connection, channels, attempt, askedAt }: JsonObject): Result<ReplayTask> {
    const { connectionId, connectedAt } = isObject(connection) ? connection : {};
    if (typeof connectionId !== "string" || connectionId === "" || typeof connectedAt !== "number") {
        return refused("A replay is for a connection, with the time it connected; this one is not.");
    }
    const missed = (Array.isArray(channels) ? channels : []).map(readMissed);
    if (missed.length === 0 || !missed.every((channel) => channel !== undefined)) {
        return refused("A replay lists one or more channels, each with a position or none; this one does not.");
    }
    if (!isCount(attempt) || !isCount(askedAt)) {
        return refused("A replay has an attempt and a time; this one does not.");
    }
    return accepted({ kind: "replay", connection: { connectionId, connectedAt }, channels: missed, attempt, askedAt });
}

function readMissed(item: unknown): MissedChannel | undefined {
    const { channel, since } = isObject(item) ? item : {};
    if (typeof channel !== "string" || channel === "") {
        return undefined;
    }
    if (since === undefined) {
        return { channel };
    }
    const position = isObject(since) ? readPosition(since["epoch"], since["offset"]) : undefined;
    return position?.ok === true ? { channel, since: position.value } : undefined;
}

function isCount(value: unknown): value is number {
    return Number.isSafeInteger(value) && Number(value) >= 1;
}
