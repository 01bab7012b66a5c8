import type { Backoff, Random } from "../backoff";
import { fullJitterMs } from "../backoff";
import type { DeadLetters } from "../dead-letters";
import type { Recipient } from "../audience";
import { createPayload } from "../sigv4";
import type { DeliveryQueue } from "./delivery-queue";
import type { RoundDeps, Unreached } from "./posting-round";
import { postRound } from "./posting-round";
import type { Chunk } from "./task";

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

export interface ChunkDeliveryDeps extends RoundDeps {
    readonly queue: DeliveryQueue;
    readonly deadLetters: Pick<DeadLetters, "undelivered">;
    readonly random: Random;
    readonly limits: RetryLimits;
}

/**
 * Posts to the connections of a chunk. What may succeed later goes back to the queue, what never will to the dead letters,
 * and both are stored when this resolves.
 *
 * @throws when that is not so. Then the whole chunk must be delivered again: some get it twice, none never.
 */
export type DeliverChunk = (chunk: Chunk) => Promise<ChunkReport>;

/** Failures here and there are tried again at once, so often; what is left goes back to the queue. */
const ROUNDS = 3;
const ROUND_BACKOFF: Backoff = { baseMs: 20, capMs: 200 };
/** More than this share of failures is no accident. */
const ISOLATED_SHARE = 0.2;
/** Far below the deliverer's own time-out, which would deliver the chunk again as a whole. */
const TIME_BUDGET_MS = 20_000;
/** Between attempts, in the queue: it delays a message by 15 minutes at most. */
const QUEUE_BACKOFF: Backoff = { baseMs: 1_000, capMs: 120_000 };

export function createChunkDelivery(deps: ChunkDeliveryDeps): DeliverChunk {
    return async (chunk) => {
        const { delivered, stale, unreached } = await postInRounds(deps, chunk);
        const { later, never, gone } = sortOut(deps, chunk, unreached);
        if (later.length > 0) {
            // Before the chunk at hand is deleted: a crash in between repeats posts, and loses none.
            await deps.queue.send([{ ...chunk, attempt: chunk.attempt + 1, recipients: later.map(toRecipient) }], delaySeconds(deps, chunk));
        }
        if (never.length > 0) {
            deps.log.error("A message did not reach all of its audience", {
                id: chunk.push.id, channel: chunk.push.channel, attempt: chunk.attempt, count: never.length, connections: never.slice(0, 10),
            });
            await deps.deadLetters.undelivered({
                channel: chunk.push.channel,
                frame: chunk.push.frame,
                connections: never.map(({ cause: _, ...connection }) => connection),
            });
        }
        return { delivered, stale: stale + gone, queued: later.length, failed: never.length };
    };
}

interface Rounds {
    delivered: number;
    stale: number;
    readonly unreached: Unreached[];
}

async function postInRounds(deps: ChunkDeliveryDeps, { push, recipients }: Chunk): Promise<Rounds> {
    const until = deps.clock() + TIME_BUDGET_MS;
    const payload = createPayload(push.frame);
    const total: Rounds = { delivered: 0, stale: 0, unreached: [] };
    let pending: readonly Recipient[] = recipients;
    for (let round = 1; ; round++) {
        const result = await postRound(deps, pending, push.channel, payload, until);
        total.delivered += result.delivered;
        total.stale += result.stale;
        // A fresh connection needs seconds, and one that does not answer would only be waited for again.
        const soon = result.unreached.filter(({ cause }) => cause === "throttled" || cause === "unavailable");
        const isolated = soon.length <= Math.max(1, recipients.length * ISOLATED_SHARE);
        if (soon.length === 0 || round === ROUNDS || !isolated || result.storm) {
            total.unreached.push(...result.unreached);
            return total;
        }
        total.unreached.push(...result.unreached.filter((connection) => !soon.includes(connection)));
        pending = soon.map(toRecipient);
        await deps.sleep(fullJitterMs(round, ROUND_BACKOFF, deps.random));
    }
}

interface Fates {
    readonly later: Unreached[];
    readonly never: Unreached[];
    gone: number;
}

function sortOut(deps: ChunkDeliveryDeps, chunk: Chunk, unreached: readonly Unreached[]): Fates {
    const fates: Fates = { later: [], never: [], gone: 0 };
    const isLast = chunk.attempt >= deps.limits.maxAttempts ||
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

function delaySeconds({ random }: ChunkDeliveryDeps, { attempt }: Chunk): number {
    return Math.ceil(fullJitterMs(attempt, QUEUE_BACKOFF, random) / 1_000);
}

function toRecipient({ connectionId, connectedAt }: Recipient): Recipient {
    return { connectionId, connectedAt };
}
