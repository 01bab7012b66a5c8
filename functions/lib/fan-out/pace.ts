/** How a delivery rate is kept: what each part of the fan-out is set to. */
export interface Pace {
    /** Deliverers that run at a time. */
    readonly workers: number;
    /** Posts per second of one deliverer; the sum over all is the delivery rate. */
    readonly workerRate: number;
    /** Connections in one message of the delivery queue. */
    readonly chunkSize: number;
    /** Connections of an audience that the notifier posts to itself. */
    readonly directAudience: number;
}

/** What one deliverer posts per second with ease: a tenth of what a whole CPU could sign and send. */
const WORKER_RATE = 2_000;
/** An event source mapping knows no fewer. */
const MIN_WORKERS = 2;
/** About as long as a deliverer needs to start from cold, behind its queue. */
const START_SECONDS = 0.4;
/** The work of one chunk: long against a queue's round trip, short against a time-out. */
const CHUNK_SECONDS = 0.125;
const MIN_CHUNK = 25;
/** A bucket holds half a second's worth, as the account's own does: so a share of the rate takes the same share of the burst. */
const BURST_SECONDS = 0.5;

/** @param deliveryRate posts per second, over all deliverers. */
export function paceFor(deliveryRate: number): Pace {
    const workers = Math.max(MIN_WORKERS, Math.ceil(deliveryRate / WORKER_RATE));
    const workerRate = deliveryRate / workers;
    return {
        workers,
        workerRate,
        chunkSize: Math.max(MIN_CHUNK, Math.round(workerRate * CHUNK_SECONDS)),
        directAudience: Math.max(MIN_CHUNK, Math.round(deliveryRate * START_SECONDS)),
    };
}

/** How many posts a bucket of this rate lets pass at once. */
export function burstOf(ratePerSecond: number): number {
    return Math.max(1, ratePerSecond * BURST_SECONDS);
}
