import { createHash, randomBytes } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Listener } from "./listener";

/** Looks into the connection registry, and puts there what a lost `$disconnect` would leave behind. */
export class RegistryProbe {
    private readonly documents: DynamoDBDocumentClient;

    constructor(
        client: DynamoDBClient,
        private readonly table: string,
    ) {
        this.documents = DynamoDBDocumentClient.from(client);
    }

    async rowsOfUser(userId: string): Promise<number> {
        return this.count("userId = :value", userId);
    }

    /** The rows of a connection, as it would be found after the socket vanished without a `$disconnect`. */
    async putStale(
        channel: string,
        age: { readonly connectedSecondsAgo: number; readonly expired?: boolean },
    ): Promise<string> {
        // The shape of a real id, for a connection that the gateway has never heard of.
        const connectionId = `${randomBytes(11).toString("base64url").slice(0, 15)}=`;
        const now = Date.now();
        const common = {
            connectionId,
            userId: "ghost",
            connectedAt: now - age.connectedSecondsAgo * 1_000,
            expiresAt: Math.floor(now / 1_000) + (age.expired === true ? -60 : 3_600),
        };
        const hash = createHash("sha256").update(connectionId).digest("hex").slice(0, 2);
        await this.documents.send(
            new BatchWriteCommand({
                RequestItems: {
                    [this.table]: [
                        { pk: `connection#${connectionId}`, sk: "connection", ...common, channels: new Set([channel]) },
                        { pk: `channel#${channel}`, sk: `${hash}#${connectionId}`, ...common },
                    ].map((Item) => ({ PutRequest: { Item } })),
                },
            }),
        );
        return connectionId;
    }

    /** As many connections to a channel that vanished without a `$disconnect` an hour ago. */
    async putCrowd(channel: string, size: number): Promise<void> {
        const AT_A_TIME = 100;
        for (let put = 0; put < size; put += AT_A_TIME) {
            const some = Array.from({ length: Math.min(AT_A_TIME, size - put) });
            await Promise.all(some.map(() => this.putStale(channel, { connectedSecondsAgo: 3_600 })));
        }
    }

    /** Waits until no row of a closed connection is left: `$disconnect` runs after the socket is gone. */
    async untilClearOf(listener: Listener): Promise<void> {
        const hello = listener.frames.find((frame) => frame["type"] === "welcome");
        const connectionId = hello?.["connectionId"];
        if (typeof connectionId !== "string") {
            throw new Error("ask the listener for its welcome before closing it, so that its connection id is known");
        }
        await this.untilGone(connectionId);
    }

    /** Waits until a connection has no row. */
    async untilGone(connectionId: string): Promise<void> {
        while ((await this.count("connectionId = :value", connectionId)) > 0) {
            // Each scan is a pause.
        }
    }

    private async count(filter: string, value: string): Promise<number> {
        const { Count = 0 } = await this.documents.send(
            new ScanCommand({
                TableName: this.table,
                Select: "COUNT",
                ConsistentRead: true,
                FilterExpression: filter,
                ExpressionAttributeValues: { ":value": value },
            }),
        );
        return Count;
    }
}
