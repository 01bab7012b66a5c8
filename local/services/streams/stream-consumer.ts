import type { Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { StreamCursor, StreamPosition, StreamRecord, TableStreams } from "./table-streams";
import type { Pace } from "../../time/pace";
import { messageOf } from "../../aws/message-of";

/** How a pipe or an event source mapping reads a stream. The defaults are AWS's. */
export interface StreamPolicy {
    readonly startingPosition: "TRIM_HORIZON" | "LATEST";
    /** 1 to 10,000. */
    readonly batchSize: number;
    /** 0 to 300: how long to wait for a batch to fill. */
    readonly windowSeconds: number;
    /** -1 tries again until the record leaves the stream, which blocks everything behind it for a day. */
    readonly maximumRetryAttempts: number;
    /** -1 for the 24 hours that a record stays in the stream. */
    readonly maximumRecordAgeSeconds: number;
    /** Whether a failed batch is halved, to get at the record that fails. */
    readonly bisect: boolean;
}

export type BatchOutcome =
    | { readonly ok: true }
    | {
          readonly ok: false;
          readonly reason: string;
          /** Index of the first record that failed; those before it are done. Defaults to 0. */
          readonly failedAt?: number;
      };

/** Records given up on. */
export interface DiscardedBatch {
    readonly shardId: string;
    readonly records: readonly StreamRecord[];
    readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
    /** How often the records were tried. */
    readonly attempts: number;
}

export interface StreamConsumerOptions {
    /** For the log: `pipe orders-pipe`. */
    readonly label: string;
    readonly streamArn: string;
    readonly principal: Principal;
    readonly policy: StreamPolicy;
    readonly wanted: (record: StreamRecord) => boolean;
    readonly handle: (records: readonly StreamRecord[]) => Promise<BatchOutcome>;
    readonly discard: (batch: DiscardedBatch) => void;
}

export interface StreamConsumerDependencies {
    readonly streams: TableStreams;
    readonly clock: () => number;
    readonly pace: Pace;
    readonly log: (line: string) => void;
}

interface Batch {
    readonly records: readonly StreamRecord[];
    readonly attempts: number;
    /** Milliseconds of back-off at AWS's pace. */
    readonly paused: number;
}

const RETENTION_SECONDS = 86_400;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Reads a stream in order and hands its records over in batches. A batch that fails is tried again, halved, and in the
 * end given up, before any later record is handed over; so a record that always fails holds up its stream only as long
 * as the policy allows.
 */
export class StreamConsumer {
    private readonly ending = new AbortController();
    private running: Promise<void> | undefined;
    private position: StreamPosition;
    private shardId = "";

    constructor(
        private readonly options: StreamConsumerOptions,
        private readonly dependencies: StreamConsumerDependencies,
        from?: StreamPosition,
    ) {
        this.position = from ?? { type: options.policy.startingPosition };
    }

    /** Where a successor has to begin. */
    get checkpoint(): StreamPosition {
        return this.position;
    }

    /** Opens the stream at once, so that nothing written after this is missed. Throws an `AwsError` if it cannot. */
    start(): void {
        this.running ??= this.run(this.open());
    }

    /** Hands nothing over any more, and lets go of the batch that is being handled. */
    stop(): void {
        this.ending.abort();
    }

    /** Stops, and waits for the batch that is being handled. */
    async close(): Promise<void> {
        this.stop();
        await this.running;
    }

    private open(): StreamCursor {
        return this.dependencies.streams.open(this.options.streamArn, this.position, this.options.principal);
    }

    private async run(opened: StreamCursor): Promise<void> {
        let cursor: StreamCursor | undefined = opened;
        let failures = 0;
        while (!this.ending.signal.aborted) {
            try {
                cursor ??= this.open();
                if (cursor.ended) {
                    return;
                }
                await this.step(cursor);
                failures = 0;
            } catch (error) {
                this.dependencies.log(`${this.options.label} cannot read its stream: ${messageOf(error)}`);
                if (error instanceof AwsError && error.code === "TrimmedDataAccessException") {
                    this.position = { type: "TRIM_HORIZON" };
                    cursor = undefined;
                }
                await this.dependencies.pace.wait(pauseAfter(failures), this.ending.signal);
                failures += 1;
            }
        }
    }

    private async step(cursor: StreamCursor): Promise<void> {
        this.shardId = cursor.shardId;
        const records = await this.nextRecords(cursor);
        const last = records.at(-1);
        if (last === undefined) {
            return;
        }
        const wanted = records.filter(this.options.wanted);
        if (wanted.length > 0) {
            await this.process(wanted);
        }
        if (!this.ending.signal.aborted) {
            this.position = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.dynamodb.SequenceNumber };
        }
    }

    private async nextRecords(cursor: StreamCursor): Promise<readonly StreamRecord[]> {
        const { batchSize, windowSeconds } = this.options.policy;
        await cursor.wait(this.ending.signal);
        const records = [...cursor.read(batchSize)];
        if (records.length === 0 || windowSeconds === 0) {
            return records;
        }
        const full = new AbortController();
        const window = new AbortController();
        const stop = AbortSignal.any([this.ending.signal, full.signal]);
        void this.dependencies.pace.wait(windowSeconds * 1_000, stop).then(() => {
            window.abort();
        });
        while (records.length < batchSize && !window.signal.aborted && !cursor.ended) {
            await cursor.wait(window.signal);
            records.push(...cursor.read(batchSize - records.length));
        }
        full.abort();
        return records;
    }

    private async process(records: readonly StreamRecord[]): Promise<void> {
        const pending: Batch[] = [{ records, attempts: 0, paused: 0 }];
        for (let batch = pending.shift(); batch !== undefined && !this.ending.signal.aborted; batch = pending.shift()) {
            const fresh = this.withoutStale(batch);
            if (fresh.records.length > 0) {
                pending.unshift(...(await this.attempt(fresh)));
            }
        }
    }

    /** Tries a batch once; returns what of it is to be tried again, in order. */
    private async attempt(batch: Batch): Promise<readonly Batch[]> {
        const { policy, label, handle, discard } = this.options;
        const outcome = await handle(batch.records).catch((error: unknown): BatchOutcome => ({
            ok: false,
            reason: messageOf(error),
        }));
        if (outcome.ok || this.ending.signal.aborted) {
            return [];
        }
        const records = batch.records.slice(outcome.failedAt ?? 0);
        this.dependencies.log(
            `${label}: ${records.length} of ${batch.records.length} records failed: ${outcome.reason}`,
        );
        if (policy.bisect && records.length > 1) {
            // Halving does not count as a retry: the one bad record at its end gets all of its attempts.
            const middle = Math.ceil(records.length / 2);
            return [
                { ...batch, records: records.slice(0, middle) },
                { ...batch, records: records.slice(middle) },
            ];
        }
        const attempts = batch.attempts + 1;
        if (policy.maximumRetryAttempts >= 0 && attempts > policy.maximumRetryAttempts) {
            discard({ shardId: this.shardId, records, condition: "RetryAttemptsExhausted", attempts });
            return [];
        }
        const pause = pauseAfter(batch.attempts);
        await this.dependencies.pace.wait(pause, this.ending.signal);
        return [{ records, attempts, paused: batch.paused + pause }];
    }

    private withoutStale(batch: Batch): Batch {
        const limit = this.options.policy.maximumRecordAgeSeconds;
        const maximum = (limit < 0 ? RETENTION_SECONDS : limit) * 1_000;
        const now = this.dependencies.clock();
        const isStale = (record: StreamRecord): boolean =>
            Math.max(now - record.dynamodb.ApproximateCreationDateTime * 1_000, batch.paused) > maximum;
        const stale = batch.records.filter(isStale);
        if (stale.length === 0) {
            return batch;
        }
        this.options.discard({
            shardId: this.shardId,
            records: stale,
            condition: "RecordAgeExceeded",
            attempts: batch.attempts,
        });
        return { ...batch, records: batch.records.filter((record) => !isStale(record)) };
    }
}

/** Where discarded records are in their stream: dead letters say this, not what the records hold. */
export function batchInfo(streamArn: string, { shardId, records }: DiscardedBatch): unknown {
    const first = records[0]?.dynamodb;
    const last = records.at(-1)?.dynamodb;
    return {
        shardId,
        startSequenceNumber: first?.SequenceNumber,
        endSequenceNumber: last?.SequenceNumber,
        approximateArrivalOfFirstRecord: arrival(first?.ApproximateCreationDateTime),
        approximateArrivalOfLastRecord: arrival(last?.ApproximateCreationDateTime),
        batchSize: records.length,
        streamArn,
    };
}

function arrival(seconds = 0): string {
    return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}

function pauseAfter(failures: number): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
}
