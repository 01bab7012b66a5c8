import { randomUUID } from "node:crypto";
import { ACCOUNT_ID, REGION } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import type { EventEnvelope } from "./input";

const MAX_ENTRIES = 10;
/** Since 2026; 256 KB before that. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_ENTRY_BYTES = 1_048_576;

/** An entry of PutEvents. What AWS checks entry by entry may be missing here. */
export interface PutEventsEntry {
    readonly source?: string;
    readonly detailType?: string;
    /** JSON text of an object. */
    readonly detail?: string;
    /** Name or ARN. Defaults to `default`. */
    readonly eventBusName?: string;
    readonly resources?: readonly string[];
    /** Epoch seconds. Defaults to now. */
    readonly time?: number;
}

export type PutEventsResult =
    { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** @throws AwsError ValidationException for what AWS rejects as a whole: the number of entries, or their size. */
export function validateEntries(entries: readonly PutEventsEntry[]): void {
    if (entries.length === 0 || entries.length > MAX_ENTRIES) {
        const bound = entries.length === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_ENTRIES}`;
        throw new AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: " +
                `Member must have length ${bound}`,
        );
    }
    if (entries.some((entry) => entryBytes(entry) > MAX_ENTRY_BYTES)) {
        throw new AwsError("ValidationException", "Total size of the entries in the request is over the limit.");
    }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function entryBytes({ time, source = "", detailType = "", detail = "", resources = [] }: PutEventsEntry): number {
    const texts = [source, detailType, detail, ...resources];
    return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), time === undefined ? 0 : 14);
}

/** The event that the entry describes, or why AWS rejects this one entry. */
export function toEvent(
    entry: PutEventsEntry,
    now: number,
): EventEnvelope | Extract<PutEventsResult, { ErrorCode: string }> {
    const { source = "", detailType = "", detail = "" } = entry;
    for (const [name, value] of [
        ["Source", source],
        ["DetailType", detailType],
        ["Detail", detail],
    ] as const) {
        if (value === "") {
            return {
                ErrorCode: "InvalidArgument",
                ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
            };
        }
    }
    if (source.startsWith("aws.")) {
        return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
    }
    const parsed = parseDetail(detail);
    if (parsed === undefined) {
        return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    }
    return {
        version: "0",
        id: randomUUID(),
        "detail-type": detailType,
        source,
        account: ACCOUNT_ID,
        time: new Date(entry.time === undefined ? now : entry.time * 1_000).toISOString().replace(/\.\d+Z$/, "Z"),
        region: REGION,
        resources: entry.resources ?? [],
        detail: parsed,
    };
}

function parseDetail(detail: string): object | undefined {
    try {
        const parsed: unknown = JSON.parse(detail);
        return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
    } catch {
        return undefined;
    }
}
