import { randomUUID } from "node:crypto";
import { REGION } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import type { ItemChange } from "../../database/engine";
import { itemSize, sameItem } from "../../database/item";
import type { StreamPosition, StreamRecord, StreamViewType } from "./table-streams";

const RETENTION_MS = 24 * 3600_000;

export interface StreamLogOptions {
    readonly arn: string;
    readonly label: string;
    readonly tableName: string;
    readonly keyNames: readonly string[];
    readonly viewType: StreamViewType;
    readonly clock: () => number;
    /** Older records are dropped beyond this number, though AWS would keep them for 24 hours. */
    readonly maxRecords: number;
}

/** The records of one stream, in memory. Positions count all records ever written, from 0. */
export class StreamLog {
    readonly arn: string;
    readonly label: string;
    readonly tableName: string;
    readonly keyNames: readonly string[];
    readonly viewType: StreamViewType;
    /** Epoch milliseconds. */
    readonly createdAt: number;
    readonly shardId: string;
    #disabledAt: number | undefined;
    #records: StreamRecord[] = [];
    /** The position of `#records[0]`. */
    #base = 0;
    /** The position of the oldest record still kept. */
    #oldest = 0;
    #waiting: (() => void)[] = [];

    constructor(private readonly options: StreamLogOptions) {
        this.arn = options.arn;
        this.label = options.label;
        this.tableName = options.tableName;
        this.keyNames = options.keyNames;
        this.viewType = options.viewType;
        this.createdAt = options.clock();
        this.shardId = `shardId-${String(this.createdAt).padStart(20, "0")}-${randomUUID().slice(0, 8)}`;
    }

    /** Where the oldest record is that can still be read. */
    get oldest(): number {
        this.#trim();
        return this.#oldest;
    }

    /** Where the next record will be. */
    get next(): number {
        return this.#base + this.#records.length;
    }

    /** Epoch milliseconds; undefined while the stream takes records. */
    get disabledAt(): number | undefined {
        return this.#disabledAt;
    }

    /** Whether nothing of it can be read any more. */
    get expired(): boolean {
        return this.#disabledAt !== undefined && this.options.clock() - this.#disabledAt > RETENTION_MS;
    }

    /** Records a change, unless it changed nothing. */
    append(change: ItemChange, userIdentity?: StreamRecord["userIdentity"]): void {
        const { oldImage, newImage, key } = change;
        const image = newImage ?? oldImage;
        if (image === undefined || (oldImage !== undefined && newImage !== undefined && sameItem(oldImage, newImage))) {
            return;
        }
        const withOld = this.viewType === "OLD_IMAGE" || this.viewType === "NEW_AND_OLD_IMAGES";
        const withNew = this.viewType === "NEW_IMAGE" || this.viewType === "NEW_AND_OLD_IMAGES";
        const images = {
            ...(withNew && newImage !== undefined ? { NewImage: newImage } : {}),
            ...(withOld && oldImage !== undefined ? { OldImage: oldImage } : {}),
        };
        this.#records.push({
            eventID: randomUUID().replaceAll("-", ""),
            eventName: oldImage === undefined ? "INSERT" : newImage === undefined ? "REMOVE" : "MODIFY",
            eventVersion: "1.1",
            eventSource: "aws:dynamodb",
            awsRegion: REGION,
            dynamodb: {
                ApproximateCreationDateTime: Math.floor(this.options.clock() / 1000),
                Keys: key,
                ...images,
                SequenceNumber: sequenceNumber(this.next),
                SizeBytes: Object.values(images).reduce((size, each) => size + itemSize(each), itemSize(key)),
                StreamViewType: this.viewType,
            },
            ...(userIdentity === undefined ? {} : { userIdentity }),
            eventSourceARN: this.arn,
        });
        this.#trim();
        this.#wake();
    }

    /** Up to `limit` records from the position on. Throws TrimmedDataAccessException for a position no longer kept. */
    read(position: number, limit: number): readonly StreamRecord[] {
        this.#trim();
        if (position < this.#oldest) {
            throw trimmed();
        }
        return this.#records.slice(position - this.#base, position - this.#base + limit);
    }

    /** Where a reader begins. Throws an `AwsError` for a sequence number that is not one, or is no longer kept. */
    positionOf(start: StreamPosition): number {
        switch (start.type) {
            case "TRIM_HORIZON":
                return this.oldest;
            case "LATEST":
                return this.next;
            case "AT_SEQUENCE_NUMBER":
            case "AFTER_SEQUENCE_NUMBER": {
                const at = positionOfSequenceNumber(start.sequenceNumber);
                if (at === undefined || at >= this.next) {
                    const text = `Invalid SequenceNumber ${start.sequenceNumber} for shard ${this.shardId}`;
                    throw new AwsError("ValidationException", text);
                }
                const position = start.type === "AT_SEQUENCE_NUMBER" ? at : at + 1;
                if (position < this.oldest) {
                    throw trimmed();
                }
                return position;
            }
        }
    }

    /** Ends the stream: it takes no more records, and what it has can be read for 24 hours. */
    disable(): void {
        this.#disabledAt = this.options.clock();
        this.#wake();
    }

    /** Resolves once there is a record at the position, the stream has ended, or `signal` aborts. */
    async wait(position: number, signal?: AbortSignal): Promise<void> {
        while (this.next <= position && this.#disabledAt === undefined && signal?.aborted !== true) {
            await new Promise<void>((resolve) => {
                const wake = (): void => {
                    signal?.removeEventListener("abort", stop);
                    resolve();
                };
                const stop = (): void => {
                    this.#waiting = this.#waiting.filter((waiting) => waiting !== wake);
                    resolve();
                };
                this.#waiting.push(wake);
                signal?.addEventListener("abort", stop, { once: true });
            });
        }
    }

    #wake(): void {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const wake of waiting) {
            wake();
        }
    }

    #trim(): void {
        this.#oldest = Math.max(this.#oldest, this.next - this.options.maxRecords);
        const horizon = (this.options.clock() - RETENTION_MS) / 1000;
        for (;;) {
            const record = this.#records[this.#oldest - this.#base];
            if (record === undefined || record.dynamodb.ApproximateCreationDateTime >= horizon) {
                break;
            }
            this.#oldest += 1;
        }
        const dropped = this.#oldest - this.#base;
        // Cutting the array costs its length, so it is cut by halves.
        if (dropped > 1000 && dropped * 2 > this.#records.length) {
            this.#records = this.#records.slice(dropped);
            this.#base = this.#oldest;
        }
    }
}

/** 21 digits, as AWS's, so that they compare as strings as they do as numbers. */
export function sequenceNumber(position: number): string {
    return `1${String(position).padStart(20, "0")}`;
}

function positionOfSequenceNumber(text: string): number | undefined {
    return /^1\d{20}$/.test(text) ? Number(text.slice(1)) : undefined;
}

function trimmed(): AwsError {
    const text = "The operation attempted to read past the oldest stream record in a shard.";
    return new AwsError("TrimmedDataAccessException", text);
}
