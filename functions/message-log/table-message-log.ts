import type { Backoff, Random, Sleep } from "../runtime/backoff";
import type { HistorySettings } from "../../contract/namespace";
import type { Position } from "../../contract/protocol";
import { jitter, retry } from "../runtime/retry";
import type { Appended, LogEntry, MessageLog } from "./history";
import type { Heads } from "./heads";
import { LogContentionError } from "./log-contention-error";
import type { LogTable } from "./log-table";
import { oldestOffset, ringAfter } from "./ring";
import type { Head, StoredMessage } from "./rows";
import { epochSeconds, keyDigest } from "./rows";

/**
 * A key is remembered this long after its message: what may still try a message again must find it. An event waits up
 * to 24 hours in EventBridge and 6 in Lambda, then 14 days in the dead-letter queue, and after a redrive may go
 * through the first two once more: 16.5 days.
 */
export const KEY_SECONDS = 21 * 24 * 60 * 60;

const ATTEMPTS = 60;
const BACKOFF: Backoff = { baseMs: 10, capMs: 500 };

const THROTTLED: ReadonlySet<string> = new Set([
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
]);

export interface MessageLogDeps {
    readonly table: LogTable;
    readonly heads: Heads;
    readonly clock: () => number;
    readonly sleep: Sleep;
    readonly random: Random;
    /** A new random text for a ring, of letters, digits, `-` and `_`. */
    readonly newId: () => string;
}

/**
 * Numbers messages in a channel's log, without a transaction: the message is put into the slot of the next offset
 * first, and then the head moves there, which is the moment at which the message is in the log. Whoever finds the
 * slot taken moves the head for the one who was there before. docs/decisions/message-log.md has the argument.
 */
export class TableMessageLog implements MessageLog {
    constructor(private readonly deps: MessageLogDeps) {}

    /**
     * Of one key, every call answers with the same position, whether earlier ones ended well or in the middle.
     *
     * @throws LogContentionError when others were faster 60 times, over some 10 seconds. Whatever else DynamoDB
     *     throws is thrown on. Either way the call may be repeated, and should.
     */
    async append(entry: LogEntry, settings: HistorySettings): Promise<Appended> {
        const appended = await retry(
            { attempts: ATTEMPTS, pause: jitter(BACKOFF, this.deps), mayChange: (outcome) => !isAppended(outcome) },
            () => this.tryAppend(entry, settings).catch(throttledOrThrow),
        );
        if (isAppended(appended)) {
            return appended;
        }
        throw new LogContentionError(entry.channel, ATTEMPTS, { cause: appended });
    }

    /** `undefined`: others have moved the head meanwhile. */
    private async tryAppend(entry: LogEntry, settings: HistorySettings): Promise<Appended | undefined> {
        const { table, heads, clock, newId } = this.deps;
        const { channel } = entry;
        const head = await heads.forPublisher(channel);
        const now = epochSeconds(clock());
        // After the head: a key that is used between the two reads has an offset beyond this head, whose slot is taken.
        const used = await this.positionOf(channel, entry.idempotencyKey, head, now);
        if (used !== undefined) {
            // Beyond the head: it was numbered since the head was read, and only a newer head knows where it lies.
            return used.offset > head.offset
                ? undefined
                : { position: used, entry: await this.storedEntry(entry, used, head), repeated: true };
        }
        const ring = ringAfter(head, settings, now, newId);
        const message = toStored(entry, head, now + Math.floor(settings.ttlSeconds));
        const [occupant] = await Promise.all([
            table.propose(channel, ring, message),
            this.rememberLastKey(channel, head, now),
        ]);
        const standing = occupant ?? message;
        if (standing.offset !== message.offset) {
            return undefined;
        }
        const committed = await table.replaceHead(channel, head, {
            epoch: head.epoch,
            offset: message.offset,
            lastKey: keyDigest(standing.id),
            ring,
            expiresAt: now + Math.max(KEY_SECONDS, Math.floor(settings.ttlSeconds)),
        });
        return committed && standing.id === message.id
            ? {
                  position: positionAt(head.epoch, message.offset),
                  entry: toEntry(channel, standing),
                  repeated: occupant !== undefined,
              }
            : undefined;
    }

    /**
     * Where the log has the key. A new epoch knows nothing of the one before: what it does not hold, nobody was told
     * in it.
     */
    private async positionOf(channel: string, key: string, head: Head, now: number): Promise<Position | undefined> {
        const digest = keyDigest(key);
        if (head.lastKey === digest) {
            return positionAt(head.epoch, head.offset);
        }
        const used = await this.deps.table.usedKey(channel, digest);
        return used !== undefined && used.epoch === head.epoch && used.expiresAt > now
            ? positionAt(used.epoch, used.offset)
            : undefined;
    }

    /**
     * The head has room for one key: before it moves on, that of its message gets a row. Writing it twice changes
     * nothing.
     */
    private async rememberLastKey(channel: string, { epoch, offset, lastKey }: Head, now: number): Promise<void> {
        if (lastKey !== undefined) {
            await this.deps.table.putUsedKey(channel, lastKey, { epoch, offset, expiresAt: now + KEY_SECONDS });
        }
    }

    /**
     * A publisher may use one key for two different messages: subscribers are told of the first, as replays tell it.
     */
    private async storedEntry(entry: LogEntry, { offset }: Position, head: Head): Promise<LogEntry> {
        if (head.ring === undefined || offset < oldestOffset(head, head.ring)) {
            return entry;
        }
        const stored = await this.deps.table.messageInSlotOf(entry.channel, head.ring, offset);
        return stored?.offset === offset && stored.id === entry.idempotencyKey ? toEntry(entry.channel, stored) : entry;
    }
}

function isAppended(outcome: Appended | Error | undefined): outcome is Appended {
    return outcome !== undefined && !(outcome instanceof Error);
}

function throttledOrThrow(error: unknown): Error {
    if (error instanceof Error && THROTTLED.has(error.name)) {
        return error;
    }
    throw error;
}

function toStored(entry: LogEntry, head: Head, expiresAt: number): StoredMessage {
    return {
        offset: head.offset + 1,
        ...(head.lastKey === undefined ? {} : { previous: head.lastKey }),
        id: entry.idempotencyKey,
        source: entry.namespace,
        event: entry.event,
        time: entry.time,
        data: entry.data,
        ...(entry.sequence === undefined ? {} : { sequence: entry.sequence }),
        ...(entry.except === undefined ? {} : { except: entry.except }),
        expiresAt,
    };
}

function toEntry(channel: string, { id, source, event, time, data, sequence, except }: StoredMessage): LogEntry {
    const entry = { channel, idempotencyKey: id, namespace: source, event, time, data };
    return { ...entry, ...(sequence === undefined ? {} : { sequence }), ...(except === undefined ? {} : { except }) };
}

/** A position and nothing else, since all members of a position go into frames. */
function positionAt(epoch: string, offset: number): Position {
    return { epoch, offset };
}
