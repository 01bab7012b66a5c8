import assert from "node:assert/strict";
import {
    CreateTableCommand,
    DeleteTableCommand,
    DescribeContinuousBackupsCommand,
    DescribeTableCommand,
    type DynamoDBClient,
    ListTablesCommand,
    ListTagsOfResourceCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateContinuousBackupsCommand,
    UpdateTableCommand,
    waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

for (const engine of ["embedded", "remote"] as const) {
    describe(`Tables in DynamoDB over the ${engine} engine`, () => {
        let local: LocalDynamoDb;
        let client: DynamoDBClient;

        before(async () => {
            local = await (engine === "embedded" ? LocalDynamoDb.start() : LocalDynamoDb.startOverRemote());
            client = local.client();
        });

        after(() => local.close());

        const describeTable = async (TableName: string) => {
            const { Table } = await client.send(new DescribeTableCommand({ TableName }));
            return Table;
        };

        it("are described in this account and Region, with every setting they were made with", async () => {
            await local.createTable("full", {
                AttributeDefinitions: ["pk", "sk", "owner"].map((AttributeName) => ({
                    AttributeName,
                    AttributeType: "S",
                })),
                GlobalSecondaryIndexes: [
                    {
                        IndexName: "by-owner",
                        KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
                        Projection: { ProjectionType: "KEYS_ONLY" },
                    },
                ],
                StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
                SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: "alias/orders" },
                DeletionProtectionEnabled: true,
                Tags: [{ Key: "team", Value: "platform" }],
            });
            const table = await describeTable("full");
            assert.equal(table?.TableStatus, "ACTIVE");
            assert.equal(table.TableArn, "arn:aws:dynamodb:us-east-1:000000000000:table/full");
            assert.equal(table.GlobalSecondaryIndexes?.[0]?.IndexArn, `${table.TableArn}/index/by-owner`);
            assert.equal(table.GlobalSecondaryIndexes[0].IndexStatus, "ACTIVE");
            assert.equal(table.BillingModeSummary?.BillingMode, "PAY_PER_REQUEST");
            assert.equal(table.DeletionProtectionEnabled, true);
            assert.deepEqual(table.StreamSpecification, { StreamEnabled: true, StreamViewType: "NEW_IMAGE" });
            assert.equal(table.LatestStreamArn, `${table.TableArn}/stream/${String(table.LatestStreamLabel)}`);
            assert.deepEqual(table.SSEDescription, {
                Status: "ENABLED",
                SSEType: "KMS",
                KMSMasterKeyArn: "arn:aws:kms:us-east-1:000000000000:alias/orders",
            });
            const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: table.TableArn }));
            assert.deepEqual(Tags, [{ Key: "team", Value: "platform" }]);
        });

        it("cannot be deleted while they are protected", async () => {
            const TableName = "protected";
            await local.createTable(TableName, { DeletionProtectionEnabled: true });
            const error = await rejection(client.send(new DeleteTableCommand({ TableName })));
            assert.equal(error.name, "ValidationException");
            assert.match(error.message, /protected against deletion/);
            await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
            await client.send(new DeleteTableCommand({ TableName }));
            // The table is still being deleted when its deletion has been answered.
            await waitUntilTableNotExists({ client, maxWaitTime: 60, minDelay: 0.01, maxDelay: 0.01 }, { TableName });
        });

        it("are listed, and made once", async () => {
            await local.createTable("listed");
            const { TableNames } = await client.send(new ListTablesCommand({}));
            assert.ok(TableNames?.includes("listed"));
            await assert.rejects(local.createTable("listed"), { name: "ResourceInUseException" });
        });

        it("are tagged and untagged", async () => {
            await local.createTable("tagged");
            const ResourceArn = "arn:aws:dynamodb:us-east-1:000000000000:table/tagged";
            const Tags = ["a", "b"].map((Key) => ({ Key, Value: "1" }));
            await client.send(new TagResourceCommand({ ResourceArn, Tags }));
            await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
            const listed = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
            assert.deepEqual(listed.Tags, [{ Key: "b", Value: "1" }]);
        });

        it("say whether they can be recovered to a point in time", async () => {
            const TableName = "recoverable";
            await local.createTable(TableName);
            const status = async () => {
                const { ContinuousBackupsDescription } = await client.send(
                    new DescribeContinuousBackupsCommand({ TableName }),
                );
                return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
            };
            assert.equal(await status(), "DISABLED");
            const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
            await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
            assert.equal(await status(), "ENABLED");
        });

        it("have indexes that follow their items, and refuse consistent reads", async () => {
            const TableName = "indexed";
            await local.createTable(TableName, {
                AttributeDefinitions: ["pk", "sk", "owner"].map((AttributeName) => ({
                    AttributeName,
                    AttributeType: "S",
                })),
                GlobalSecondaryIndexes: [
                    {
                        IndexName: "by-owner",
                        KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
                        Projection: { ProjectionType: "KEYS_ONLY" },
                    },
                ],
            });
            const documents = local.documents();
            await documents.send(new PutCommand({ TableName, Item: { pk: "1", sk: "1", owner: "ada", n: 1 } }));
            await documents.send(new PutCommand({ TableName, Item: { pk: "2", sk: "1", owner: "ada" } }));
            await documents.send(new PutCommand({ TableName, Item: { pk: "2", sk: "1", owner: "bob" } }));
            const query = {
                TableName,
                IndexName: "by-owner",
                KeyConditionExpression: "#owner = :owner",
                ExpressionAttributeNames: { "#owner": "owner" },
                ExpressionAttributeValues: { ":owner": "ada" },
            };
            const { Items } = await documents.send(new QueryCommand(query));
            assert.deepEqual(Items, [{ pk: "1", sk: "1", owner: "ada" }]);
            const error = await rejection(documents.send(new QueryCommand({ ...query, ConsistentRead: true })));
            assert.equal(error.message, "Consistent reads are not supported on global secondary indexes");
        });

        it("refuse a stream without a view, a second stream, and the end of none", async () => {
            const TableName = "streams";
            const make = local.createTable(TableName, { StreamSpecification: { StreamEnabled: true } });
            assert.equal((await rejection(make)).name, "ValidationException");
            await local.createTable(TableName);
            const end = client.send(
                new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }),
            );
            assert.equal((await rejection(end)).name, "ValidationException");
            const StreamSpecification = { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } as const;
            await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
            const again = client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
            assert.equal((await rejection(again)).message, "Table already has an enabled stream: TableName: streams");
        });

        it("refuse a schema that is none", async () => {
            const error = await rejection(
                client.send(
                    new CreateTableCommand({
                        TableName: "broken",
                        AttributeDefinitions: [{ AttributeName: "other", AttributeType: "S" }],
                        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
                        BillingMode: "PAY_PER_REQUEST",
                    }),
                ),
            );
            assert.equal(error.name, "ValidationException");
        });
    });
}
