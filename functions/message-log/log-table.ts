import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { RowKey } from "../../contract/tables";
import type { SlotRange } from "./ring";
import { slotOf } from "./ring";
import type { Head, Ring, StoredMessage, UsedId } from "./rows";
import { headKey, slotKey, usedIdKey } from "./rows";

type Attributes = Readonly<Record<string, unknown>>;

/**
 * The steps that appending and replaying are made of: each reads or writes one row, at one moment. All reads are
 * consistent. Rows that have expired are returned like others: what that means differs from row to row.
 */
export class LogTable {
    /** @param pageSize messages per call. Defaults to as many as DynamoDB returns, 1 MB. */
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly pageSize?: number,
    ) {}

    async head(channel: string): Promise<Head | undefined> {
        const row = await this.get(headKey(channel));
        return row && toHead(row);
    }

    /** Puts `next` in the place of `current`; `false`, and nothing happens, if the head is not that one any more. */
    async replaceHead(channel: string, current: Head | undefined, next: Head): Promise<boolean> {
        try {
            await this.documents.send(
                new PutCommand({
                    TableName: this.table,
                    Item: { ...headKey(channel), ...next },
                    ...(current === undefined
                        ? { ConditionExpression: "attribute_not_exists(pk)" }
                        : unchanged(current)),
                }),
            );
            return true;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return false;
            }
            throw error;
        }
    }

    /**
     * Puts the message into its slot, unless a message with its offset, or a later one, is in there: returns that
     * one.
     */
    async propose(channel: string, ring: Ring, message: StoredMessage): Promise<StoredMessage | undefined> {
        try {
            await this.documents.send(
                new PutCommand({
                    TableName: this.table,
                    Item: { ...slotKey(channel, ring, slotOf(ring, message.offset)), ...message },
                    ConditionExpression: "attribute_not_exists(pk) OR #offset < :offset",
                    ExpressionAttributeNames: { "#offset": "offset" },
                    ExpressionAttributeValues: { ":offset": message.offset },
                    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
                }),
            );
            return undefined;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) {
                // The document client leaves the items of errors as they are.
                return toMessage(unmarshall(error.Item));
            }
            throw error;
        }
    }

    /** What is in the slot of that offset: that message, an older or a newer one, or nothing. */
    async messageInSlotOf(channel: string, ring: Ring, offset: number): Promise<StoredMessage | undefined> {
        const row = await this.get(slotKey(channel, ring, slotOf(ring, offset)));
        return row && toMessage(row);
    }

    /** What is in the slots, by slot, page by page. A page may be empty and not be the last. */
    async *messages(channel: string, ring: Ring, { from, to }: SlotRange): AsyncGenerator<readonly StoredMessage[]> {
        let start: Record<string, unknown> | undefined;
        do {
            const page = await this.documents.send(
                new QueryCommand({
                    TableName: this.table,
                    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
                    ExpressionAttributeValues: {
                        ":pk": slotKey(channel, ring, from).pk,
                        ":from": slotKey(channel, ring, from).sk,
                        ":to": slotKey(channel, ring, to).sk,
                    },
                    ConsistentRead: true,
                    Limit: this.pageSize,
                    ExclusiveStartKey: start,
                }),
            );
            yield (page.Items ?? []).map(toMessage);
            start = page.LastEvaluatedKey;
        } while (start !== undefined);
    }

    async usedId(channel: string, digest: string): Promise<UsedId | undefined> {
        const row = await this.get(usedIdKey(channel, digest));
        return (
            row && { epoch: String(row["epoch"]), offset: Number(row["offset"]), expiresAt: Number(row["expiresAt"]) }
        );
    }

    async putUsedId(channel: string, digest: string, used: UsedId): Promise<void> {
        await this.documents.send(
            new PutCommand({ TableName: this.table, Item: { ...usedIdKey(channel, digest), ...used } }),
        );
    }

    private async get(key: RowKey): Promise<Attributes | undefined> {
        const { Item } = await this.documents.send(
            new GetCommand({ TableName: this.table, Key: key, ConsistentRead: true }),
        );
        return Item;
    }
}

/** The condition that the head is still the one that was read. Epoch and offset never return to what they were. */
function unchanged({
    epoch,
    offset,
    expiresAt,
}: Head): Pick<PutCommand["input"], "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
    return {
        ConditionExpression: "epoch = :epoch AND #offset = :offset AND expiresAt = :expiresAt",
        ExpressionAttributeNames: { "#offset": "offset" },
        ExpressionAttributeValues: { ":epoch": epoch, ":offset": offset, ":expiresAt": expiresAt },
    };
}

function toHead(row: Attributes): Head {
    const { lastId, ring } = row;
    return {
        epoch: String(row["epoch"]),
        offset: Number(row["offset"]),
        ...(typeof lastId === "string" ? { lastId } : {}),
        ...(ring === undefined ? {} : { ring: toRing(ring as Attributes) }),
        expiresAt: Number(row["expiresAt"]),
    };
}

function toRing(ring: Attributes): Ring {
    return {
        id: String(ring["id"]),
        first: Number(ring["first"]),
        slots: Number(ring["slots"]),
        startedAt: Number(ring["startedAt"]),
    };
}

function toMessage(row: Attributes): StoredMessage {
    const { previous, except } = row;
    return {
        offset: Number(row["offset"]),
        ...(typeof previous === "string" ? { previous } : {}),
        id: String(row["id"]),
        body: String(row["body"]),
        ...(Array.isArray(except) ? { except: except.map(String) } : {}),
        expiresAt: Number(row["expiresAt"]),
    };
}
