import assert from "node:assert/strict";
import {
    ChangeMessageVisibilityCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    type Message,
    ReceiveMessageCommand,
    SendMessageBatchCommand,
    SendMessageCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import { EdgeServer } from "../../../../local/edge/server";
import { sqsService } from "../../../../local/services/sqs/operations";
import { SqsQueues } from "../../../../local/services/sqs/queues";
import { Credentials } from "../../../../local/signing/credentials";
import { SignatureVerifier } from "../../../../local/signing/sigv4";

describe("Message groups of SQS, by the AWS SDK", () => {
    const credentials = new Credentials(Date.now);
    let aheadMs: number;
    let edge: EdgeServer;
    let url: string;
    let queues: SqsQueues;
    let client: SQSClient;

    beforeEach(async () => {
        aheadMs = 0;
        queues = new SqsQueues({
            authorize: () => undefined,
            clock: () => Date.now() + aheadMs,
            endpoint: () => url,
        });
        edge = new EdgeServer({ verifier: new SignatureVerifier(credentials, Date.now), log: () => undefined });
        edge.register(sqsService(queues));
        url = await edge.listen(0);
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        client = new SQSClient({
            endpoint: url,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey },
            maxAttempts: 1,
        });
    });
    afterEach(async () => {
        client.destroy();
        queues.close();
        await edge.close();
    });

    const fifo = (name = "door.fifo", more: Record<string, string> = {}): string => {
        return queues.url(queues.create(name, { FifoQueue: "true", ...more }));
    };
    const send = (QueueUrl: string, body: string, group: string, id = body) =>
        client.send(
            new SendMessageCommand({
                QueueUrl,
                MessageBody: body,
                MessageGroupId: group,
                MessageDeduplicationId: id,
            }),
        );
    const receive = async (QueueUrl: string, MaxNumberOfMessages = 10): Promise<readonly Message[]> => {
        const all = { MessageSystemAttributeNames: ["All" as const] };
        const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, ...all }),
        );
        return Messages;
    };
    const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

    describe("a FIFO queue", () => {
        it("hands out a group in order, several at once, and no more of it while one is in flight", async () => {
            const queue = fifo();
            for (const [body, group] of [
                ["a1", "a"],
                ["b1", "b"],
                ["a2", "a"],
                ["a3", "a"],
            ] as const) {
                await send(queue, body, group);
            }
            const first = await receive(queue, 2);
            assert.deepEqual(bodies(first), ["a1", "a2"]);
            assert.deepEqual(bodies(await receive(queue)), ["b1"]);
            for (const { ReceiptHandle } of first) {
                assert.deepEqual(bodies(await receive(queue)), []);
                await client.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }));
            }
            assert.deepEqual(bodies(await receive(queue)), ["a3"]);
        });

        it("hands out what comes back before what follows it", async () => {
            const queue = fifo();
            await send(queue, "1", "a");
            await send(queue, "2", "a");
            const [message] = await receive(queue, 1);
            const handle = { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle };
            await client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }));
            assert.deepEqual(bodies(await receive(queue)), ["1", "2"]);
        });

        it("tells a receiver the group, the deduplication id and the number, which grows", async () => {
            const queue = fifo();
            const sent = [await send(queue, "1", "order/42"), await send(queue, "2", "order/42")];
            const received = await receive(queue);
            assert.deepEqual(
                received.map(({ Attributes }) => [Attributes?.MessageGroupId, Attributes?.MessageDeduplicationId]),
                [
                    ["order/42", "1"],
                    ["order/42", "2"],
                ],
            );
            const numbers = received.map(({ Attributes }) => Attributes?.SequenceNumber ?? "");
            assert.deepEqual(
                numbers,
                sent.map(({ SequenceNumber }) => SequenceNumber),
            );
            assert.ok(numbers.every((number) => /^\d{20}$/.test(number)));
            assert.deepEqual(numbers, [...new Set(numbers)].sort());
        });

        it("keeps once what is sent twice within five minutes, also when it is deleted by then", async () => {
            const queue = fifo();
            const { MessageId, SequenceNumber } = await send(queue, "first", "a", "id");
            const [message] = await receive(queue);
            const handle = { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle };
            await client.send(new DeleteMessageCommand(handle));
            const again = await send(queue, "second", "b", "id");
            assert.deepEqual([again.MessageId, again.SequenceNumber], [MessageId, SequenceNumber]);
            assert.deepEqual(await receive(queue), []);
            aheadMs = 300_001;
            await send(queue, "third", "a", "id");
            assert.deepEqual(bodies(await receive(queue)), ["third"]);
        });

        it("tells repetitions by the body, and by group, where it is told to", async () => {
            const byBody = fifo("by-body.fifo", { ContentBasedDeduplication: "true" });
            for (const MessageBody of ["x", "x", "y"]) {
                await client.send(new SendMessageCommand({ QueueUrl: byBody, MessageBody, MessageGroupId: "a" }));
            }
            assert.deepEqual(bodies(await receive(byBody)), ["x", "y"]);
            const perGroup = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
            const byGroup = fifo("by-group.fifo", perGroup);
            for (const group of ["a", "b", "a"]) {
                await send(byGroup, `of ${group}`, group, "same");
            }
            assert.deepEqual(bodies(await receive(byGroup)), ["of a", "of b"]);
        });

        it("takes group and deduplication ids of 128 letters, digits and punctuation, and no others", async () => {
            const queue = fifo();
            await send(queue, "1", "~".repeat(128), "!".repeat(128));
            for (const id of ["x".repeat(129), "a b", "ü"]) {
                for (const wrong of [send(queue, "2", id, "ok"), send(queue, "2", "ok", id)]) {
                    await assert.rejects(wrong, { name: "InvalidParameterValue", message: /1 to 128 in length/ });
                }
            }
        });

        it("refuses what AWS refuses: no group, no id, a delay of one message, a late delete", async () => {
            const QueueUrl = fifo();
            const message = { QueueUrl, MessageBody: "x" };
            await assert.rejects(client.send(new SendMessageCommand({ ...message, MessageDeduplicationId: "1" })), {
                name: "MissingParameter",
                message: "The request must contain the parameter MessageGroupId.",
            });
            await assert.rejects(client.send(new SendMessageCommand({ ...message, MessageGroupId: "a" })), {
                name: "InvalidParameterValue",
                message: /ContentBasedDeduplication enabled or MessageDeduplicationId provided/,
            });
            const delayed = { ...message, MessageGroupId: "a", MessageDeduplicationId: "1", DelaySeconds: 1 };
            await assert.rejects(client.send(new SendMessageCommand(delayed)), {
                name: "InvalidParameterValue",
                message: /not valid for this queue type/,
            });
            await send(QueueUrl, "late", "a");
            const [late] = await receive(QueueUrl);
            aheadMs = 31_000;
            const { ReceiptHandle } = late ?? {};
            await assert.rejects(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })), {
                name: "InvalidParameterValue",
                message: /The receipt handle has expired/,
            });
        });

        it("hands a poisonous message to a FIFO dead-letter queue, and goes on with its group", async () => {
            const dead = queues.create("dead.fifo", { FifoQueue: "true" });
            const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
            const queue = fifo("door.fifo", { RedrivePolicy, VisibilityTimeout: "1" });
            await send(queue, "poison", "a");
            await send(queue, "next", "a");
            await receive(queue, 1);
            aheadMs = 2_000;
            assert.deepEqual(bodies(await receive(queue, 1)), ["next"]);
            const [letter] = await receive(queues.url(dead));
            assert.deepEqual([letter?.Body, letter?.Attributes?.MessageGroupId], ["poison", "a"]);
            assert.throws(() => queues.create("standard", { RedrivePolicy }), /must be same type of queue/);
        });

        it("has a name that ends with .fifo, and its settings among its attributes", async () => {
            assert.throws(() => queues.create("door", { FifoQueue: "true" }), /must end with .fifo/);
            assert.throws(() => queues.create("door.fifo", {}), { code: "InvalidParameterValue" });
            const names = { AttributeNames: ["All" as const] };
            const { Attributes = {} } = await client.send(
                new GetQueueAttributesCommand({ QueueUrl: fifo(), ...names }),
            );
            assert.deepEqual(
                ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"].map(
                    (name) => (Attributes as Record<string, string>)[name],
                ),
                ["true", "false", "queue", "perQueue"],
            );
        });
    });

    describe("a standard queue", () => {
        it("tells the group, and serves quiet groups first while one has thirty messages in flight", async () => {
            const QueueUrl = queues.url(queues.create("fair", {}));
            const batch = (group: string, from: number) =>
                client.send(
                    new SendMessageBatchCommand({
                        QueueUrl,
                        Entries: Array.from({ length: 10 }, (_, n) => ({
                            Id: String(n),
                            MessageBody: `${group}${from + n}`,
                            MessageGroupId: group,
                        })),
                    }),
                );
            for (let from = 0; from < 40; from += 10) {
                await batch("noisy", from);
            }
            await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "quiet", MessageGroupId: "quiet" }));
            await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "alone" }));
            for (let taken = 0; taken < 3; taken += 1) {
                assert.ok((await receive(QueueUrl)).every(({ Attributes }) => Attributes?.MessageGroupId === "noisy"));
            }
            assert.deepEqual(bodies(await receive(QueueUrl, 3)), ["quiet", "alone", "noisy30"]);
        });

        it("takes no deduplication id, nor a group that AWS does not take", async () => {
            const QueueUrl = queues.url(queues.create("standard", {}));
            const message = { QueueUrl, MessageBody: "x" };
            await assert.rejects(client.send(new SendMessageCommand({ ...message, MessageDeduplicationId: "1" })), {
                name: "InvalidParameterValue",
                message: /not valid for this queue type/,
            });
            const long = { ...message, MessageGroupId: "x".repeat(129) };
            await assert.rejects(client.send(new SendMessageCommand(long)), { name: "InvalidParameterValue" });
        });
    });
});
