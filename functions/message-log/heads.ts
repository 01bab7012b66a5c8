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
const ATTEMPTS = 10;

/** Opens channels' logs: finds the head, or starts an epoch where there is none, or none that has not expired. */
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

    private async open(channel: string, minLeftSeconds: number): Promise<Head> {
        const head = await retry({ attempts: ATTEMPTS, mayChange: (opened) => opened === undefined }, () =>
            this.tryOpen(channel, minLeftSeconds),
        );
        if (head === undefined) {
            throw new LogContentionError(channel, ATTEMPTS);
        }
        return head;
    }

    /** `undefined`: somebody else has moved the head meanwhile. */
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
}
