import assert from "node:assert/strict";
import { type AttributeValue, type DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamCommand,
    type DynamoDBStreamsClient,
    GetRecordsCommand,
    GetShardIteratorCommand,
    ListStreamsCommand,
    type ShardIteratorType,
} from "@aws-sdk/client-dynamodb-streams";
import {
    BatchWriteCommand,
    DeleteCommand,
    type DynamoDBDocumentClient,
    PutCommand,
    ScanCommand,
    TransactWriteCommand,
    UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import type { Item } from "../../../../local/database/item";
import type { StreamRecord } from "../../../../local/services/streams/table-streams";
import { LocalDynamoDb, rejection } from "../dynamodb/local-dynamodb";

type View = "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";

for (const engine of ["embedded", "remote"] as const) {
    describe(`A table's stream over the ${engine} engine`, () => {
        let local: LocalDynamoDb;
        let client: DynamoDBClient;
        let documents: DynamoDBDocumentClient;
        let streams: DynamoDBStreamsClient;
        let tables = 0;

        before(async () => {
            const options = { maxStreamRecords: 100 };
            local = await (engine === "embedded"
                ? LocalDynamoDb.start(options)
                : LocalDynamoDb.startOverRemote(options));
            client = local.client();
            documents = local.documents();
            streams = local.streamsClient();
        });

        after(() => local.close());

        /** A new table with a stream: its name and its stream's ARN. */
        const streamingTable = async (StreamViewType: View = "NEW_AND_OLD_IMAGES"): Promise<[string, string]> => {
            const TableName = `streaming-${++tables}`;
            await local.createTable(TableName, { StreamSpecification: { StreamEnabled: true, StreamViewType } });
            const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
            assert.equal(Streams?.length, 1);
            return [TableName, String(Streams[0]?.StreamArn)];
        };

        const recordsOf = (streamArn: string): readonly StreamRecord[] =>
            local.streams.open(streamArn, { type: "TRIM_HORIZON" }, ADMINISTRATOR).read(10_000);

        const shardIterator = async (StreamArn: string, type: ShardIteratorType, SequenceNumber?: string) => {
            const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
            const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
            const { ShardIterator } = await streams.send(
                new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: type, SequenceNumber }),
            );
            return ShardIterator;
        };

        it("has a record of each put, update and delete, in AWS's form", async () => {
            const [TableName, StreamArn] = await streamingTable();
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1", n: 1 } }));
            await documents.send(
                new UpdateCommand({
                    TableName,
                    Key: { pk: "a", sk: "1" },
                    UpdateExpression: "ADD n :one",
                    ExpressionAttributeValues: { ":one": 1 },
                }),
            );
            await documents.send(new DeleteCommand({ TableName, Key: { pk: "a", sk: "1" } }));
            const ShardIterator = await shardIterator(StreamArn, "TRIM_HORIZON");
            const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
            const seen = Records.map(({ eventName, dynamodb }) => [
                eventName,
                dynamodb?.OldImage && unmarshall(dynamodb.OldImage),
                dynamodb?.NewImage && unmarshall(dynamodb.NewImage),
            ]);
            assert.deepEqual(seen, [
                ["INSERT", undefined, { pk: "a", sk: "1", n: 1 }],
                ["MODIFY", { pk: "a", sk: "1", n: 1 }, { pk: "a", sk: "1", n: 2 }],
                ["REMOVE", { pk: "a", sk: "1", n: 2 }, undefined],
            ]);
            assert.ok(NextShardIterator);
            const [record] = Records;
            assert.ok(record?.dynamodb);
            assert.match(String(record.eventID), /^[0-9a-f]{32}$/);
            assert.match(String(record.dynamodb.SequenceNumber), /^\d{21,40}$/);
            assert.deepEqual(record.dynamodb.Keys, { pk: { S: "a" }, sk: { S: "1" } });
            assert.deepEqual(
                [
                    record.eventVersion,
                    record.eventSource,
                    record.awsRegion,
                    record.dynamodb.StreamViewType,
                    record.userIdentity,
                ],
                ["1.1", "aws:dynamodb", "us-east-1", "NEW_AND_OLD_IMAGES", undefined],
            );
            // Keys "pk" + "a" and "sk" + "1", and the new image with "n" of two bytes besides.
            assert.equal(record.dynamodb.SizeBytes, 6 + 6 + 3);
        });

        it("has no record of what changed nothing", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const Item = { pk: "a", sk: "1", tags: new Set(["x", "y"]), n: 1 };
            const Key = { pk: "a", sk: "1" };
            await documents.send(new PutCommand({ TableName, Item }));
            await documents.send(new PutCommand({ TableName, Item: { ...Item, tags: new Set(["y", "x"]) } }));
            await documents.send(
                new UpdateCommand({
                    TableName,
                    Key,
                    UpdateExpression: "SET n = :n",
                    ExpressionAttributeValues: { ":n": 1 },
                }),
            );
            await documents.send(new DeleteCommand({ TableName, Key: { pk: "none", sk: "1" } }));
            await rejection(
                documents.send(
                    new PutCommand({
                        TableName,
                        Item: { ...Key, n: 9 },
                        ConditionExpression: "attribute_not_exists(pk)",
                    }),
                ),
            );
            assert.deepEqual(
                recordsOf(StreamArn).map(({ eventName }) => eventName),
                ["INSERT"],
            );
        });

        it("has the records of batches and transactions, and none of a transaction that was cancelled", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const put = (sk: string) => ({ TableName, Item: { pk: "b", sk } });
            await documents.send(
                new BatchWriteCommand({
                    RequestItems: { [TableName]: ["1", "2"].map((sk) => ({ PutRequest: { Item: { pk: "b", sk } } })) },
                }),
            );
            await documents.send(
                new TransactWriteCommand({
                    TransactItems: [{ Put: put("3") }, { Delete: { TableName, Key: { pk: "b", sk: "1" } } }],
                }),
            );
            await rejection(
                documents.send(
                    new TransactWriteCommand({
                        TransactItems: [
                            { Put: put("4") },
                            { Put: { ...put("2"), ConditionExpression: "attribute_not_exists(pk)" } },
                        ],
                    }),
                ),
            );
            const seen = recordsOf(StreamArn).map(({ eventName, dynamodb }) => `${eventName} ${text(dynamodb.Keys)}`);
            assert.deepEqual(seen.slice(0, 2).sort(), ["INSERT b/1", "INSERT b/2"]);
            assert.deepEqual(seen.slice(2), ["INSERT b/3", "REMOVE b/1"]);
        });

        const views: readonly (readonly [View, readonly string[]])[] = [
            ["KEYS_ONLY", []],
            ["NEW_IMAGE", ["NewImage"]],
            ["OLD_IMAGE", ["OldImage"]],
            ["NEW_AND_OLD_IMAGES", ["NewImage", "OldImage"]],
        ];
        for (const [view, images] of views) {
            it(`has ${images.join(" and ") || "no image"} with the view ${view}`, async () => {
                const [TableName, StreamArn] = await streamingTable(view);
                await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1", n: 1 } }));
                await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1", n: 2 } }));
                const [, modified] = recordsOf(StreamArn);
                assert.deepEqual(
                    Object.keys(modified?.dynamodb ?? {}).filter((name) => name.endsWith("Image")),
                    images,
                );
            });
        }

        it("is described with its table's key, one open shard, and a label that is a time", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const { StreamDescription: stream } = await streams.send(new DescribeStreamCommand({ StreamArn }));
            assert.match(String(stream?.StreamLabel), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
            assert.equal(
                StreamArn,
                `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}/stream/${String(stream?.StreamLabel)}`,
            );
            assert.deepEqual(stream?.KeySchema, [
                { AttributeName: "pk", KeyType: "HASH" },
                { AttributeName: "sk", KeyType: "RANGE" },
            ]);
            assert.equal(stream.StreamStatus, "ENABLED");
            const ranges = stream.Shards?.map(({ SequenceNumberRange }) => Object.keys(SequenceNumberRange ?? {}));
            assert.deepEqual(ranges, [["StartingSequenceNumber"]]);
        });

        it("is read from each kind of position, in steps of a limit", async () => {
            const [TableName, StreamArn] = await streamingTable();
            for (const sk of ["1", "2", "3"]) {
                await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk } }));
            }
            const numbers = recordsOf(StreamArn).map(({ dynamodb }) => dynamodb.SequenceNumber);
            const read = async (ShardIterator: string | undefined, Limit?: number) => {
                const { Records = [], NextShardIterator } = await streams.send(
                    new GetRecordsCommand({ ShardIterator, Limit }),
                );
                return { sks: Records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S), NextShardIterator };
            };
            const latest = await shardIterator(StreamArn, "LATEST");
            assert.deepEqual((await read(await shardIterator(StreamArn, "AT_SEQUENCE_NUMBER", numbers[1]))).sks, [
                "2",
                "3",
            ]);
            assert.deepEqual((await read(await shardIterator(StreamArn, "AFTER_SEQUENCE_NUMBER", numbers[1]))).sks, [
                "3",
            ]);
            const first = await read(await shardIterator(StreamArn, "TRIM_HORIZON"), 2);
            assert.deepEqual([first.sks, (await read(first.NextShardIterator)).sks], [["1", "2"], ["3"]]);
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "4" } }));
            assert.deepEqual((await read(latest)).sks, ["4"]);
        });

        it("refuses an iterator after 15 minutes, and records after 24 hours", async () => {
            const [TableName, StreamArn] = await streamingTable();
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1" } }));
            const [old] = recordsOf(StreamArn);
            const ShardIterator = await shardIterator(StreamArn, "TRIM_HORIZON");
            local.aheadMs += 16 * 60_000;
            const expired = await rejection(streams.send(new GetRecordsCommand({ ShardIterator })));
            assert.equal(expired.name, "ExpiredIteratorException");
            local.aheadMs += 24 * 3600_000;
            assert.deepEqual(recordsOf(StreamArn), []);
            const trimmed = await rejection(
                shardIterator(StreamArn, "AT_SEQUENCE_NUMBER", old?.dynamodb.SequenceNumber),
            );
            assert.equal(trimmed.name, "TrimmedDataAccessException");
        });

        it("keeps a bounded number of records, and tells a reader that came too late", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const slow = local.streams.open(StreamArn, { type: "TRIM_HORIZON" }, ADMINISTRATOR);
            await Promise.all(
                Array.from({ length: 120 }, (_, n) =>
                    documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: String(n) } })),
                ),
            );
            assert.equal(recordsOf(StreamArn).length, 100);
            assert.throws(() => slow.read(10), { code: "TrimmedDataAccessException" });
        });

        it("ends when it is disabled, is readable still, and begins anew as another stream", async () => {
            const [TableName, StreamArn] = await streamingTable();
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1" } }));
            const cursor = local.streams.open(StreamArn, { type: "TRIM_HORIZON" }, ADMINISTRATOR);
            await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "2" } }));
            assert.equal(cursor.ended, false);
            assert.equal(cursor.read(10).length, 1);
            assert.equal(cursor.ended, true);
            await cursor.wait();
            const ShardIterator = await shardIterator(StreamArn, "TRIM_HORIZON");
            const { Records, NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
            assert.deepEqual([Records?.length, NextShardIterator], [1, undefined]);
            await client.send(
                new UpdateTableCommand({
                    TableName,
                    StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
                }),
            );
            const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
            assert.equal(Streams?.length, 2);
        });

        it("wakes a waiting reader with the next record, and lets it go when it gives up", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const cursor = local.streams.open(StreamArn, { type: "LATEST" }, ADMINISTRATOR);
            const waiting = cursor.wait();
            await documents.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1" } }));
            await waiting;
            assert.equal(cursor.read(10).length, 1);
            const controller = new AbortController();
            const idle = cursor.wait(controller.signal);
            controller.abort();
            await idle;
            assert.deepEqual(cursor.read(10), []);
        });

        it("replayed in order, reproduces the table, whatever was written at the same time", async () => {
            const [TableName, StreamArn] = await streamingTable();
            const key = fc.record({ pk: fc.constantFrom("a", "b"), sk: fc.constantFrom("1", "2", "3") });
            const value = fc.integer({ min: 0, max: 3 });
            const operation = fc.oneof(
                fc.record({ kind: fc.constant("put" as const), key, value }),
                fc.record({ kind: fc.constant("add" as const), key, value }),
                fc.record({ kind: fc.constant("delete" as const), key, value }),
                fc.record({ kind: fc.constant("transact" as const), key, value }),
            );
            const run = async ({
                kind,
                key: Key,
                value: n,
            }: {
                kind: string;
                key: { pk: string; sk: string };
                value: number;
            }) => {
                const add = {
                    TableName,
                    Key,
                    UpdateExpression: "ADD n :n SET #last = :n",
                    ExpressionAttributeNames: { "#last": "last" },
                    ExpressionAttributeValues: { ":n": n },
                };
                switch (kind) {
                    case "put":
                        return documents.send(new PutCommand({ TableName, Item: { ...Key, n } }));
                    case "add":
                        return documents.send(new UpdateCommand(add));
                    case "delete":
                        return documents.send(new DeleteCommand({ TableName, Key }));
                    default:
                        return documents.send(
                            new TransactWriteCommand({
                                TransactItems: [
                                    { Update: add },
                                    { Put: { TableName, Item: { pk: "log", sk: Key.sk, n } } },
                                ],
                            }),
                        );
                }
            };
            const cursor = local.streams.open(StreamArn, { type: "TRIM_HORIZON" }, ADMINISTRATOR);
            const replica = new Map<string, Item>();
            await fc.assert(
                fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 20 }), async (operations) => {
                    await Promise.all(operations.map(run));
                    for (const { eventName, dynamodb } of cursor.read(1000)) {
                        const id = text(dynamodb.Keys);
                        assert.deepEqual(dynamodb.OldImage, replica.get(id), "the old image is what was there");
                        assert.equal(eventName, eventNameOf(dynamodb.OldImage, dynamodb.NewImage));
                        if (dynamodb.NewImage === undefined) {
                            replica.delete(id);
                        } else {
                            replica.set(id, dynamodb.NewImage);
                        }
                    }
                    const { Items = [] } = await documents.send(new ScanCommand({ TableName, ConsistentRead: true }));
                    const replayed = [...replica.values()].map((item) =>
                        unmarshall(item as Record<string, AttributeValue>),
                    );
                    assert.deepEqual(byKey(replayed), byKey(Items));
                }),
                { numRuns: engine === "embedded" ? 30 : 8 },
            );
        });
    });
}

function text(key: Item): string {
    return Object.values(key)
        .map((value) => ("S" in value ? value.S : ""))
        .join("/");
}

function eventNameOf(oldImage: Item | undefined, newImage: Item | undefined): string {
    return oldImage === undefined ? "INSERT" : newImage === undefined ? "REMOVE" : "MODIFY";
}

function byKey(items: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
    return items.toSorted((one, other) =>
        `${String(one.pk)}/${String(one.sk)}` < `${String(other.pk)}/${String(other.sk)}` ? -1 : 1,
    );
}
