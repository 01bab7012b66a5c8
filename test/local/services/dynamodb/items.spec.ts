import assert from "node:assert/strict";
import {
    BatchGetItemCommand,
    BatchWriteItemCommand,
    type DynamoDBClient,
    GetItemCommand,
    PutItemCommand,
    QueryCommand,
    UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
    BatchGetCommand,
    BatchWriteCommand,
    DeleteCommand,
    type DynamoDBDocumentClient,
    GetCommand,
    PutCommand,
    QueryCommand as QueryDocuments,
    ScanCommand,
    UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

const TableName = "items";

for (const engine of ["embedded", "remote"] as const) {
    describe(`Items in DynamoDB over the ${engine} engine`, () => {
        let local: LocalDynamoDb;
        let client: DynamoDBClient;
        let documents: DynamoDBDocumentClient;

        before(async () => {
            local = await (engine === "embedded" ? LocalDynamoDb.start() : LocalDynamoDb.startOverRemote());
            client = local.client();
            documents = local.documents();
            await local.createTable(TableName);
        });

        after(() => local.close());

        it("come back as they were put, every type of them", async () => {
            const Item = {
                pk: { S: "types" },
                sk: { S: "1" },
                number: { N: "12345678901234567890123456789012345678" },
                binary: { B: Uint8Array.from([0, 1, 255]) },
                yes: { BOOL: true },
                nothing: { NULL: true },
                strings: { SS: ["a", "b"] },
                numbers: { NS: ["1", "2.5"] },
                list: { L: [{ S: "é" }, { M: { deep: { N: "-0.5" } } }] },
            };
            await client.send(new PutItemCommand({ TableName, Item }));
            const { Item: found } = await client.send(
                new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk }, ConsistentRead: true }),
            );
            assert.deepEqual(found, Item);
        });

        it("are found by their table's ARN as well as by its name", async () => {
            const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`;
            await documents.send(new PutCommand({ TableName: arn, Item: { pk: "arn", sk: "1", n: 1 } }));
            const { Item } = await documents.send(new GetCommand({ TableName: arn, Key: { pk: "arn", sk: "1" } }));
            assert.deepEqual(Item, { pk: "arn", sk: "1", n: 1 });
            const { Responses } = await documents.send(
                new BatchGetCommand({ RequestItems: { [arn]: { Keys: [{ pk: "arn", sk: "1" }] } } }),
            );
            assert.deepEqual(Responses, { [arn]: [{ pk: "arn", sk: "1", n: 1 }] });
        });

        it("answer a failed condition with the item only where the request asks for it", async () => {
            await documents.send(new PutCommand({ TableName, Item: { pk: "condition", sk: "1", version: 3 } }));
            const put = {
                TableName,
                Item: { pk: "condition", sk: "1", version: 4 },
                ConditionExpression: "version = :v",
                ExpressionAttributeValues: { ":v": 2 },
            };
            const withItem = await rejection(
                documents.send(new PutCommand({ ...put, ReturnValuesOnConditionCheckFailure: "ALL_OLD" })),
            );
            assert.equal(withItem.name, "ConditionalCheckFailedException");
            assert.equal(withItem.message, "The conditional request failed");
            assert.deepEqual(withItem.Item, { pk: { S: "condition" }, sk: { S: "1" }, version: { N: "3" } });
            const without = await rejection(documents.send(new PutCommand(put)));
            assert.equal(without.name, "ConditionalCheckFailedException");
            assert.equal(without.Item, undefined);
        });

        it("update with ADD, SET and REMOVE, and return old and new values as asked", async () => {
            const Key = { pk: "update", sk: "1" };
            await documents.send(new PutCommand({ TableName, Item: { ...Key, count: 1, gone: "x" } }));
            const update = {
                TableName,
                Key,
                UpdateExpression: "ADD #count :one, tags :tags SET made = if_not_exists(made, :one) REMOVE gone",
                ExpressionAttributeNames: { "#count": "count" },
                ExpressionAttributeValues: { ":one": 1, ":tags": new Set(["a"]) },
            };
            const { Attributes } = await documents.send(new UpdateCommand({ ...update, ReturnValues: "ALL_NEW" }));
            assert.deepEqual(Attributes, { ...Key, count: 2, tags: new Set(["a"]), made: 1 });
            const second = await documents.send(new UpdateCommand({ ...update, ReturnValues: "UPDATED_OLD" }));
            assert.deepEqual(second.Attributes, { count: 2, tags: new Set(["a"]), made: 1 });
        });

        it("are deleted with what they were, and once", async () => {
            const Key = { pk: "delete", sk: "1" };
            await documents.send(new PutCommand({ TableName, Item: { ...Key, n: 1 } }));
            const first = await documents.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
            const second = await documents.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
            assert.deepEqual([first.Attributes, second.Attributes], [{ ...Key, n: 1 }, undefined]);
        });

        it("are written and read in batches of 25 and 100", async () => {
            const keys = Array.from({ length: 50 }, (_, n) => ({ pk: "batch", sk: String(n).padStart(2, "0") }));
            for (const part of [keys.slice(0, 25), keys.slice(25)]) {
                const { UnprocessedItems } = await documents.send(
                    new BatchWriteCommand({
                        RequestItems: { [TableName]: part.map((Item) => ({ PutRequest: { Item } })) },
                    }),
                );
                assert.deepEqual(UnprocessedItems, {});
            }
            const { Responses } = await documents.send(
                new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } }),
            );
            assert.equal(Responses?.[TableName]?.length, 50);
        });

        it("refuse a batch of 26 writes, and one that has an item twice", async () => {
            const put = (sk: string) => ({ PutRequest: { Item: { pk: { S: "batch" }, sk: { S: sk } } } });
            const many = Array.from({ length: 26 }, (_, n) => put(String(n)));
            for (const writes of [many, [put("1"), put("1")]]) {
                const error = await rejection(
                    client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } })),
                );
                assert.equal(error.name, "ValidationException");
            }
        });

        it("are queried in the order of their sort keys, page by page, forwards and backwards", async () => {
            for (const sk of ["b", "a", "d", "c", "ab"]) {
                await documents.send(new PutCommand({ TableName, Item: { pk: "query", sk } }));
            }
            const query = {
                TableName,
                KeyConditionExpression: "pk = :pk",
                ExpressionAttributeValues: { ":pk": "query" },
                ConsistentRead: true,
            };
            const found: unknown[] = [];
            let ExclusiveStartKey: Record<string, unknown> | undefined;
            do {
                const page = await documents.send(new QueryDocuments({ ...query, Limit: 2, ExclusiveStartKey }));
                found.push(...(page.Items ?? []).map(({ sk }) => sk as unknown));
                ExclusiveStartKey = page.LastEvaluatedKey;
            } while (ExclusiveStartKey !== undefined);
            assert.deepEqual(found, ["a", "ab", "b", "c", "d"]);
            const backwards = await documents.send(new QueryDocuments({ ...query, ScanIndexForward: false }));
            assert.deepEqual(
                backwards.Items?.map(({ sk }) => sk as unknown),
                ["d", "c", "b", "ab", "a"],
            );
            const begins = await documents.send(
                new QueryDocuments({
                    ...query,
                    KeyConditionExpression: "pk = :pk AND begins_with(sk, :a)",
                    ExpressionAttributeValues: { ":pk": "query", ":a": "a" },
                }),
            );
            assert.deepEqual(
                begins.Items?.map(({ sk }) => sk as unknown),
                ["a", "ab"],
            );
            const between = await documents.send(
                new QueryDocuments({
                    ...query,
                    KeyConditionExpression: "pk = :pk AND sk BETWEEN :a AND :b",
                    ExpressionAttributeValues: { ":pk": "query", ":a": "ab", ":b": "c" },
                }),
            );
            assert.deepEqual(
                between.Items?.map(({ sk }) => sk as unknown),
                ["ab", "b", "c"],
            );
        });

        it("fill a page to 1 MB before they are filtered, so that a page can be empty and not the last", async () => {
            const filler = "x".repeat(300_000);
            for (let n = 0; n < 5; n++) {
                await documents.send(
                    new PutCommand({ TableName, Item: { pk: "pages", sk: String(n), filler, keep: n === 4 } }),
                );
            }
            const query = {
                TableName,
                KeyConditionExpression: "pk = :pk",
                FilterExpression: "keep = :yes",
                ExpressionAttributeValues: { ":pk": "pages", ":yes": true },
            };
            const first = await documents.send(new QueryDocuments(query));
            assert.equal(first.Count, 0);
            assert.ok(first.LastEvaluatedKey);
            const second = await documents.send(
                new QueryDocuments({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }),
            );
            assert.equal(second.Items?.[0]?.sk, "4");
            assert.equal(second.LastEvaluatedKey, undefined);
        });

        it("cost by the size of what is read: half for eventual consistency, double for a transaction", async () => {
            const Key = { pk: { S: "cost" }, sk: { S: "1" } };
            await client.send(new PutItemCommand({ TableName, Item: { ...Key, filler: { S: "x".repeat(5000) } } }));
            const get = { TableName, Key, ReturnConsumedCapacity: "TOTAL" } as const;
            const eventual = await client.send(new GetItemCommand(get));
            const consistent = await client.send(new GetItemCommand({ ...get, ConsistentRead: true }));
            assert.deepEqual(
                [eventual.ConsumedCapacity?.CapacityUnits, consistent.ConsumedCapacity?.CapacityUnits],
                [1, 2],
            );
            const query = {
                TableName,
                KeyConditionExpression: "pk = :pk",
                ReturnConsumedCapacity: "TOTAL",
                ExpressionAttributeValues: { ":pk": { S: "cost" } },
            } as const;
            const eventualQuery = await client.send(new QueryCommand(query));
            const consistentQuery = await client.send(new QueryCommand({ ...query, ConsistentRead: true }));
            assert.deepEqual(
                [eventualQuery.ConsumedCapacity?.CapacityUnits, consistentQuery.ConsumedCapacity?.CapacityUnits],
                [1, 2],
            );
            const nothing = await client.send(
                new QueryCommand({
                    ...query,
                    ConsistentRead: true,
                    ExpressionAttributeValues: { ":pk": { S: "none" } },
                }),
            );
            assert.equal(nothing.ConsumedCapacity?.CapacityUnits, 1);
            const put = await client.send(
                new PutItemCommand({ TableName, Item: Key, ReturnConsumedCapacity: "TOTAL" }),
            );
            assert.equal(put.ConsumedCapacity?.CapacityUnits, 5);
        });

        it("are scanned in segments that together are the table", async () => {
            const TableName = "scanned";
            await local.createTable(TableName);
            for (let n = 0; n < 40; n++) {
                await documents.send(new PutCommand({ TableName, Item: { pk: `p${n}`, sk: "1" } }));
            }
            const segments = await Promise.all(
                [0, 1, 2, 3].map((Segment) =>
                    documents.send(new ScanCommand({ TableName, Segment, TotalSegments: 4 })),
                ),
            );
            const found = segments.flatMap(({ Items = [] }) => Items.map(({ pk }) => String(pk)));
            assert.deepEqual(found.sort(), Array.from({ length: 40 }, (_, n) => `p${n}`).sort());
        });

        const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
            [
                "an empty key",
                () => client.send(new PutItemCommand({ TableName, Item: { pk: { S: "" }, sk: { S: "1" } } })),
            ],
            [
                "a key of the wrong type",
                () => client.send(new PutItemCommand({ TableName, Item: { pk: { N: "1" }, sk: { S: "1" } } })),
            ],
            ["a missing key attribute", () => client.send(new GetItemCommand({ TableName, Key: { pk: { S: "1" } } }))],
            [
                "more than 400 KB",
                () =>
                    client.send(
                        new PutItemCommand({
                            TableName,
                            Item: { pk: { S: "1" }, sk: { S: "1" }, x: { S: "x".repeat(410_000) } },
                        }),
                    ),
            ],
            [
                "a reserved word in an expression",
                () =>
                    client.send(
                        new UpdateItemCommand({
                            TableName,
                            Key: { pk: { S: "1" }, sk: { S: "1" } },
                            UpdateExpression: "REMOVE size",
                        }),
                    ),
            ],
            [
                "a name that no expression uses",
                () =>
                    client.send(
                        new GetItemCommand({
                            TableName,
                            Key: { pk: { S: "1" }, sk: { S: "1" } },
                            ExpressionAttributeNames: { "#x": "x" },
                        }),
                    ),
            ],
            [
                "an update of the key",
                () =>
                    client.send(
                        new UpdateItemCommand({
                            TableName,
                            Key: { pk: { S: "1" }, sk: { S: "1" } },
                            UpdateExpression: "SET sk = :x",
                            ExpressionAttributeValues: { ":x": { S: "2" } },
                        }),
                    ),
            ],
            ["no table at all", () => client.send(new BatchGetItemCommand({ RequestItems: {} }))],
        ];
        for (const [what, call] of refused) {
            it(`refuse ${what} with a ValidationException`, async () => {
                assert.equal((await rejection(call())).name, "ValidationException");
            });
        }

        it("answer ResourceNotFoundException where there is no such table", async () => {
            const Key = { pk: { S: "1" }, sk: { S: "1" } };
            const error = await rejection(client.send(new GetItemCommand({ TableName: "no-such-table", Key })));
            assert.equal(error.name, "ResourceNotFoundException");
        });
    });
}
