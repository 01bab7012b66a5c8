/** How a delivery rate is kept: the settings of each part of the fan-out. */
export interface Pace {
    /** Deliverers that run at a time. */
    readonly workers: number;
    /**
     * Posts per second of one deliverer. All deliverers together have the part of the delivery rate that notifiers
     * leave.
     */
    readonly workerRate: number;
    /** Connections in one message of the delivery queue. */
    readonly chunkSize: number;
    /** Messages that a deliverer works on at a time. */
    readonly batchSize: number;
    /** Connections of an audience that the notifier posts to itself, at most, and all notifiers together at once. */
    readonly directAudience: number;
}

/**
 * A tenth of what one whole CPU signs and sends, so that a deliverer makes up for time lost. And at the 10,000 of an
 * account there are five of them: more than that an event source mapping starts only step by step.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const WORKER_RATE = 2_000;
/** An event source mapping knows no fewer. */
const MIN_WORKERS = 2;
/** So small that deliverers finish together: none has more than a tenth of a second's work in hand, … */
const CHUNK_SECONDS = 0.025;
/** … and so many that the last answers to one are waited for while others are on their way. */
const BATCH_SIZE = 4;
const MIN_CHUNK = 25;
/**
 * What the delivery rate lets through in this time, notifiers post faster than anybody could start to: a queue and a
 * function that is started from cold take a third of it.
 */
const DIRECT_SECONDS = 0.9;
/** How long it takes, once they have, until they may post as much again, … */
const DIRECT_REFILL_SECONDS = 18;
export const DIRECT_REFILL_MS = DIRECT_REFILL_SECONDS * 1_000;
/** … and the part that deliverers give up for it, so that all together stay below the delivery rate. */
const NOTIFIERS_SHARE = DIRECT_SECONDS / DIRECT_REFILL_SECONDS;
/**
 * For the time between two batches. With what notifiers post this makes one second's worth at once; of a rate up to
 * half the account's, that is not more than the account's own bucket holds.
 */
const BURST_SECONDS = 0.1;

/** @param deliveryRate posts per second, over all notifiers and deliverers. */
export function paceFor(deliveryRate: number): Pace {
    const workers = Math.max(MIN_WORKERS, Math.ceil(deliveryRate / WORKER_RATE));
    const workerRate = Math.max(1, Math.floor((deliveryRate * (1 - NOTIFIERS_SHARE)) / workers));
    return {
        workers,
        workerRate,
        chunkSize: Math.max(MIN_CHUNK, Math.round(workerRate * CHUNK_SECONDS)),
        batchSize: BATCH_SIZE,
        directAudience: Math.max(MIN_CHUNK, Math.floor(deliveryRate * DIRECT_SECONDS)),
    };
}

/** How many posts a deliverer of this rate may make at once. */
export function burstOf(workerRate: number): number {
    return Math.max(1, workerRate * BURST_SECONDS);
}
