import assert from "node:assert/strict";
import { DescribeTableCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
    BatchGetCommand,
    BatchWriteCommand,
    DeleteCommand,
    type DynamoDBDocumentClient,
    GetCommand,
    PutCommand,
    QueryCommand,
    ScanCommand,
    TransactGetCommand,
    TransactWriteCommand,
    UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { AwsCall } from "../../../../local/aws/authorization";
import { AwsError } from "../../../../local/aws/aws-error";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

const TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/accessed";
const TableName = "accessed";
const Key = { pk: "p", sk: "s" };

describe("Access to DynamoDB", () => {
    let local: LocalDynamoDb;
    let documents: DynamoDBDocumentClient;
    const calls: AwsCall[] = [];
    let denied: string | undefined;

    before(async () => {
        local = await LocalDynamoDb.start({
            authorize: (call) => {
                calls.push(call);
                if (call.action === denied) {
                    throw new AwsError("AccessDeniedException", `not authorized to perform: ${call.action}`);
                }
            },
        });
        documents = local.documents();
        await local.createTable(TableName, {
            AttributeDefinitions: ["pk", "sk", "owner"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
            GlobalSecondaryIndexes: [
                {
                    IndexName: "by-owner",
                    KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
                    Projection: { ProjectionType: "ALL" },
                },
            ],
        });
    });

    after(() => local.close());

    beforeEach(() => {
        calls.length = 0;
        denied = undefined;
    });

    const update = { TableName, Key, UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": 1 } };

    const cases: readonly (readonly [
        string,
        (client: DynamoDBDocumentClient) => Promise<unknown>,
        readonly string[],
    ])[] = [
        ["GetItem", (client) => client.send(new GetCommand({ TableName, Key })), [`GetItem ${TABLE}`]],
        [
            "PutItem by ARN",
            (client) => client.send(new PutCommand({ TableName: TABLE, Item: Key })),
            [`PutItem ${TABLE}`],
        ],
        ["UpdateItem", (client) => client.send(new UpdateCommand(update)), [`UpdateItem ${TABLE}`]],
        ["DeleteItem", (client) => client.send(new DeleteCommand({ TableName, Key })), [`DeleteItem ${TABLE}`]],
        ["Scan", (client) => client.send(new ScanCommand({ TableName })), [`Scan ${TABLE}`]],
        [
            "Query of an index",
            (client) =>
                client.send(
                    new QueryCommand({
                        TableName,
                        IndexName: "by-owner",
                        KeyConditionExpression: "#o = :o",
                        ExpressionAttributeNames: { "#o": "owner" },
                        ExpressionAttributeValues: { ":o": "ada" },
                    }),
                ),
            [`Query ${TABLE}/index/by-owner`],
        ],
        [
            "BatchGetItem",
            (client) => client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key] } } })),
            [`BatchGetItem ${TABLE}`],
        ],
        [
            "BatchWriteItem",
            (client) =>
                client.send(new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: Key } }] } })),
            [`BatchWriteItem ${TABLE}`],
        ],
        [
            "TransactGetItems",
            (client) => client.send(new TransactGetCommand({ TransactItems: [{ Get: { TableName, Key } }] })),
            [`GetItem ${TABLE}`],
        ],
        [
            "TransactWriteItems, item by item",
            (client) =>
                client.send(
                    new TransactWriteCommand({
                        TransactItems: [
                            { Put: { TableName, Item: { pk: "1", sk: "1" } } },
                            { Update: { ...update, Key: { pk: "2", sk: "1" } } },
                            { Delete: { TableName, Key: { pk: "3", sk: "1" } } },
                            {
                                ConditionCheck: {
                                    TableName,
                                    Key: { pk: "4", sk: "1" },
                                    ConditionExpression: "attribute_not_exists(pk)",
                                },
                            },
                        ],
                    }),
                ),
            ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map((action) => `${action} ${TABLE}`),
        ],
        ["DescribeTable", (client) => client.send(new DescribeTableCommand({ TableName })), [`DescribeTable ${TABLE}`]],
        ["ListTables", (client) => client.send(new ListTablesCommand({})), ["ListTables *"]],
    ];
    for (const [what, call, expected] of cases) {
        it(`is judged for ${what}`, async () => {
            await call(documents);
            assert.deepEqual(
                calls.map(({ action, resource }) => `${action.replace("dynamodb:", "")} ${resource}`),
                expected,
            );
            assert.deepEqual(new Set(calls.map(({ principal }) => principal.kind)), new Set(["administrator"]));
        });
    }

    it("knows the partition keys of gets, writes, queries and batches", async () => {
        await documents.send(new PutCommand({ TableName, Item: { pk: "ada", sk: "1", name: "x" } }));
        await documents.send(
            new QueryCommand({
                TableName,
                KeyConditionExpression: "#pk = :pk AND begins_with(sk, :s)",
                ExpressionAttributeNames: { "#pk": "pk" },
                ExpressionAttributeValues: { ":pk": "bob", ":s": "1" },
            }),
        );
        const Keys = ["c", "d", "c"].map((pk, n) => ({ pk, sk: String(n) }));
        await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
        assert.deepEqual(
            calls.map(({ context }) => context["dynamodb:LeadingKeys"]),
            [["ada"], ["bob"], ["c", "d"]],
        );
    });

    it("knows the attributes that a request names, in items and in expressions", async () => {
        await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1", name: "x" } }));
        await documents.send(
            new GetCommand({
                TableName,
                Key,
                ProjectionExpression: "#n, address.city, parcels[0].weight",
                ExpressionAttributeNames: { "#n": "name" },
            }),
        );
        await documents
            .send(
                new UpdateCommand({
                    ...update,
                    UpdateExpression: "SET n = if_not_exists(m, :n) REMOVE gone",
                    ConditionExpression: "attribute_exists(pk) OR NOT size(members) > :n",
                }),
            )
            .catch(() => undefined);
        const attributes = calls.map(({ context }) => [context["dynamodb:Attributes"] ?? []].flat().toSorted());
        assert.deepEqual(attributes, [
            ["name", "pk", "sk"],
            ["address", "name", "parcels", "pk", "sk"],
            ["gone", "m", "members", "n", "pk", "sk"],
        ]);
    });

    it("knows the transaction that a write is a part of", async () => {
        const Put = { TableName, Item: { pk: "t", sk: "1" } };
        await documents.send(new PutCommand(Put));
        await documents.send(new TransactWriteCommand({ TransactItems: [{ Put }] }));
        const enclosing = calls.map(({ context }) => context["dynamodb:EnclosingOperation"]);
        assert.deepEqual(enclosing, [undefined, "TransactWriteItems"]);
    });

    it("denied to one item of a transaction leaves all of it undone", async () => {
        denied = "dynamodb:DeleteItem";
        const error = await rejection(
            documents.send(
                new TransactWriteCommand({
                    TransactItems: [
                        { Put: { TableName, Item: { pk: "denied", sk: "1" } } },
                        { Delete: { TableName, Key: { pk: "other", sk: "1" } } },
                    ],
                }),
            ),
        );
        assert.equal(error.name, "AccessDeniedException");
        const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk: "denied", sk: "1" } }));
        assert.equal(Item, undefined);
    });

    it("of a role's session is judged as that session", async () => {
        const roleArn = "arn:aws:iam::000000000000:role/path/notifier";
        const client = local.client(local.credentials.issueRoleCredentials(roleArn, "notify"));
        await client.send(new DescribeTableCommand({ TableName }));
        const arn = "arn:aws:sts::000000000000:assumed-role/notifier/notify";
        assert.deepEqual(calls[0]?.principal, { kind: "role", arn, roleArn, sessionName: "notify" });
    });
});
