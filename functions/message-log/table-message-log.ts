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
import { epochSeconds, idDigest } from "./rows";

/**
 * An id is remembered this long after its message: what may still try a message again must find it. An event waits up
 * to 24 hours in EventBridge and 6 in Lambda, then 14 days in the dead-letter queue, and after a redrive may go
 * through the first two once more: 16.5 days.
 */
export const ID_SECONDS = 21 * 24 * 60 * 60;

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
     * Of one id, every call answers with the same position, whether earlier ones ended well or in the middle.
     *
     * @throws LogContentionError when others were faster 60 times, over some 10 seconds. Whatever else DynamoDB
     *     throws is thrown on. Either way the call may be repeated, and should.
     */
    async append(channel: string, entry: LogEntry, settings: HistorySettings): Promise<Appended> {
        const appended = await retry(
            { attempts: ATTEMPTS, pause: jitter(BACKOFF, this.deps), mayChange: (outcome) => !isAppended(outcome) },
            () => this.tryAppend(channel, entry, settings).catch(throttledOrThrow),
        );
        if (isAppended(appended)) {
            return appended;
        }
        throw new LogContentionError(channel, ATTEMPTS, { cause: appended });
    }

    /** 1 read unit, and 1 write unit where there was a log. Whatever it throws, the call may be repeated, and should. */
    async end(channel: string): Promise<void> {
        await this.deps.heads.end(channel);
    }

    /** `undefined`: others have moved the head meanwhile. */
    private async tryAppend(
        channel: string,
        entry: LogEntry,
        settings: HistorySettings,
    ): Promise<Appended | undefined> {
        const { table, heads, clock, newId } = this.deps;
        const head = await heads.forPublisher(channel);
        const now = epochSeconds(clock());
        // After the head: an id that is used between the two reads has an offset beyond this head, whose slot is taken.
        const used = await this.positionOf(channel, entry.id, head, now);
        if (used !== undefined) {
            // Beyond the head: it was numbered since the head was read, and only a newer head knows where it lies.
            return used.offset > head.offset
                ? undefined
                : { position: used, entry: await this.storedEntry(channel, entry, used, head), repeated: true };
        }
        const ring = ringAfter(head, settings, now, newId);
        const message = toStored(entry, head, now + Math.floor(settings.ttlSeconds));
        const [occupant] = await Promise.all([
            table.propose(channel, ring, message),
            this.rememberLastId(channel, head, now),
        ]);
        const standing = occupant ?? message;
        if (standing.offset !== message.offset) {
            return undefined;
        }
        const committed = await table.replaceHead(channel, head, {
            epoch: head.epoch,
            offset: message.offset,
            lastId: idDigest(standing.id),
            ring,
            expiresAt: now + Math.max(ID_SECONDS, Math.floor(settings.ttlSeconds)),
        });
        return committed && standing.id === message.id
            ? {
                  position: positionAt(head.epoch, message.offset),
                  entry: toEntry(standing),
                  repeated: occupant !== undefined,
              }
            : undefined;
    }

    /**
     * Where the log has the id. A new epoch knows nothing of the one before: what it does not hold, nobody was told
     * in it.
     */
    private async positionOf(channel: string, id: string, head: Head, now: number): Promise<Position | undefined> {
        const digest = idDigest(id);
        if (head.lastId === digest) {
            return positionAt(head.epoch, head.offset);
        }
        const used = await this.deps.table.usedId(channel, digest);
        return used !== undefined && used.epoch === head.epoch && used.expiresAt > now
            ? positionAt(used.epoch, used.offset)
            : undefined;
    }

    /**
     * The head has room for one id: before it moves on, that of its message gets a row. Writing it twice changes
     * nothing.
     */
    private async rememberLastId(channel: string, { epoch, offset, lastId }: Head, now: number): Promise<void> {
        if (lastId !== undefined) {
            await this.deps.table.putUsedId(channel, lastId, { epoch, offset, expiresAt: now + ID_SECONDS });
        }
    }

    /**
     * A publisher may use one id for two different messages: subscribers are told of the first, as replays tell it.
     */
    private async storedEntry(channel: string, entry: LogEntry, { offset }: Position, head: Head): Promise<LogEntry> {
        if (head.ring === undefined || offset < oldestOffset(head, head.ring)) {
            return entry;
        }
        const stored = await this.deps.table.messageInSlotOf(channel, head.ring, offset);
        return stored?.offset === offset && stored.id === entry.id ? toEntry(stored) : entry;
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

function toStored({ id, body, except }: LogEntry, head: Head, expiresAt: number): StoredMessage {
    return {
        offset: head.offset + 1,
        ...(head.lastId === undefined ? {} : { previous: head.lastId }),
        id,
        body,
        ...(except === undefined ? {} : { except }),
        expiresAt,
    };
}

function toEntry({ id, body, except }: StoredMessage): LogEntry {
    return { id, body, ...(except === undefined ? {} : { except }) };
}

/** A position and nothing else, since all members of a position go into frames. */
function positionAt(epoch: string, offset: number): Position {
    return { epoch, offset };
}
