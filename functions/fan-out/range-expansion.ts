import type { Audience, AudiencePage, Recipient } from "../registry/audience";
import type { Backoff, Random, Sleep } from "../runtime/backoff";
import { fullJitterMs } from "../runtime/backoff";
import { jitter, retry, settled } from "../runtime/retry";
import type { Log } from "../runtime/log";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import { skipOf } from "../deliveries/push";
import type { SortKeys } from "../registry/sort-keys";
import type { Chunk, RangeTask } from "../deliveries/task";
import { separate, toChunks } from "../deliveries/task";

export interface RangeExpansionDeps {
    readonly audience: Audience;
    readonly queue: DeliveryQueue;
    readonly clock: () => number;
    readonly sleep: Sleep;
    readonly random: Random;
    readonly log: Log;
    /** Connections in one chunk. */
    readonly chunkSize: number;
    /** How often a range that cannot be read is put back. */
    readonly maxAttempts: number;
    /** How long one run reads, in milliseconds: well below the function's time-out. */
    readonly budgetMs: number;
}

/**
 * Reads a part of an audience and queues it in chunks. Whatever cannot be read now, because DynamoDB throttles or time
 * is up, is queued as a smaller range: no run has to be long enough for the audience, and rows that were read are not
 * read again.
 *
 * @returns the connections that the message was queued for. Those of a range that was put back are not among them.
 * @throws when the queue did not take something, or the range could not be read in many attempts.
 */
export type ExpandRange = (task: RangeTask) => Promise<number>;

/** Small pages make the first chunks early. */
const PAGE_ROWS = 500;
const READ_ATTEMPTS = 6;
const READ_BACKOFF: Backoff = { baseMs: 50, capMs: 2_000 };
const QUEUE_BACKOFF: Backoff = { baseMs: 2_000, capMs: 60_000 };

export function createRangeExpansion(deps: RangeExpansionDeps): ExpandRange {
    return async (task) => {
        const until = deps.clock() + deps.budgetMs;
        const first = { push: task.push, attempt: 1 };
        const except = new Set(task.except);
        let keys: SortKeys | undefined = task.keys;
        let pending: readonly Recipient[] = [];
        let queued = 0;
        while (keys !== undefined) {
            if (deps.clock() >= until) {
                await deps.queue.send([...toChunks(first, pending, deps.chunkSize), { ...task, keys }], 0);
                return queued + pending.length;
            }
            const page = await readPersistently(deps, task, keys);
            if (page === undefined) {
                await deps.queue.send(toChunks(first, pending, deps.chunkSize), 0);
                await putBack(deps, { ...task, keys });
                return queued + pending.length;
            }
            const { recipients, excepted } = separate(page.recipients, except);
            pending = [...pending, ...recipients];
            const full = page.last === undefined ? pending.length : pending.length - (pending.length % deps.chunkSize);
            const chunks = toChunks(first, pending.slice(0, full), deps.chunkSize);
            await deps.queue.send([...chunks, ...skipChunks(deps, task, excepted)], 0);
            queued += full;
            pending = pending.slice(full);
            keys = page.last === undefined ? undefined : { ...keys, after: page.last };
        }
        return queued;
    };
}

function skipChunks(
    { chunkSize }: RangeExpansionDeps,
    { push }: RangeTask,
    excepted: readonly Recipient[],
): readonly Chunk[] {
    const skip = skipOf(push);
    return skip === undefined ? [] : toChunks({ push: skip, attempt: 1 }, excepted, chunkSize);
}

async function readPersistently(
    { audience, log, ...waiting }: RangeExpansionDeps,
    { push: { channel, id } }: RangeTask,
    keys: SortKeys,
): Promise<AudiencePage | undefined> {
    const page = await retry(
        { attempts: READ_ATTEMPTS, pause: jitter(READ_BACKOFF, waiting), mayChange: ({ ok }) => !ok },
        () => settled(audience.read(channel, keys, PAGE_ROWS)),
    );
    if (page.ok) {
        return page.value;
    }
    log.warn("A part of an audience could not be read for now", { channel, id, keys, error: page.reason });
    return undefined;
}

/** Thrown when a range was put back as often as may be; the queue then gives up on it, too. */
export class UnreadableAudienceError extends Error {
    override readonly name = "UnreadableAudienceError";
    readonly code = "unreadable_audience";
}

async function putBack({ queue, random, maxAttempts }: RangeExpansionDeps, task: RangeTask): Promise<void> {
    if (task.attempt >= maxAttempts) {
        const {
            push: { channel },
            attempt,
        } = task;
        throw new UnreadableAudienceError(`The audience of ${channel} could not be read in ${attempt} runs.`);
    }
    const delaySeconds = Math.ceil(fullJitterMs(task.attempt, QUEUE_BACKOFF, random) / 1_000);
    await queue.send([{ ...task, attempt: task.attempt + 1 }], delaySeconds);
}
