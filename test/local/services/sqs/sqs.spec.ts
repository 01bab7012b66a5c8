import assert from "node:assert/strict";
import type { MessageAttributeValue, SQSClient } from "@aws-sdk/client-sqs";
import {
    ChangeMessageVisibilityBatchCommand,
    ChangeMessageVisibilityCommand,
    DeleteMessageBatchCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    GetQueueUrlCommand,
    ListQueuesCommand,
    PurgeQueueCommand,
    ReceiveMessageCommand,
    SendMessageBatchCommand,
    SendMessageCommand,
    SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { TestServices } from "../../../support/test-services";

type MessageAttributes = Record<string, MessageAttributeValue>;

describe("SQS at the edge", () => {
    let services: TestServices;
    let client: SQSClient;
    let QueueUrl: string;

    beforeEach(async () => {
        services = await TestServices.start();
        client = services.sqs();
        QueueUrl = services.queues.url(services.queue("letters"));
    });

    afterEach(async () => {
        await services.close();
    });

    const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const receive = async (options: Partial<ConstructorParameters<typeof ReceiveMessageCommand>[0]> = {}) => {
        const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, ...options }));
        return Messages;
    };
    const bodies = async (maximum = 10) => (await receive({ MaxNumberOfMessages: maximum })).map(({ Body }) => Body);

    it("gives a queue a URL that the SDK can use, on the edge", async () => {
        const found = await client.send(new GetQueueUrlCommand({ QueueName: "letters" }));
        assert.equal(found.QueueUrl, `${services.endpoint}/000000000000/letters`);
    });

    it("delivers a message with its attributes and digests, which the SDK verifies", async () => {
        const sent = await client.send(
            new SendMessageCommand({
                QueueUrl,
                MessageBody: "größer",
                MessageAttributes: {
                    reason: { DataType: "String", StringValue: "late" },
                    count: { DataType: "Number", StringValue: "3" },
                    blob: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
                },
                MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-2-3" } },
            }),
        );
        const [message] = await receive({ MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
        assert.equal(message?.MessageId, sent.MessageId);
        assert.equal(message?.Body, "größer");
        assert.equal(message.MD5OfBody, sent.MD5OfMessageBody);
        assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
        assert.deepEqual(message.MessageAttributes, {
            reason: { DataType: "String", StringValue: "late" },
            count: { DataType: "Number", StringValue: "3" },
            blob: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
        });
        assert.equal(message.Attributes?.ApproximateReceiveCount, "1");
        assert.equal(message.Attributes.AWSTraceHeader, "Root=1-2-3");
        assert.match(message.Attributes.SentTimestamp ?? "", /^\d{13}$/);
        assert.match(message.Attributes.SenderId ?? "", /administrator/);
    });

    it("computes the digest of attributes as AWS does", async () => {
        // The values are those of other implementations that were compared with AWS.
        const digest = async (MessageAttributes: MessageAttributes) =>
            (await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageAttributes })))
                .MD5OfMessageAttributes;
        assert.equal(
            await digest({ timestamp: { DataType: "Number", StringValue: "1493147359900" } }),
            "235c5c510d26fb653d073faed50ae77c",
        );
        assert.equal(
            await digest({
                reason: { DataType: "String", StringValue: "late" },
                blob: { DataType: "Binary.png", BinaryValue: new Uint8Array([0, 255]) },
                n: { DataType: "Number.int", StringValue: "3" },
            }),
            "ec2d1eea33a26f3eda1e48ff2406411f",
        );
    });

    it("gives only the attributes that were asked for", async () => {
        await client.send(
            new SendMessageCommand({
                QueueUrl,
                MessageBody: "x",
                MessageAttributes: {
                    "trace.id": { DataType: "String", StringValue: "1" },
                    reason: { DataType: "String", StringValue: "late" },
                },
            }),
        );
        const [message] = await receive({ MessageAttributeNames: ["trace.*"] });
        assert.deepEqual(Object.keys(message?.MessageAttributes ?? {}), ["trace.id"]);
        assert.equal(message?.Attributes, undefined);
    });

    it("hides a received message for its visibility timeout, then gives it again with a higher count", async () => {
        await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "3600" } }));
        await send("one");
        assert.deepEqual(await bodies(), ["one"]);
        assert.deepEqual(await bodies(), []);
        // Time goes on by itself as well: a minute short, for machines that are slow.
        services.advance(3_540_000);
        assert.deepEqual(await bodies(), []);
        services.advance(60_001);
        const [again] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
        assert.deepEqual(again?.Attributes, { ApproximateReceiveCount: "2" });
    });

    it("deletes a message by the handle of its last receive; an older handle does nothing", async () => {
        await send("one");
        const [first] = await receive({ VisibilityTimeout: 0 });
        const [second] = await receive({ VisibilityTimeout: 0 });
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
        assert.deepEqual((await receive({ VisibilityTimeout: 0 })).length, 1);
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
        const [third] = await receive({ VisibilityTimeout: 0 });
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: third?.ReceiptHandle }));
        assert.deepEqual(await bodies(), []);
    });

    it("accepts the deletion of a message that is deleted already", async () => {
        await send("one");
        const [message] = await receive();
        const command = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });
        await client.send(command);
        await client.send(command);
    });

    it("wakes a long poll as soon as a message arrives", async () => {
        const polling = receive({ WaitTimeSeconds: 20 });
        await services.queues.receive(services.queue("other").arn, { maximum: 1 }, { kind: "anonymous" });
        await send("late");
        assert.deepEqual(
            (await polling).map(({ Body }) => Body),
            ["late"],
        );
    });

    it("wakes a long poll when a hidden message comes back", async () => {
        await send("one");
        const [message] = await receive();
        const polling = receive({ WaitTimeSeconds: 20 });
        await client.send(
            new ChangeMessageVisibilityCommand({
                QueueUrl,
                ReceiptHandle: message?.ReceiptHandle,
                VisibilityTimeout: 0,
            }),
        );
        assert.deepEqual(
            (await polling).map(({ Body }) => Body),
            ["one"],
        );
    });

    it("ends a long poll empty-handed when its time is over", async () => {
        assert.deepEqual(await receive({ WaitTimeSeconds: 1 }), []);
    });

    it("gives each message to one of several waiting receivers", async () => {
        const polls = [receive({ WaitTimeSeconds: 20 }), receive({ WaitTimeSeconds: 20 })];
        await send("a");
        await send("b");
        const received = (await Promise.all(polls)).flat().map(({ Body }) => Body);
        assert.deepEqual(received.sort(), ["a", "b"]);
    });

    it("holds back a message for its delay", async () => {
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "later", DelaySeconds: 60 }));
        assert.deepEqual(await bodies(), []);
        services.advance(60_001);
        assert.deepEqual(await bodies(), ["later"]);
    });

    it("drops messages past the retention period", async () => {
        await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: "60" } }));
        await send("old");
        services.advance(60_001);
        await send("new");
        assert.deepEqual(await bodies(), ["new"]);
    });

    it("moves a message to the dead-letter queue once it was received too often", async () => {
        const deadLetters = services.queue("dead-letters");
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 });
        await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
        const { MessageId } = await send("poison");
        for (let count = 0; count < 2; count += 1) {
            assert.equal((await receive({ VisibilityTimeout: 0 })).length, 1);
        }
        assert.deepEqual(await receive(), []);
        const { Messages } = await client.send(
            new ReceiveMessageCommand({
                QueueUrl: services.queues.url(deadLetters),
                MessageSystemAttributeNames: ["DeadLetterQueueSourceArn"],
            }),
        );
        assert.equal(Messages?.[0]?.MessageId, MessageId);
        assert.deepEqual(Messages?.[0]?.Attributes, {
            DeadLetterQueueSourceArn: "arn:aws:sqs:us-east-1:000000000000:letters",
        });
    });

    it("sends a batch entry by entry, and names the entries that failed", async () => {
        const { Successful = [], Failed = [] } = await client.send(
            new SendMessageBatchCommand({
                QueueUrl,
                Entries: [
                    { Id: "a", MessageBody: "one" },
                    { Id: "b", MessageBody: "\u0000" },
                    { Id: "c", MessageBody: "three" },
                ],
            }),
        );
        assert.deepEqual(
            Successful.map(({ Id }) => Id),
            ["a", "c"],
        );
        assert.deepEqual(
            Failed.map(({ Id, Code, SenderFault }) => ({ Id, Code, SenderFault })),
            [{ Id: "b", Code: "InvalidMessageContents", SenderFault: true }],
        );
        assert.deepEqual(await bodies(), ["one", "three"]);
    });

    it("changes visibility and deletes in batches", async () => {
        await send("one");
        await send("two");
        const Entries = (await receive({ MaxNumberOfMessages: 10 })).map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
        }));
        await client.send(
            new ChangeMessageVisibilityBatchCommand({
                QueueUrl,
                Entries: Entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
            }),
        );
        const again = (await receive({ MaxNumberOfMessages: 10 })).map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
        }));
        assert.equal(again.length, 2);
        const { Successful } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: again }));
        assert.equal(Successful?.length, 2);
    });

    it("answers with a queue's attributes", async () => {
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "later", DelaySeconds: 60 }));
        await send("one");
        await send("two");
        await receive();
        const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
        const { CreatedTimestamp, LastModifiedTimestamp, ...rest } = Attributes ?? {};
        assert.match(`${CreatedTimestamp ?? ""} ${LastModifiedTimestamp ?? ""}`, /^\d{10} \d{10}$/);
        assert.deepEqual(rest, {
            QueueArn: "arn:aws:sqs:us-east-1:000000000000:letters",
            ApproximateNumberOfMessages: "1",
            ApproximateNumberOfMessagesNotVisible: "1",
            ApproximateNumberOfMessagesDelayed: "1",
            DelaySeconds: "0",
            MaximumMessageSize: "1048576",
            MessageRetentionPeriod: "345600",
            ReceiveMessageWaitTimeSeconds: "0",
            VisibilityTimeout: "30",
            SqsManagedSseEnabled: "true",
        });
    });

    it("lists queues by prefix and purges one", async () => {
        services.queue("orders");
        const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: "let" }));
        assert.deepEqual(QueueUrls, [QueueUrl]);
        await send("one");
        await client.send(new PurgeQueueCommand({ QueueUrl }));
        assert.deepEqual(await bodies(), []);
    });

    it("asks the gate with the queue's ARN before anything else", async () => {
        services.deny(({ action }) => action === "sqs:SendMessage");
        await assert.rejects(
            client.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}-unknown`, MessageBody: "x" })),
            { name: "AccessDeniedException" },
        );
        assert.deepEqual(services.actionsOf("administrator"), ["sqs:SendMessage letters-unknown"]);
    });

    describe("rejects", () => {
        const rejects = (title: string, request: () => Promise<unknown>, expected: object) => {
            it(title, async () => {
                await assert.rejects(request(), expected);
            });
        };

        rejects(
            "a queue that does not exist",
            () => client.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}x`, MessageBody: "x" })),
            {
                name: "QueueDoesNotExist",
                Code: "AWS.SimpleQueueService.NonExistentQueue",
                message: "The specified queue does not exist.",
            },
        );
        rejects("an empty body", () => client.send(new SendMessageCommand({ QueueUrl, MessageBody: "" })), {
            message: "The request must contain the parameter MessageBody.",
        });
        rejects(
            "a message over 1 MiB, attributes included",
            () =>
                client.send(
                    new SendMessageCommand({
                        QueueUrl,
                        MessageBody: "x".repeat(1_048_570),
                        MessageAttributes: { name: { DataType: "String", StringValue: "value" } },
                    }),
                ),
            { name: "InvalidParameterValue", message: /Message must be shorter than 1048576 bytes/ },
        );
        rejects(
            "a batch over 1 MiB together",
            () =>
                client.send(
                    new SendMessageBatchCommand({
                        QueueUrl,
                        Entries: ["a", "b"].map((Id) => ({ Id, MessageBody: "x".repeat(600_000) })),
                    }),
                ),
            { name: "BatchRequestTooLong" },
        );
        rejects(
            "a batch with the same id twice",
            () =>
                client.send(
                    new SendMessageBatchCommand({
                        QueueUrl,
                        Entries: ["a", "a"].map((Id) => ({ Id, MessageBody: "x" })),
                    }),
                ),
            { name: "BatchEntryIdsNotDistinct", message: "Id a repeated." },
        );
        rejects(
            "a batch of eleven",
            () =>
                client.send(
                    new SendMessageBatchCommand({
                        QueueUrl,
                        Entries: Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: "x" })),
                    }),
                ),
            { name: "TooManyEntriesInBatchRequest" },
        );
        rejects("an empty batch", () => client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })), {
            name: "EmptyBatchRequest",
        });
        rejects(
            "a reserved attribute name",
            () =>
                client.send(
                    new SendMessageCommand({
                        QueueUrl,
                        MessageBody: "x",
                        MessageAttributes: { "AWS.x": { DataType: "String", StringValue: "1" } },
                    }),
                ),
            { name: "InvalidParameterValue" },
        );
        rejects(
            "more than ten messages at once",
            () => client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 })),
            {
                message: /MaxNumberOfMessages is invalid/,
            },
        );
        rejects(
            "a wait of more than 20 seconds",
            () => client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 21 })),
            {
                message: /WaitTimeSeconds is invalid/,
            },
        );
        rejects(
            "a forged receipt handle",
            () => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "forged" })),
            {
                name: "ReceiptHandleIsInvalid",
            },
        );
        rejects(
            "an unknown attribute",
            () =>
                client.send(
                    new SetQueueAttributesCommand({
                        QueueUrl,
                        Attributes: { constructor: "x" } as Record<string, string>,
                    }),
                ),
            {
                name: "InvalidAttributeName",
            },
        );
        rejects(
            "a dead-letter queue that does not exist",
            () =>
                client.send(
                    new SetQueueAttributesCommand({
                        QueueUrl,
                        Attributes: {
                            RedrivePolicy: JSON.stringify({
                                deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:no",
                                maxReceiveCount: 1,
                            }),
                        },
                    }),
                ),
            { message: /Dead letter target does not exist/ },
        );

        it("a change of visibility for a message that is not in flight", async () => {
            await send("one");
            const [message] = await receive({ VisibilityTimeout: 0 });
            await assert.rejects(
                client.send(
                    new ChangeMessageVisibilityCommand({
                        QueueUrl,
                        ReceiptHandle: message?.ReceiptHandle,
                        VisibilityTimeout: 5,
                    }),
                ),
                { message: /not available for visibility timeout change/ },
            );
        });
    });
});
