import assert from "node:assert/strict";
import { type DynamoDBClient, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import {
    type DynamoDBDocumentClient,
    GetCommand,
    PutCommand,
    QueryCommand,
    TransactGetCommand,
    TransactWriteCommand,
    type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

const TableName = "accounts";

type TransactItems = NonNullable<TransactWriteCommandInput["TransactItems"]>;

for (const engine of ["embedded", "remote"] as const) {
    describe(`Transactions in DynamoDB over the ${engine} engine`, () => {
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

        const get = async (pk: string): Promise<Record<string, unknown> | undefined> => {
            const { Item } = await documents.send(
                new GetCommand({ TableName, Key: { pk, sk: "1" }, ConsistentRead: true }),
            );
            return Item;
        };

        const write = (TransactItems: TransactItems, more: Partial<TransactWriteCommandInput> = {}) =>
            documents.send(new TransactWriteCommand({ TransactItems, ...more }));

        const put = (pk: string, n = 1) => ({ Put: { TableName, Item: { pk, sk: "1", n } } });

        it("put, update, delete and check together", async () => {
            await write([put("updated"), put("deleted"), put("checked")]);
            await write([
                put("new", 7),
                {
                    Update: {
                        TableName,
                        Key: { pk: "updated", sk: "1" },
                        UpdateExpression: "ADD n :one",
                        ExpressionAttributeValues: { ":one": 1 },
                    },
                },
                { Delete: { TableName, Key: { pk: "deleted", sk: "1" } } },
                {
                    ConditionCheck: {
                        TableName,
                        Key: { pk: "checked", sk: "1" },
                        ConditionExpression: "attribute_exists(pk)",
                    },
                },
            ]);
            assert.deepEqual(await Promise.all(["new", "updated", "deleted", "checked"].map(get)), [
                { pk: "new", sk: "1", n: 7 },
                { pk: "updated", sk: "1", n: 2 },
                undefined,
                { pk: "checked", sk: "1", n: 1 },
            ]);
        });

        it("change nothing when one condition fails, and give a reason for each item", async () => {
            await write([put("kept", 5)]);
            const error = await rejection(
                write([
                    put("never"),
                    {
                        ConditionCheck: {
                            TableName,
                            Key: { pk: "kept", sk: "1" },
                            ConditionExpression: "n = :four",
                            ExpressionAttributeValues: { ":four": 4 },
                            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
                        },
                    },
                    {
                        Put: {
                            TableName,
                            Item: { pk: "other", sk: "1" },
                            ConditionExpression: "attribute_exists(pk)",
                        },
                    },
                ]),
            );
            assert.equal(error.name, "TransactionCanceledException");
            assert.equal(
                error.message,
                "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]",
            );
            const failed = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
            assert.deepEqual(error.CancellationReasons, [
                { Code: "None" },
                { ...failed, Item: { pk: { S: "kept" }, sk: { S: "1" }, n: { N: "5" } } },
                failed,
            ]);
            assert.deepEqual(await Promise.all([get("never"), get("other")]), [undefined, undefined]);
        });

        it("change nothing when one update cannot be carried out", async () => {
            await write([{ Put: { TableName, Item: { pk: "text", sk: "1", n: "not a number" } } }]);
            const error = await rejection(
                write([
                    put("never"),
                    {
                        Update: {
                            TableName,
                            Key: { pk: "text", sk: "1" },
                            UpdateExpression: "ADD n :one",
                            ExpressionAttributeValues: { ":one": 1 },
                        },
                    },
                ]),
            );
            assert.equal(error.name, "TransactionCanceledException");
            const codes = (error.CancellationReasons as { Code: string }[]).map(({ Code }) => Code);
            assert.deepEqual(codes, ["None", "ValidationError"]);
            assert.equal(await get("never"), undefined);
        });

        it("are carried out once per ClientRequestToken", async () => {
            const add = {
                Update: {
                    TableName,
                    Key: { pk: "once", sk: "1" },
                    UpdateExpression: "ADD n :one",
                    ExpressionAttributeValues: { ":one": 1 },
                },
            };
            const ClientRequestToken = "a-token";
            await write([add], { ClientRequestToken });
            await write([add], { ClientRequestToken });
            assert.equal((await get("once"))?.n, 1);
            const error = await rejection(write([add, put("more")], { ClientRequestToken }));
            assert.equal(error.name, "IdempotentParameterMismatchException");
            if (engine === "embedded") {
                local.aheadMs += 601_000;
                await write([add], { ClientRequestToken });
                assert.equal((await get("once"))?.n, 2);
            }
        });

        it("may be tried again with the same token after they failed", async () => {
            const transfer: TransactItems = [
                {
                    ConditionCheck: {
                        TableName,
                        Key: { pk: "gate", sk: "1" },
                        ConditionExpression: "attribute_exists(pk)",
                    },
                },
                put("through"),
            ];
            const again = { ClientRequestToken: "again" };
            assert.equal((await rejection(write(transfer, again))).name, "TransactionCanceledException");
            await write([put("gate")]);
            await write(transfer, again);
            assert.ok(await get("through"));
        });

        it("take 100 items and refuse 101, and refuse an item twice", async () => {
            const items = Array.from({ length: 101 }, (_, n) => put(`hundred-${n}`));
            await write(items.slice(1));
            assert.equal((await rejection(write(items))).name, "ValidationException");
            const twice = await rejection(
                write([put("twice"), { Delete: { TableName, Key: { pk: "twice", sk: "1" } } }]),
            );
            assert.equal(twice.name, "ValidationException");
            assert.equal(twice.message, "Transaction request cannot include multiple operations on one item");
        });

        it("refuse an expression that is none before anything else", async () => {
            const error = await rejection(
                client.send(
                    new TransactWriteItemsCommand({
                        TransactItems: [
                            {
                                ConditionCheck: {
                                    TableName,
                                    Key: { pk: { S: "x" }, sk: { S: "1" } },
                                    ConditionExpression: "= =",
                                },
                            },
                        ],
                    }),
                ),
            );
            assert.equal(error.name, "ValidationException");
        });

        it("read several items, with a gap for one that is not there", async () => {
            await write([put("here", 1)]);
            const { Responses, ConsumedCapacity } = await documents.send(
                new TransactGetCommand({
                    TransactItems: ["here", "nowhere"].map((pk) => ({ Get: { TableName, Key: { pk, sk: "1" } } })),
                    ReturnConsumedCapacity: "TOTAL",
                }),
            );
            assert.deepEqual(Responses, [{ Item: { pk: "here", sk: "1", n: 1 } }, {}]);
            assert.equal(ConsumedCapacity?.[0]?.CapacityUnits, 4);
        });

        it("cost twice what the single writes would", async () => {
            const { ConsumedCapacity } = await write([put("cost-1"), put("cost-2")], {
                ReturnConsumedCapacity: "TOTAL",
            });
            assert.deepEqual(ConsumedCapacity, [{ TableName, CapacityUnits: 4, WriteCapacityUnits: 4 }]);
        });

        it("never show a half: the sum over transferring accounts stays what it was", async () => {
            const accounts = Array.from({ length: 5 }, (_, n) => `account-${n}`);
            await write(accounts.map((pk) => put(pk, 100)));
            const move = (pk: string, n: number) => ({
                Update: {
                    TableName,
                    Key: { pk, sk: "1" },
                    UpdateExpression: "ADD n :n",
                    ConditionExpression: "n >= :min",
                    ExpressionAttributeValues: { ":n": n, ":min": n < 0 ? -n : 0 },
                },
            });
            const sums: number[] = [];
            const transfers = Array.from({ length: 200 }, async (_, n) => {
                const [from = "", to = ""] = [accounts[n % 5], accounts[(n * 3 + 1) % 5]];
                if (from !== to) {
                    await write([move(from, -(n % 40)), move(to, n % 40)]).catch((error: unknown) => {
                        assert.equal((error as Error).name, "TransactionCanceledException");
                    });
                }
            });
            const readings = Array.from({ length: 50 }, async () => {
                const { Responses = [] } = await documents.send(
                    new TransactGetCommand({
                        TransactItems: accounts.map((pk) => ({ Get: { TableName, Key: { pk, sk: "1" } } })),
                    }),
                );
                sums.push(Responses.reduce((sum, { Item }) => sum + Number(Item?.n), 0));
            });
            await Promise.all([...transfers, ...readings]);
            assert.deepEqual(new Set(sums), new Set([500]));
        });

        it("let 200 concurrent ADDs all count, and 1 of 50 optimistic locks win", async () => {
            await write([put("counter", 0), put("lock", 0)]);
            const add = () =>
                write([
                    {
                        Update: {
                            TableName,
                            Key: { pk: "counter", sk: "1" },
                            UpdateExpression: "ADD n :one",
                            ExpressionAttributeValues: { ":one": 1 },
                        },
                    },
                ]);
            await Promise.all(Array.from({ length: 200 }, add));
            assert.equal((await get("counter"))?.n, 200);
            const attempts = await Promise.allSettled(
                Array.from({ length: 50 }, (_, winner) =>
                    documents.send(
                        new PutCommand({
                            TableName,
                            Item: { pk: "lock", sk: "1", n: 1, winner },
                            ConditionExpression: "n = :seen",
                            ExpressionAttributeValues: { ":seen": 0 },
                        }),
                    ),
                ),
            );
            assert.equal(attempts.filter(({ status }) => status === "fulfilled").length, 1);
            const { Items } = await documents.send(
                new QueryCommand({
                    TableName,
                    KeyConditionExpression: "pk = :pk",
                    ExpressionAttributeValues: { ":pk": "lock" },
                }),
            );
            assert.equal(
                Items?.[0]?.winner,
                attempts.findIndex(({ status }) => status === "fulfilled"),
            );
        });
    });
}
