import type { Backoff } from "../runtime/backoff";
import { fullJitterMs } from "../runtime/backoff";
import type { DeadLetters } from "./dead-letters";
import type { FramePoster } from "../transports/transport";
import type { DeliveryQueue } from "./delivery-queue";
import type { PostingDeps, Unreached } from "../posting/posting-run";
import { postToAll } from "../posting/posting-run";
import type { Chunk } from "./task";
import { toChunks } from "./task";

/** What became of a chunk: each of its connections is counted once. */
export interface ChunkReport {
    readonly delivered: number;
    /** Connections that turned out to be gone. */
    readonly stale: number;
    /** Connections that are tried again later. */
    readonly queued: number;
    /** Connections that the message waits for in the dead-letter queue. */
    readonly failed: number;
}

/** When to stop trying. */
export interface RetryLimits {
    readonly maxAttempts: number;
    /** Since the message was published, in seconds. */
    readonly maxAgeSeconds: number;
}

export interface ChunkDeliveryDeps extends PostingDeps {
    readonly transport: FramePoster;
    readonly queue: DeliveryQueue;
    readonly deadLetters: Pick<DeadLetters, "undelivered">;
    readonly limits: RetryLimits;
    /** Connections in one chunk. */
    readonly chunkSize: number;
}

/**
 * Posts to the connections of a chunk. What may succeed later goes back to the queue, what never will to the dead
 * letters, and both are stored when this resolves.
 *
 * @throws when that is not so. Then the whole chunk must be delivered again: some get it twice, none never.
 */
export type DeliverChunk = (chunk: Chunk) => Promise<ChunkReport>;

/** Far below the deliverer's own time-out, which would deliver the chunk again as a whole. */
const TIME_BUDGET_MS = 10_000;
/** Between attempts, in the queue: it delays a message by 15 minutes at most. */
const QUEUE_BACKOFF: Backoff = { baseMs: 1_000, capMs: 120_000 };

export function createChunkDelivery(deps: ChunkDeliveryDeps): DeliverChunk {
    return async (chunk) => {
        const { push, recipients } = chunk;
        const until = deps.clock() + TIME_BUDGET_MS;
        const frame = deps.transport.prepare(push.frame);
        const { delivered, stale, unreached } = await postToAll(deps, recipients, push.channel, frame, until);
        const { later, never, gone } = sortOut(deps, chunk, unreached);
        if (later.length > 0) {
            // Before the chunk at hand is deleted: a crash in between repeats posts, and loses none.
            const again = { push, attempt: chunk.attempt + 1 };
            await deps.queue.send(toChunks(again, later, deps.chunkSize), delaySeconds(deps, chunk, later));
        }
        if (never.length > 0) {
            await giveUp(deps, chunk, never);
        }
        return { delivered, stale: stale + gone, queued: later.length, failed: never.length };
    };
}

interface Fates {
    readonly later: Unreached[];
    readonly never: Unreached[];
    gone: number;
}

function sortOut(deps: ChunkDeliveryDeps, chunk: Chunk, unreached: readonly Unreached[]): Fates {
    const fates: Fates = { later: [], never: [], gone: 0 };
    const isLast =
        chunk.attempt >= deps.limits.maxAttempts ||
        deps.clock() - chunk.push.publishedAt >= deps.limits.maxAgeSeconds * 1_000;
    for (const connection of unreached) {
        if (connection.cause === "refused") {
            fates.never.push(connection);
        } else if (!isLast) {
            fates.later.push(connection);
        } else if (connection.cause === "fresh") {
            // The gateway does not know it. Its row stays: it may be about to live, and TTL takes it if not.
            fates.gone++;
        } else {
            fates.never.push(connection);
        }
    }
    return fates;
}

/** None for a chunk that the notifier had no requests left for: a deliverer finds some, or waits for them. */
function delaySeconds({ random, patient }: ChunkDeliveryDeps, { attempt }: Chunk, later: readonly Unreached[]): number {
    return !patient && later.some(({ cause }) => cause === "untried" || cause === "throttled")
        ? 0
        : Math.ceil(fullJitterMs(attempt, QUEUE_BACKOFF, random) / 1_000);
}

async function giveUp(
    { deadLetters, log }: ChunkDeliveryDeps,
    { push: { id, channel, frame }, attempt }: Chunk,
    never: readonly Unreached[],
): Promise<void> {
    const some = never.slice(0, 10);
    log.error("A message did not reach all of its audience", { id, channel, attempt, count: never.length, some });
    const connections = never.map(({ connectionId, connectedAt, reason }) => ({ connectionId, connectedAt, reason }));
    await deadLetters.undelivered({ channel, frame, connections });
}
