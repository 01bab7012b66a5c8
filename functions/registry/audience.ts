import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { SortKeys } from "./sort-keys";
import { channelPartition } from "./registry-rows";

/** One connection that is subscribed to a channel. */
export interface Recipient {
    readonly connectionId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
}

export interface AudiencePage {
    readonly recipients: readonly Recipient[];
    /** Rows that were read, with those that have expired. */
    readonly rows: number;
    /** The key of the last row; absent when there are no more. */
    readonly last?: string;
}

/** The subscribers of a channel, a page at a time, from any place. */
export interface Audience {
    /** @param limit rows to read at most. */
    read(channel: string, keys: SortKeys, limit: number): Promise<AudiencePage>;
}

/**
 * Reads the channel's partition of the registry, and nothing else: the cost depends on the audience alone. The read is
 * consistent, so that a client that was told "subscribed" before a message was published is found. Rows past
 * `expiresAt` are left out, since TTL deletes them hours or days later.
 */
export class RegistryAudience implements Audience {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly clock: () => number,
    ) {}

    async read(channel: string, { from, to, after }: SortKeys, limit: number): Promise<AudiencePage> {
        const pk = channelPartition(channel);
        const now = Math.floor(this.clock() / 1000);
        const page = await this.documents.send(
            new QueryCommand({
                TableName: this.table,
                KeyConditionExpression: "pk = :channel AND sk BETWEEN :from AND :to",
                FilterExpression: "expiresAt > :now",
                ExpressionAttributeValues: { ":channel": pk, ":from": from, ":to": to, ":now": now },
                ProjectionExpression: "connectionId, connectedAt",
                ConsistentRead: true,
                Limit: limit,
                ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
            }),
        );
        const recipients = (page.Items ?? []).map(toRecipient);
        // Not the page's length: a page whose rows are all expired is empty, and the next one may not be.
        const last: unknown = page.LastEvaluatedKey?.["sk"];
        return {
            recipients,
            rows: page.ScannedCount ?? recipients.length,
            ...(typeof last === "string" ? { last } : {}),
        };
    }
}

function toRecipient(row: Readonly<Record<string, unknown>>): Recipient {
    return { connectionId: String(row["connectionId"]), connectedAt: Number(row["connectedAt"]) };
}
