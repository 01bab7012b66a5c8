import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { channelPartition } from "./registry-rows";

/** One connection that is subscribed to a channel. */
export interface Recipient {
    readonly connectionId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
}

/** Reads who is subscribed to a channel, page by page. */
export interface Audience {
    of(channel: string): AsyncIterable<readonly Recipient[]>;
}

/**
 * Reads the channel's partition of the registry, and nothing else: the cost depends on the audience alone. The read is
 * consistent, so that whoever was told "subscribed" before a message was published is found. Rows past `expiresAt` are
 * left out, since TTL deletes them hours or days later.
 *
 * @param pageSize rows per call, before expired ones are left out. Defaults to as many as DynamoDB returns, 1 MB.
 */
export class RegistryAudience implements Audience {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly clock: () => number,
        private readonly pageSize?: number,
    ) {}

    async *of(channel: string): AsyncGenerator<readonly Recipient[]> {
        let start: Record<string, unknown> | undefined;
        do {
            const page = await this.documents.send(
                new QueryCommand({
                    TableName: this.table,
                    KeyConditionExpression: "pk = :channel",
                    FilterExpression: "expiresAt > :now",
                    ExpressionAttributeValues: {
                        ":channel": channelPartition(channel),
                        ":now": Math.floor(this.clock() / 1000),
                    },
                    ProjectionExpression: "connectionId, connectedAt",
                    ConsistentRead: true,
                    Limit: this.pageSize,
                    ExclusiveStartKey: start,
                }),
            );
            yield (page.Items ?? []).map(toRecipient);
            // Not the page's length: a page whose rows are all expired is empty, and the next one may not be.
            start = page.LastEvaluatedKey;
        } while (start !== undefined);
    }
}

function toRecipient(row: Readonly<Record<string, unknown>>): Recipient {
    return { connectionId: String(row["connectionId"]), connectedAt: Number(row["connectedAt"]) };
}
