import assert from "node:assert/strict";
import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { type DynamoDBDocumentClient, PutCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

for (const engine of ["embedded", "remote"] as const) {
    describe(`Time to live in DynamoDB over the ${engine} engine`, () => {
        let local: LocalDynamoDb;
        let documents: DynamoDBDocumentClient;
        let tables = 0;
        let TableName = "";

        before(async () => {
            local = await (engine === "embedded" ? LocalDynamoDb.start() : LocalDynamoDb.startOverRemote());
            documents = local.documents();
        });

        after(() => local.close());

        beforeEach(async () => {
            TableName = `expiring-${++tables}`;
            const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } as const;
            await local.createTable(TableName, { StreamSpecification });
        });

        const switchTo = (Enabled: boolean, AttributeName = "expiresAt") =>
            documents.send(
                new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }),
            );

        const secondsAhead = (seconds: number): number => Math.floor((Date.now() + local.aheadMs) / 1000) + seconds;

        const put = (sk: string, expiresAt: unknown) =>
            documents.send(new PutCommand({ TableName, Item: { pk: "a", sk, expiresAt } }));

        const left = async (): Promise<unknown[]> => {
            const { Items = [] } = await documents.send(new ScanCommand({ TableName }));
            return Items.map(({ sk }) => sk as unknown).sort();
        };

        it("deletes what has expired, and nothing else", async () => {
            await switchTo(true);
            await put("expired", secondsAhead(-10));
            await put("alive", secondsAhead(100));
            await put("a string", String(secondsAhead(-10)));
            await put("long ago", secondsAhead(-6 * 365 * 24 * 3600));
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "no time" } }));
            assert.equal(await local.dynamoDb.sweepExpired(), 1);
            assert.deepEqual(await left(), ["a string", "alive", "long ago", "no time"]);
            local.aheadMs += 102_000;
            assert.equal(await local.dynamoDb.sweepExpired(), 1);
            assert.deepEqual(await left(), ["a string", "long ago", "no time"]);
        });

        it("deletes what was there before it was enabled", async () => {
            await put("expired", secondsAhead(-10));
            await switchTo(true);
            await local.dynamoDb.sweepExpired();
            assert.deepEqual(await left(), []);
        });

        it("leaves an item whose time was put off, and takes one whose time was brought forward", async () => {
            await switchTo(true);
            await put("later", secondsAhead(-10));
            await put("sooner", secondsAhead(1000));
            for (const [sk, at] of [
                ["later", secondsAhead(1000)],
                ["sooner", secondsAhead(-5)],
            ] as const) {
                await documents.send(
                    new UpdateCommand({
                        TableName,
                        Key: { pk: "a", sk },
                        UpdateExpression: "SET expiresAt = :at",
                        ExpressionAttributeValues: { ":at": at },
                    }),
                );
            }
            assert.equal(await local.dynamoDb.sweepExpired(), 1);
            assert.deepEqual(await left(), ["later"]);
        });

        it("leaves a deletion in the stream that says DynamoDB itself made it", async () => {
            await switchTo(true);
            await put("expired", secondsAhead(-10));
            await local.dynamoDb.sweepExpired();
            const streams = local.streamsClient();
            const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
            const StreamArn = Streams?.[0]?.StreamArn;
            const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
            const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
            const { ShardIterator } = await streams.send(
                new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
            );
            const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
            assert.deepEqual(
                Records.map(({ eventName, userIdentity }) => [eventName, userIdentity]),
                [
                    ["INSERT", undefined],
                    ["REMOVE", { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" }],
                ],
            );
            const records = local.streams.open(String(StreamArn), { type: "TRIM_HORIZON" }, ADMINISTRATOR).read(10);
            assert.deepEqual(records[1]?.userIdentity, { type: "Service", principalId: "dynamodb.amazonaws.com" });
        });

        it("is described, stops when it is disabled, and refuses to be what it is already", async () => {
            const status = async () => {
                const { TimeToLiveDescription } = await documents.send(new DescribeTimeToLiveCommand({ TableName }));
                return TimeToLiveDescription;
            };
            assert.deepEqual(await status(), { TimeToLiveStatus: "DISABLED" });
            await switchTo(true);
            assert.deepEqual(await status(), { TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
            assert.equal((await rejection(switchTo(true))).message, "TimeToLive is already enabled");
            await put("expired", secondsAhead(-10));
            await switchTo(false);
            assert.equal(await local.dynamoDb.sweepExpired(), 0);
            assert.equal((await rejection(switchTo(false))).message, "TimeToLive is already disabled");
        });
    });
}
