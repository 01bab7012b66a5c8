import type { Audience, AudiencePage, Recipient } from "../functions/registry/audience";
import type { SortKeys } from "../functions/registry/sort-keys";
import type { EndedConnections } from "../functions/registry/registry";
import type { Dice } from "./dice";
import type { Peers } from "./gateway";
import type { Processor } from "./processor";
import type { VirtualTime } from "./virtual-time";

/** A page is 1 MB, and a row of the registry some 150 bytes. */
const ROWS_PER_PAGE = 7_000;
/** What reading takes on average: a call, each row of it at DynamoDB, and each row of it in the function's CPU. */
export const CALL_MS = { least: 4, mean: 3 };
const ROW_MS = 0.006;
const ROW_CPU_MS = 0.005;
const PREFIXES = 256;

export class ThrottledReadError extends Error {
    override readonly name = "ProvisionedThroughputExceededException";
}

/** Rows of one channel, from `start` on. */
interface ChannelRows {
    readonly start: number;
    readonly count: number;
}

/** The subscribers of some channels, equally many to each, and the messages that each has received. */
export class CountedConnections implements Peers, EndedConnections {
    readonly received: Uint8Array;
    readonly pruned = new Set<number>();
    lastReceivedAt = 0;

    /** @param gone those that have left without their rows being removed. */
    constructor(
        private readonly clock: () => number,
        readonly count: number,
        private readonly connectedAt: number,
        private readonly gone: (index: number) => boolean,
        private readonly channels = 1,
    ) {
        this.received = new Uint8Array(count);
    }

    /** Whether there is still somebody at the other end; if so, the message has arrived. */
    deliver(connectionId: string): boolean {
        const index = indexOf(connectionId);
        if (this.gone(index)) {
            return false;
        }
        this.received[index] = Math.min(255, (this.received[index] ?? 0) + 1);
        this.lastReceivedAt = this.clock();
        return true;
    }

    async remove(connectionId: string): Promise<void> {
        this.pruned.add(indexOf(connectionId));
    }

    /** Rows from `start` on, before `end`. */
    slice(start: number, end: number): readonly Recipient[] {
        const recipients: Recipient[] = [];
        for (let index = start; index < end; index++) {
            recipients.push({ connectionId: idOf(index), connectedAt: this.connectedAt });
        }
        return recipients;
    }

    /** @param channel named by `channelName`. */
    rowsOf(channel: string): ChannelRows {
        const count = this.count / this.channels;
        return { start: Number(channel.split("/")[1]) * count, count };
    }
}

export function channelName(index: number): string {
    return `news/${index}`;
}

/** DynamoDB, as one function sees it: rows are spread evenly over the sort keys, as their hashes spread them. */
export class ModelAudience implements Audience {
    constructor(
        private readonly connections: CountedConnections,
        private readonly time: VirtualTime,
        private readonly processor: Processor,
        private readonly dice: Dice,
        private readonly throttleProbability: number,
    ) {}

    async read(channel: string, { from, to, after }: SortKeys, limit: number): Promise<AudiencePage> {
        const channelRows = this.connections.rowsOf(channel);
        const start = after === undefined ? placeOf(from, channelRows) : placeOf(after, channelRows) + 1;
        const last = placeOf(to, channelRows);
        const end = Math.min(last, start + Math.min(limit, ROWS_PER_PAGE));
        const rows = Math.max(0, end - start);
        await this.time.sleep(this.dice.delay(CALL_MS.least, CALL_MS.mean) + rows * ROW_MS);
        if (this.dice.hits(this.throttleProbability)) {
            throw new ThrottledReadError("The level of configured provisioned throughput for the table was exceeded.");
        }
        await this.time.sleep(this.processor.work(rows * ROW_CPU_MS));
        // Where the limit is met exactly at the end, DynamoDB does not know yet that there is nothing more.
        const isOpen = end < last || (rows > 0 && rows === limit);
        const recipients = this.connections.slice(start, end);
        return { recipients, rows, ...(isOpen ? { last: keyOf(end - 1, channelRows) } : {}) };
    }
}

/** The place of the first row whose sort key is not before this one. */
function placeOf(key: string, { start, count }: ChannelRows): number {
    const [prefix = "", id] = key.split("#");
    if (id !== undefined) {
        return indexOf(id);
    }
    return start + (prefix === "g" ? count : Math.ceil((Number.parseInt(prefix, 16) * count) / PREFIXES));
}

function keyOf(index: number, { start, count }: ChannelRows): string {
    return `${Math.floor(((index - start) * PREFIXES) / count)
        .toString(16)
        .padStart(2, "0")}#${idOf(index)}`;
}

/** As long as API Gateway's, which are base64. */
function idOf(index: number): string {
    return `${index.toString(36).padStart(15, "0")}=`;
}

function indexOf(id: string): number {
    return Number.parseInt(id.slice(0, -1), 36);
}
