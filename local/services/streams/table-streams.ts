import type { Principal } from "../../aws/authorization";
import type { Item } from "../../database/item";

export type StreamViewType = "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";

/** A change of one item, in the shape in which Lambda functions and pipes receive it. */
export interface StreamRecord {
    /** 32 hexadecimal digits, unique over all streams. */
    readonly eventID: string;
    readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
    readonly eventVersion: "1.1";
    readonly eventSource: "aws:dynamodb";
    readonly awsRegion: string;
    readonly dynamodb: StreamChange;
    /** Only on a deletion by TTL. */
    readonly userIdentity?: { readonly type: "Service"; readonly principalId: "dynamodb.amazonaws.com" };
    readonly eventSourceARN: string;
}

export interface StreamChange {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    /** Decimal digits of one length: later records have greater ones, also when compared as strings. */
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
}

/** Where a reader begins: the oldest record still kept, only records to come, or at or after a known record. */
export type StreamPosition =
    | { readonly type: "TRIM_HORIZON" | "LATEST" }
    | { readonly type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER"; readonly sequenceNumber: string };

/** One reader's place in a stream. A stream has one shard, so a cursor sees every record, in the order written. */
export interface StreamCursor {
    readonly streamArn: string;
    /** As DescribeStream names the shard. */
    readonly shardId: string;
    /**
     * The next records, up to `limit` (AWS's GetRecords gives 1,000 at most), and moves past them; empty when there is
     * none yet. Records are shared with other readers: do not change them. Throws an `AwsError`: AccessDeniedException,
     * or TrimmedDataAccessException when the buffer no longer has the next record (24 hours, or its size bound).
     */
    read(limit: number): readonly StreamRecord[];
    /** Resolves once `read` would give something, the stream has ended, or `signal` aborts. Never rejects. */
    wait(signal?: AbortSignal): Promise<void>;
    /** True once the stream was disabled or its table deleted, and everything in it has been read. */
    readonly ended: boolean;
}

/** How event source mappings and pipes read tables' streams, without polling. */
export interface TableStreams {
    /**
     * Judges DescribeStream, GetShardIterator and, on each `read`, GetRecords for the principal. Throws an `AwsError`:
     * ResourceNotFoundException for an unknown stream, AccessDeniedException.
     */
    open(streamArn: string, position: StreamPosition, principal: Principal): StreamCursor;
}
