import { AwsError } from "../../aws/aws-error";
import { optionalString, optionalStructures } from "../../edge/json-input";
import type { JsonInput } from "../../edge/json-service";

const MAX_ENTRIES = 10;

/**
 * Answers a batch request entry by entry: one that fails does not touch the others.
 *
 * @param entryType what AWS calls the entries in the text of EmptyBatchRequest
 * @param judge the success result of one entry, without its id; throws an `AwsError` for a failed one
 * @param validate may reject the batch as a whole
 * @throws AwsError EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId, BatchEntryIdsNotDistinct
 */
export function answerBatch(
    input: JsonInput,
    entryType: string,
    judge: (entry: JsonInput) => object,
    validate: (entries: readonly JsonInput[]) => void = () => undefined,
): unknown {
    const entries = optionalStructures(input, "Entries") ?? [];
    requireDistinct(entries, entryType);
    validate(entries);
    const successful: unknown[] = [];
    const failed: unknown[] = [];
    for (const entry of entries) {
        const id = optionalString(entry, "Id");
        try {
            successful.push({ Id: id, ...judge(entry) });
        } catch (error) {
            if (!(error instanceof AwsError)) {
                throw error;
            }
            failed.push({ Id: id, Code: error.code, Message: error.message, SenderFault: true });
        }
    }
    return { Successful: successful, Failed: failed };
}

function requireDistinct(entries: readonly JsonInput[], entryType: string): void {
    if (entries.length === 0) {
        throw new AwsError("EmptyBatchRequest", `There should be at least one ${entryType} in the request.`);
    }
    if (entries.length > MAX_ENTRIES) {
        throw new AwsError(
            "TooManyEntriesInBatchRequest",
            `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
        );
    }
    const seen = new Set<string>();
    for (const entry of entries) {
        const id = optionalString(entry, "Id") ?? "";
        if (!/^[\w-]{1,80}$/.test(id)) {
            throw new AwsError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. " +
                    "It can be at most 80 letters long.",
            );
        }
        if (seen.has(id)) {
            throw new AwsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
        }
        seen.add(id);
    }
}
