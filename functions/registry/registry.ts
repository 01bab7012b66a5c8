import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Waiting } from "../runtime/retry";
import { BatchWriter } from "./batch-write";
import { channelKey } from "./channel-key";
import type { Connection } from "./registry-rows";
import { connectionKey, subscriptionKey } from "./registry-rows";

/** `limit`: the connection has as many channels as it may. `gone`: the connection is not registered (any more). */
export type SubscribeOutcome = "subscribed" | "limit" | "gone";

/** What `$connect` does to the registry. */
export interface NewConnections {
    /** Stores a connection with the channels that it begins with. */
    add(connection: Connection, channels: readonly string[]): Promise<void>;
}

/** What `$disconnect`, and a post that finds a connection gone, do to the registry. */
export interface EndedConnections {
    /**
     * Removes all rows of a connection, by key. Does nothing for a connection that is not there, so that it may run
     * twice, late, or for an id that never was.
     *
     * @param foundOn a channel on which a row of the connection was seen: removed even if the connection does not list
     *     it.
     */
    remove(connectionId: string, foundOn?: string): Promise<void>;
}

/** The changes that a client's subscribe and unsubscribe make to the registry. */
export interface Subscriptions {
    /**
     * Subscribing again to the same channel changes nothing, and is possible at the limit too.
     *
     * @param limit channels per connection.
     */
    subscribe(connection: Connection, channel: string, limit: number): Promise<SubscribeOutcome>;
    unsubscribe(connectionId: string, channel: string): Promise<void>;
}

/**
 * The registry's rows: one per connection, which lists its channels (long ones by their keys), and one per subscription, in its channel's
 * partition. Subscribing lists the channel first, on the condition that the connection is there, and disconnecting
 * deletes the connection first. So of a subscribe that races a disconnect at most the one subscription row is left, for
 * TTL or the next 410 to take.
 */
export class ConnectionRegistry implements NewConnections, EndedConnections, Subscriptions {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly batches: BatchWriter,
    ) {}

    async add(connection: Connection, channels: readonly string[]): Promise<void> {
        const distinct = new Set(channels.map(channelKey));
        await this.batches.put([
            // DynamoDB knows no empty set: a connection without channels has no such attribute.
            {
                ...connectionKey(connection.connectionId),
                ...connection,
                ...(distinct.size > 0 ? { channels: distinct } : {}),
            },
            ...[...distinct].map((channel) => ({
                ...subscriptionKey(channel, connection.connectionId),
                ...connection,
            })),
        ]);
    }

    async remove(connectionId: string, foundOn?: string): Promise<void> {
        const { Attributes } = await this.documents.send(
            new DeleteCommand({
                TableName: this.table,
                Key: connectionKey(connectionId),
                ReturnValues: "ALL_OLD",
            }),
        );
        const channels = new Set(listedChannels(Attributes));
        if (foundOn !== undefined) {
            channels.add(foundOn);
        }
        await this.batches.delete([...channels].map((channel) => subscriptionKey(channel, connectionId)));
    }

    async subscribe(connection: Connection, channel: string, limit: number): Promise<SubscribeOutcome> {
        const outcome = await this.listChannel(connection.connectionId, channel, limit);
        if (outcome === "subscribed") {
            const row = { ...subscriptionKey(channel, connection.connectionId), ...connection };
            await this.documents.send(new PutCommand({ TableName: this.table, Item: row }));
        }
        return outcome;
    }

    async unsubscribe(connectionId: string, channel: string): Promise<void> {
        await this.documents.send(
            new DeleteCommand({ TableName: this.table, Key: subscriptionKey(channel, connectionId) }),
        );
        await this.update({
            TableName: this.table,
            Key: connectionKey(connectionId),
            UpdateExpression: "DELETE channels :channel",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeValues: { ":channel": new Set([channelKey(channel)]) },
        });
    }

    private async listChannel(connectionId: string, channel: string, limit: number): Promise<SubscribeOutcome> {
        const outcome = await this.update({
            TableName: this.table,
            Key: connectionKey(connectionId),
            UpdateExpression: "ADD channels :channels",
            ConditionExpression:
                "attribute_exists(pk) AND " +
                "(attribute_not_exists(channels) OR size(channels) < :limit OR contains(channels, :channel))",
            ExpressionAttributeValues: {
                ":channels": new Set([channelKey(channel)]),
                ":channel": channelKey(channel),
                ":limit": limit,
            },
        });
        switch (outcome) {
            case "updated":
                return "subscribed";
            case "refused":
                return "limit";
            case "absent":
                return "gone";
        }
    }

    /** Whether the update's condition held; if not, whether there was an item at all. */
    private async update(input: UpdateCommandInput): Promise<"updated" | "refused" | "absent"> {
        try {
            await this.documents.send(new UpdateCommand({ ...input, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
            return "updated";
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return error.Item === undefined ? "absent" : "refused";
            }
            throw error;
        }
    }
}

/** The registry in a table, as functions use it. */
export function openRegistry(documents: DynamoDBDocumentClient, table: string, waiting: Waiting): ConnectionRegistry {
    return new ConnectionRegistry(documents, table, new BatchWriter(documents, table, waiting));
}

function listedChannels(row: Readonly<Record<string, unknown>> | undefined): readonly string[] {
    const channels = row?.["channels"];
    return channels instanceof Set ? [...channels].filter((channel) => typeof channel === "string") : [];
}
