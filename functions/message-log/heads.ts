import { retry } from "../runtime/retry";
import { epochSeconds } from "./rows";
import type { Head } from "./rows";
import type { LogTable } from "./log-table";
import { LogContentionError } from "./log-contention-error";

/**
 * A head lives at least this long from when somebody was told of it. Connections end after 2 hours, and clients may
 * carry their positions over to the next one: this is how long a page may be away from a channel on which nothing is
 * published, and be sure that it missed nothing.
 */
const KEPT_SECONDS = 2 * 24 * 60 * 60;
/** A head that a subscriber is told of has this much left, so that of a channel's subscribers one a day writes. */
const MIN_LEFT_SECONDS = 24 * 60 * 60;
/** The clocks of two functions are never so far apart: to all of them, a head that was ended has expired. */
const CLOCKS_APART_SECONDS = 60;
const ATTEMPTS = 10;

/**
 * Opens and ends channels' logs. To open one is to find its head, or to start an epoch where there is none, or none
 * that has not expired.
 */
export class Heads {
    constructor(
        private readonly table: LogTable,
        private readonly clock: () => number,
        private readonly newId: () => string,
    ) {}

    async forPublisher(channel: string): Promise<Head> {
        return this.open(channel, 0);
    }

    /** The epoch that a subscriber is told goes on while it is connected, although nobody may publish. */
    async forSubscriber(channel: string): Promise<Head> {
        return this.open(channel, MIN_LEFT_SECONDS);
    }

    /**
     * Ends the epoch: whoever opens the log next starts another one. Always reads, since no earlier look can tell that
     * nobody has opened the log again: functions learn of a namespace's new settings at different times.
     */
    async end(channel: string): Promise<void> {
        await this.untilUnmoved(channel, () => this.tryEnd(channel));
    }

    private async open(channel: string, minLeftSeconds: number): Promise<Head> {
        return this.untilUnmoved(channel, () => this.tryOpen(channel, minLeftSeconds));
    }

    /** An attempt that answers `undefined` has found that somebody else moved the head meanwhile: it is made again. */
    private async untilUnmoved<T>(channel: string, attempt: () => Promise<T | undefined>): Promise<T> {
        const done = await retry({ attempts: ATTEMPTS, mayChange: (outcome) => outcome === undefined }, attempt);
        if (done === undefined) {
            throw new LogContentionError(channel, ATTEMPTS);
        }
        return done;
    }

    private async tryOpen(channel: string, minLeftSeconds: number): Promise<Head | undefined> {
        const current = await this.table.head(channel);
        const now = epochSeconds(this.clock());
        if (current !== undefined && current.expiresAt > now + minLeftSeconds) {
            return current;
        }
        const alive = current !== undefined && current.expiresAt > now;
        const next = { ...(alive ? current : { epoch: this.newId(), offset: 0 }), expiresAt: now + KEPT_SECONDS };
        return (await this.table.replaceHead(channel, current, next)) ? next : undefined;
    }

    /**
     * The head stays, expired, until it is replaced or TTL deletes it. Without the condition, the end could take the
     * place of a newer head, and undo numbers that were given.
     */
    private async tryEnd(channel: string): Promise<"ended" | undefined> {
        const current = await this.table.head(channel);
        const expiresAt = epochSeconds(this.clock()) - CLOCKS_APART_SECONDS;
        if (current === undefined || current.expiresAt <= expiresAt) {
            return "ended";
        }
        return (await this.table.replaceHead(channel, current, { ...current, expiresAt })) ? "ended" : undefined;
    }
}
