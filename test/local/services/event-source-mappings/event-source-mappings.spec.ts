import assert from "node:assert/strict";
import type { StreamLog } from "../../../../local/services/streams/stream-log";
import type { EventSourceSettings } from "../../../../local/services/event-source-mappings/event-source-mappings";
import type { Queue } from "../../../../local/services/sqs/queue";
import { TestServices } from "../../../support/test-services";

/** Says what it got, and fails for what it is told to fail for. */
const CONSUMER = `const text = (record) => record.body ?? record.dynamodb.NewImage.id.S;
exports.handler = async (event) => {
    console.log("batch " + event.Records.map(text).join(","));
    const failed = event.Records.filter((record) => text(record).startsWith("bad"));
    const id = (record) => ({ itemIdentifier: record.messageId ?? record.dynamodb.SequenceNumber });
    if (process.env.REPORT) return { batchItemFailures: failed.map(id) };
    if (failed.length > 0) throw new Error("cannot handle " + failed.map(text).join(","));
};`;

describe("EventSourceMappings", () => {
    let services: TestServices;

    beforeEach(async () => {
        services = await TestServices.start();
    });

    afterEach(async () => {
        await services.close();
    });

    const batches = (): readonly string[] =>
        services.log.flatMap((line) => /\tINFO\tbatch (.*)$/.exec(line)?.[1] ?? []);
    const consumer = (report = false): string =>
        services.function("consumer", CONSUMER, { environment: report ? { REPORT: "yes" } : {} });
    const map = (source: { arn: string }, settings: Partial<EventSourceSettings> = {}) =>
        services.mappings.create({
            eventSourceArn: source.arn,
            functionName: "consumer",
            enabled: true,
            filters: [],
            reportItemFailures: false,
            ...settings,
        });

    describe("from a queue", () => {
        let queue: Queue;

        beforeEach(() => {
            queue = services.queue("jobs");
        });

        const send = (...bodies: readonly string[]): void => {
            for (const body of bodies) {
                queue.send({ body, attributes: { kind: { DataType: "String", StringValue: "job" } } }, "test");
            }
        };
        /** After so many failures, moves the clock past the visibility timeout, and looks: the queue then notices. */
        const timeOut = async (...failures: readonly number[]): Promise<void> => {
            for (const count of failures) {
                while (
                    services.log.filter(
                        (line) => line.startsWith("event source of consumer:") && line.includes("failed"),
                    ).length < count
                ) {
                    await new Promise((resolve) => setTimeout(resolve, 5));
                }
                services.advance(30_001);
                queue.counts();
            }
        };
        const emptied = async (): Promise<void> => {
            while (Object.values(queue.counts()).some((count) => count > 0)) {
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
        };

        it("hands messages over in batches, in Lambda's form, and deletes them when the function is done", async () => {
            const arn = services.function(
                "consumer",
                "exports.handler = async (event) => { console.log(JSON.stringify(event)); };",
            );
            send("one", "two");
            map(queue);
            await emptied();
            const line = await services.logged('"Records"');
            const { Records } = JSON.parse(line.slice(line.indexOf("{"))) as { Records: Record<string, unknown>[] };
            assert.deepEqual(
                Records.map(({ body }) => body),
                ["one", "two"],
            );
            const { messageId, receiptHandle, attributes, md5OfBody, ...rest } = Records[0] ?? {};
            assert.ok(messageId !== undefined && receiptHandle !== undefined && md5OfBody !== undefined);
            assert.equal((attributes as Record<string, string>)["ApproximateReceiveCount"], "1");
            assert.deepEqual(rest, {
                body: "one",
                messageAttributes: {
                    kind: { stringValue: "job", stringListValues: [], binaryListValues: [], dataType: "String" },
                },
                eventSource: "aws:sqs",
                eventSourceARN: queue.arn,
                awsRegion: "us-east-1",
            });
            assert.ok(arn);
        });

        it("reads and deletes under the function's role, and needs no permission to invoke it", async () => {
            consumer();
            send("one");
            map(queue);
            await emptied();
            assert.deepEqual(
                [...new Set(services.actionsOf("role"))],
                ["sqs:GetQueueAttributes jobs", "sqs:ReceiveMessage jobs", "sqs:DeleteMessage jobs"],
            );
            assert.ok(!services.calls.some(({ action }) => action === "lambda:InvokeFunction"));
        });

        it("leaves a failed batch to its visibility timeout and, in the end, its dead-letter queue", async () => {
            const deadLetters = services.queue("dead-letters");
            queue.setAttributes({
                RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 3 }),
            });
            consumer();
            send("bad");
            map(queue);
            await timeOut(1, 2, 3);
            assert.equal((await services.letter(deadLetters)).body, "bad");
            assert.deepEqual(batches(), ["bad", "bad", "bad"]);
        });

        it("deletes only what the function does not report as failed", async () => {
            const deadLetters = services.queue("dead-letters");
            queue.setAttributes({
                RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 }),
            });
            consumer(true);
            send("one", "bad", "two");
            map(queue, { reportItemFailures: true });
            await timeOut(1, 2);
            assert.equal((await services.letter(deadLetters)).body, "bad");
            assert.deepEqual(batches(), ["one,bad,two", "bad"]);
            await emptied();
        });

        it("gathers a batch of more than ten during its window", async () => {
            consumer();
            const bodies = Array.from({ length: 15 }, (_, index) => String(index));
            send(...bodies);
            map(queue, { batchSize: 15, windowSeconds: 300 });
            await emptied();
            assert.deepEqual(batches(), [bodies.join(",")]);
            assert.throws(
                () => map(queue, { batchSize: 11 }),
                /Maximum batch window in seconds must be greater than 0/,
            );
        });

        it("runs no more invocations at once than its maximum concurrency", async () => {
            services.function(
                "consumer",
                `exports.handler = async (event) => {
                console.log("begin"); await new Promise((resolve) => setTimeout(resolve, 30)); console.log("end"); };`,
            );
            send("1", "2", "3", "4", "5", "6");
            map(queue, { batchSize: 1, maximumConcurrency: 2 });
            await emptied();
            const running = services.log
                .flatMap((line) => /\tINFO\t(begin|end)$/.exec(line)?.[1] ?? [])
                .reduce<number[]>(
                    (counts, word) => [...counts, (counts.at(-1) ?? 0) + (word === "begin" ? 1 : -1)],
                    [],
                );
            assert.equal(running.length, 12);
            assert.ok(Math.max(...running) <= 2, running.join(" "));
        });

        it("deletes messages that its filters do not want, without a run", async () => {
            consumer();
            send('{"kind":"a"}', '{"kind":"b"}', "text");
            map(queue, { filters: ['{"body":{"kind":["b"]}}'] });
            await emptied();
            assert.deepEqual(batches(), ['{"kind":"b"}']);
        });

        it("says in the log that it may not read the queue, and goes on once it may", async () => {
            consumer();
            services.deny(({ action }) => action === "sqs:ReceiveMessage");
            send("one");
            map(queue);
            await services.logged(
                "event source of consumer cannot read its queue: not authorized to perform: sqs:ReceiveMessage",
            );
            services.deny(() => false);
            await emptied();
        });

        it("stops when it is deleted or disabled", async () => {
            consumer();
            const { uuid } = map(queue);
            await services.mappings.delete(uuid);
            map(queue, { enabled: false });
            send("one");
            await new Promise((resolve) => setTimeout(resolve, 30));
            assert.deepEqual(batches(), []);
        });
    });

    describe("from a stream", () => {
        let stream: StreamLog;

        beforeEach(() => {
            stream = services.stream("orders");
        });

        const write = (...ids: readonly string[]): void => {
            for (const id of ids) {
                services.change(stream, id, { newImage: { id: { S: id } } });
            }
        };
        const handled = async (count: number): Promise<void> => {
            while (batches().length < count) {
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
        };

        it("hands records over in order and in batches, from where it is told to begin", async () => {
            consumer();
            write("before");
            const { uuid } = map(stream);
            write("1", "2", "3");
            await handled(1);
            await services.mappings.delete(uuid);
            map(stream, { startingPosition: "TRIM_HORIZON", batchSize: 3 });
            await handled(3);
            assert.deepEqual(batches(), ["1,2,3", "before,1,2", "3"]);
        });

        it("gives a function the records as DynamoDB has them", async () => {
            services.function(
                "consumer",
                "exports.handler = async (event) => { console.log(JSON.stringify(event)); };",
            );
            write("1");
            map(stream, { startingPosition: "TRIM_HORIZON" });
            const line = await services.logged('"Records"');
            const {
                Records: [record],
            } = JSON.parse(line.slice(line.indexOf("{"))) as { Records: Record<string, unknown>[] };
            assert.deepEqual(Object.keys(record ?? {}), [
                "eventID",
                "eventName",
                "eventVersion",
                "eventSource",
                "awsRegion",
                "dynamodb",
                "eventSourceARN",
            ]);
            assert.equal(record?.["eventSourceARN"], stream.arn);
        });

        it("reads under the function's role", async () => {
            consumer();
            map(stream);
            write("1");
            await handled(1);
            assert.deepEqual(
                [...new Set(services.calls.map(({ principal, action }) => `${principal.kind} ${action}`))],
                [
                    "service sts:AssumeRole",
                    "role dynamodb:ListStreams",
                    "role dynamodb:DescribeStream",
                    "role dynamodb:GetShardIterator",
                    "role dynamodb:GetRecords",
                ],
            );
        });

        it("tries a failed batch again before anything later, gives it up, and says where it was", async () => {
            const failures = services.queue("failures");
            consumer();
            map(stream, { batchSize: 2, maximumRetryAttempts: 2, onFailureArn: failures.arn });
            write("bad", "1", "2");
            const { body } = await services.letter(failures);
            await handled(4);
            assert.deepEqual(batches(), ["bad,1", "bad,1", "bad,1", "2"]);
            const { requestContext, DDBStreamBatchInfo, responseContext } = body as Record<
                string,
                Record<string, unknown>
            >;
            assert.deepEqual(
                { ...requestContext, requestId: "" },
                {
                    requestId: "",
                    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:consumer",
                    condition: "RetryAttemptsExhausted",
                    approximateInvokeCount: 3,
                },
            );
            assert.equal(responseContext?.["functionError"], "Unhandled");
            assert.deepEqual(
                [DDBStreamBatchInfo?.["batchSize"], DDBStreamBatchInfo?.["streamArn"], DDBStreamBatchInfo?.["shardId"]],
                [2, stream.arn, stream.shardId],
            );
        });

        it("halves a failed batch down to the record that fails, which alone is given up", async () => {
            const failures = services.queue("failures");
            consumer();
            write("1", "2", "bad", "3");
            map(stream, {
                startingPosition: "TRIM_HORIZON",
                batchSize: 4,
                bisect: true,
                maximumRetryAttempts: 1,
                onFailureArn: failures.arn,
            });
            const { body } = await services.letter(failures);
            await handled(6);
            assert.deepEqual(batches(), ["1,2,bad,3", "1,2", "bad,3", "bad", "bad", "3"]);
            const { DDBStreamBatchInfo } = body as Record<string, Record<string, unknown>>;
            assert.equal(DDBStreamBatchInfo?.["batchSize"], 1);
        });

        it("goes on at the first record that the function reports as failed", async () => {
            consumer(true);
            write("1", "bad", "2");
            map(stream, { startingPosition: "TRIM_HORIZON", reportItemFailures: true, maximumRetryAttempts: 1 });
            await handled(2);
            write("3");
            await handled(3);
            assert.deepEqual(batches(), ["1,bad,2", "bad,2", "3"]);
        });

        it("gives up records past their greatest age without trying them", async () => {
            const failures = services.queue("failures");
            consumer();
            write("old");
            services.advance(61_000);
            write("new");
            map(stream, { startingPosition: "TRIM_HORIZON", maximumRecordAgeSeconds: 60, onFailureArn: failures.arn });
            const { body } = await services.letter(failures);
            await handled(1);
            assert.deepEqual(batches(), ["new"]);
            const { requestContext } = body as Record<string, Record<string, unknown>>;
            assert.equal(requestContext?.["condition"], "RecordAgeExceeded");
        });

        it("leaves out what its filters do not want", async () => {
            consumer();
            write("a", "b");
            map(stream, {
                startingPosition: "TRIM_HORIZON",
                filters: ['{"dynamodb":{"NewImage":{"id":{"S":["b"]}}}}'],
            });
            await handled(1);
            assert.deepEqual(batches(), ["b"]);
        });

        it("goes on where it was when it is changed", async () => {
            consumer();
            const { uuid, settings } = map(stream);
            write("1");
            await handled(1);
            await services.mappings.update(uuid, { ...settings, batchSize: 1 });
            write("2", "3");
            await handled(3);
            assert.deepEqual(batches(), ["1", "2", "3"]);
        });
    });

    it("refuses a source that it does not serve, an unknown function, and a stream that the role may not read", () => {
        consumer();
        assert.throws(
            () => map({ arn: "arn:aws:kinesis:us-east-1:000000000000:stream/x" }),
            /SQS queues and DynamoDB streams as event sources/,
        );
        assert.throws(() => map(services.queue("jobs"), { functionName: "gone" }), {
            code: "ResourceNotFoundException",
        });
        services.deny(({ action }) => action === "dynamodb:DescribeStream");
        assert.throws(() => map(services.stream("orders")), { code: "AccessDeniedException" });
    });
});
