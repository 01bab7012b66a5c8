import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Recipient } from "../audience";
import { channelPartition } from "../registry-rows";
import type { SortKeys } from "./sort-keys";

export interface AudiencePage {
    readonly recipients: readonly Recipient[];
    /** Rows that were read, with those that have expired. */
    readonly rows: number;
    /** The key of the last row; absent when there are no more. */
    readonly last?: string;
}

/** Reads who is subscribed to a channel, a page at a time, from any place. */
export interface AudienceReader {
    /** @param limit rows to read at most. Without it as many as DynamoDB returns, 1 MB. */
    read(channel: string, keys: SortKeys, limit?: number): Promise<AudiencePage>;
}

/**
 * Reads the channel's partition of the registry, and nothing else: the cost depends on the audience alone. The read is
 * consistent, so that whoever was told "subscribed" before a message was published is found. Rows past `expiresAt` are left
 * out, since TTL deletes them hours or days later.
 */
export class RegistryAudienceReader implements AudienceReader {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly clock: () => number,
    ) {}

    async read(channel: string, { from, to, after }: SortKeys, limit?: number): Promise<AudiencePage> {
        const pk = channelPartition(channel);
        const page = await this.documents.send(new QueryCommand({
            TableName: this.table,
            KeyConditionExpression: "pk = :channel AND sk BETWEEN :from AND :to",
            FilterExpression: "expiresAt > :now",
            ExpressionAttributeValues: { ":channel": pk, ":from": from, ":to": to, ":now": Math.floor(this.clock() / 1000) },
            ProjectionExpression: "connectionId, connectedAt",
            ConsistentRead: true,
            Limit: limit,
            ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
        }));
        const recipients = (page.Items ?? []).map(toRecipient);
        // Not the page's length: a page whose rows are all expired is empty, and the next one may not be.
        const last: unknown = page.LastEvaluatedKey?.["sk"];
        return { recipients, rows: page.ScannedCount ?? recipients.length, ...(typeof last === "string" ? { last } : {}) };
    }
}

function toRecipient(row: Readonly<Record<string, unknown>>): Recipient {
    return { connectionId: String(row["connectionId"]), connectedAt: Number(row["connectedAt"]) };
}
