import type { History, Recovery } from "./history";
import type { Position } from "../../contract/protocol";
import { ReplayInterruptedError } from "./history";
import { positionedFrame, skipFrame } from "../wire/server-frames";
import type { Heads } from "./heads";
import type { LogTable } from "./log-table";
import { reaches, slotRanges } from "./ring";
import type { Head, Ring, StoredMessage } from "./rows";
import { epochSeconds, idDigest } from "./rows";

/** Pages that are read, and found whole, before anybody is told that everything is there. One has up to 1 MB. */
const EAGER_PAGES = 2;

/** A recovery from a log, which always stands somewhere. */
export interface LogRecovery extends Recovery {
    readonly position: Position;
    readonly missed: AsyncIterable<string>;
}

/** Reads missed messages back from the log. The first 2 MB are there at once, the rest is read as it is taken. */
export class TableHistory implements History {
    constructor(
        private readonly table: LogTable,
        private readonly heads: Heads,
        private readonly clock: () => number,
    ) {}

    /** To be asked only after the subscription is stored, so that nothing falls between replay and live messages. */
    async since(channel: string, position: Position | undefined, connectionId: string): Promise<LogRecovery> {
        const head = await this.heads.forSubscriber(channel);
        const current: Position = { epoch: head.epoch, offset: head.offset };
        if (position === undefined || !reaches(head, position)) {
            return { recovered: false, position: current, missed: none() };
        }
        if (head.ring === undefined || position.offset === head.offset) {
            return { recovered: true, position: current, missed: none() };
        }
        const pages = this.framesAfter(channel, position.offset, head, head.ring, connectionId);
        try {
            // And what comes after them: a last page vouches for the message before it.
            const first = await take(pages, EAGER_PAGES + 1);
            return { recovered: true, position: current, missed: flatten(first, pages) };
        } catch (error) {
            if (error instanceof ReplayInterruptedError) {
                return { recovered: false, position: current, missed: none() };
            }
            throw error;
        }
    }

    /**
     * Each message names the id of the one before it, and the head names the last one's. A message is given out once
     * the one after it has vouched for it, so that what comes out is what was committed, and all of it.
     */
    private async *framesAfter(
        channel: string,
        after: number,
        head: Head,
        ring: Ring,
        connectionId: string,
    ): AsyncGenerator<readonly string[]> {
        const now = epochSeconds(this.clock());
        let offset = after;
        let unconfirmed: StoredMessage | undefined;
        for (const range of slotRanges(ring, after + 1, head.offset)) {
            for await (const page of this.table.messages(channel, ring, range)) {
                const frames: string[] = [];
                for (const message of page) {
                    if (
                        message.offset !== offset + 1 ||
                        message.expiresAt <= now ||
                        !follows(message.previous, unconfirmed)
                    ) {
                        throw new ReplayInterruptedError(channel, offset + 1);
                    }
                    offset++;
                    frames.push(...frameOf(channel, head, unconfirmed, connectionId));
                    unconfirmed = message;
                }
                yield frames;
            }
        }
        if (offset !== head.offset || !follows(head.lastId, unconfirmed)) {
            throw new ReplayInterruptedError(channel, offset + 1);
        }
        yield frameOf(channel, head, unconfirmed, connectionId);
    }
}

function follows(previous: string | undefined, message: StoredMessage | undefined): boolean {
    return message === undefined || previous === idDigest(message.id);
}

function frameOf(
    channel: string,
    { epoch }: Head,
    message: StoredMessage | undefined,
    connectionId: string,
): readonly string[] {
    if (message === undefined) {
        return [];
    }
    if (message.except?.includes(connectionId) === true) {
        return [skipFrame(channel, { epoch, offset: message.offset })];
    }
    return [positionedFrame(message.body, { epoch, offset: message.offset })];
}

async function take<T>(pages: AsyncGenerator<readonly T[]>, count: number): Promise<readonly T[]> {
    const taken: T[] = [];
    for (let page = 0; page < count; page++) {
        const next = await pages.next();
        if (next.done === true) {
            break;
        }
        taken.push(...next.value);
    }
    return taken;
}

async function* flatten<T>(first: readonly T[], rest: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
    yield* first;
    for await (const page of rest) {
        yield* page;
    }
}

async function* none(): AsyncGenerator<never> {
    // Nothing was missed, or nothing can be had.
}
