import type { JsonObject } from "../../contract/json";
import { isObject } from "../../contract/json";

/** A stream keeps its records so long. */
const STREAM_HOURS = 24;
/** The reason of such letters. */
export const CHANGE_REASON = "unpublished_change";
const BATCH = "DDBStreamBatchInfo";

/**
 * Whether the pipe of a source of table changes wrote it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
 */
export function isTableChangeLetter(letter: JsonObject): boolean {
    return isObject(letter[BATCH]);
}

/** Such a letter has no change in it, only the places in the stream: this says where they are, and until when. */
export function describeTableChange(letter: JsonObject): string {
    const { context } = letter;
    const batch = isObject(letter[BATCH]) ? letter[BATCH] : {};
    const { streamArn, shardId, startSequenceNumber, endSequenceNumber, batchSize } = batch;
    const condition = isObject(context) ? context["condition"] : undefined;
    const first = batch["approximateArrivalOfFirstRecord"];
    const expires = typeof first === "string" ? Date.parse(first) + STREAM_HOURS * 3_600_000 : NaN;
    const until = Number.isFinite(expires) ? ` until ${new Date(expires).toISOString()}` : "";
    return (
        `${String(batchSize)} changes that a pipe gave up (${String(condition)}): they are in the stream${until}, ` +
        `in ${String(streamArn)}, shard ${String(shardId)}, from ${String(startSequenceNumber)} to ` +
        `${String(endSequenceNumber)}; later, the items are in the table as they are then`
    );
}
