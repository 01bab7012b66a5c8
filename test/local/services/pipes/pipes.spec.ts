import assert from "node:assert/strict";
import type { AwsCall } from "../../../../local/aws/authorization";
import type { Item } from "../../../../local/database/item";
import type { StreamLog } from "../../../../local/services/streams/stream-log";
import type { PipeSettings } from "../../../../local/services/pipes/pipe";
import type { StreamPolicy } from "../../../../local/services/streams/stream-consumer";
import type { Queue } from "../../../../local/services/sqs/queue";
import { ROLE_ARN, TestServices } from "../../../support/test-services";

interface Delivered {
    readonly source: string;
    readonly "detail-type": string;
    readonly resources: readonly string[];
    readonly detail: Record<string, unknown>;
}

const POLICY: StreamPolicy = {
    startingPosition: "TRIM_HORIZON",
    batchSize: 10,
    windowSeconds: 0,
    maximumRetryAttempts: 2,
    maximumRecordAgeSeconds: -1,
    bisect: true,
};

const PIPE_ARN = "arn:aws:pipes:us-east-1:000000000000:pipe/changes";

describe("Pipes", () => {
    let services: TestServices;
    let stream: StreamLog;
    let received: Queue;
    let deadLetters: Queue;

    beforeEach(async () => {
        services = await TestServices.start();
        stream = services.stream("orders");
        received = services.queue("received");
        deadLetters = services.queue("dead-letters");
        services.events.createBus("push");
        services.events.putRule("push", { name: "all", eventPattern: '{"version":["0"]}', enabled: true });
        services.events.putTarget("push", "all", { id: "target", arn: received.arn });
    });

    afterEach(async () => {
        await services.close();
    });

    const settings = (changed: Partial<PipeSettings> = {}): PipeSettings => ({
        name: "changes",
        roleArn: ROLE_ARN,
        source: stream.arn,
        policy: POLICY,
        deadLetterArn: deadLetters.arn,
        filters: [],
        target: "arn:aws:events:us-east-1:000000000000:event-bus/push",
        eventSource: "orders",
        detailType: "OrderChanged",
        inputTemplate: '{"id":"<$.dynamodb.Keys.id.S>"}',
        running: true,
        ...changed,
    });
    const write = (id: string, attributes: Item = {}): void => {
        services.change(stream, id, { newImage: { id: { S: id }, ...attributes } });
    };
    const next = async (): Promise<Delivered> => (await services.letter(received)).body as Delivered;
    const nextIds = async (count: number): Promise<unknown[]> => {
        const ids: unknown[] = [];
        while (ids.length < count) {
            ids.push((await next()).detail["id"]);
        }
        return ids;
    };
    const isPut = ({ action }: AwsCall): boolean => action === "events:PutEvents";

    it("publishes each change to the bus, in order, with its source and detail type", async () => {
        write("1");
        services.pipes.create(settings());
        write("2");
        write("3");
        const { source, "detail-type": detailType, detail } = await next();
        assert.deepEqual([source, detailType, detail], ["orders", "OrderChanged", { id: "1" }]);
        assert.deepEqual(await nextIds(2), ["2", "3"]);
    });

    it("publishes the record as it is where there is no template, under AWS's own names", async () => {
        services.pipes.create(settings({ inputTemplate: undefined, eventSource: undefined, detailType: undefined }));
        write("1");
        const { source, "detail-type": detailType, detail } = await next();
        assert.deepEqual([source, detailType], ["Pipe changes", "Event from aws:dynamodb"]);
        assert.deepEqual(Object.keys(detail), [
            "eventID",
            "eventName",
            "eventVersion",
            "eventSource",
            "awsRegion",
            "dynamodb",
            "eventSourceARN",
        ]);
        assert.deepEqual((detail["dynamodb"] as { Keys: unknown }).Keys, { id: { S: "1" } });
    });

    it("takes on its role for itself, and does not start when the role does not trust pipes", () => {
        services.deny(({ action }) => action === "sts:AssumeRole");
        const tested = settings();
        assert.throws(() => services.pipes.create(tested), { code: "AccessDeniedException" });
        const call = services.calls.find(({ action }) => action === "sts:AssumeRole");
        const sourceArn = `arn:aws:pipes:us-east-1:000000000000:pipe/${tested.name}`;
        assert.deepEqual(call?.principal, { kind: "service", service: "pipes.amazonaws.com", sourceArn });
        assert.equal(call.resource, tested.roleArn);
        assert.equal(services.pipes.find(tested.name), undefined);
    });

    it("acts under its role alone: reading the stream, publishing, sending dead letters", async () => {
        services.pipes.create(settings());
        write("1");
        await next();
        const acts = services.calls.filter(
            ({ principal }) => principal.kind !== "service" && principal.kind !== "administrator",
        );
        assert.deepEqual(
            [
                ...new Set(
                    acts.map(({ principal, action, resource, context }) =>
                        JSON.stringify([
                            principal.kind === "role" ? principal.arn : principal.kind,
                            action,
                            resource,
                            context,
                        ]),
                    ),
                ),
            ],
            [
                ["dynamodb:ListStreams", stream.arn, {}],
                ["dynamodb:DescribeStream", stream.arn, {}],
                ["dynamodb:GetShardIterator", stream.arn, {}],
                ["dynamodb:GetRecords", stream.arn, {}],
                [
                    "events:PutEvents",
                    "arn:aws:events:us-east-1:000000000000:event-bus/push",
                    {
                        "events:source": "orders",
                        "events:detail-type": "OrderChanged",
                        "events:eventBusInvocation": "false",
                    },
                ],
            ].map((act) => JSON.stringify(["arn:aws:sts::000000000000:assumed-role/tested-role/changes", ...act])),
        );
    });

    it("leaves out records that none of its filters wants", async () => {
        services.pipes.create(
            settings({ filters: ['{"eventName":["REMOVE"]}', '{"dynamodb":{"NewImage":{"status":{"S":["paid"]}}}}'] }),
        );
        write("1");
        write("2", { status: { S: "paid" } });
        services.change(stream, "3", { oldImage: { id: { S: "3" } } });
        assert.deepEqual(await nextIds(2), ["2", "3"]);
        assert.equal(received.counts().visible, 0);
    });

    describe("an input template", () => {
        const detail = async (inputTemplate: string, attributes: Item = {}): Promise<unknown> => {
            services.pipes.create(settings({ inputTemplate }));
            write("1", attributes);
            return (await next()).detail;
        };

        it("takes strings inside quotes and values of any kind outside", async () => {
            assert.deepEqual(
                await detail(
                    '{"text":"id <$.dynamodb.Keys.id.S>!","string":<$.eventName>,"object":<$.dynamodb.NewImage>,' +
                        '"flag":<$.dynamodb.NewImage.paid.BOOL>}',
                    { paid: { BOOL: true } },
                ),
                { text: "id 1!", string: "INSERT", object: { id: { S: "1" }, paid: { BOOL: true } }, flag: true },
            );
        });

        it("reaches into arrays", async () => {
            assert.deepEqual(
                await detail('{"second":<$.dynamodb.NewImage.tags.L[1].S>,"all":<$.dynamodb.NewImage.tags.L[*].S>}', {
                    tags: { L: [{ S: "a" }, { S: "b" }] },
                }),
                { second: "b", all: ["a", "b"] },
            );
        });

        it("gives the empty string for a path that the record does not have", async () => {
            assert.deepEqual(await detail('{"quoted":"<$.dynamodb.OldImage.x>","bare":<$.dynamodb.OldImage>}'), {
                quoted: "",
                bare: "",
            });
        });

        it("takes the quotes from an object inside quotes", async () => {
            assert.deepEqual(await detail('{"text":"was <$.dynamodb.Keys>"}'), { text: "was {id:{S:1}}" });
        });

        it("knows the pipe's reserved variables", async () => {
            const { time, event, ...rest } = (await detail(
                '{"pipe":<aws.pipes.pipe-arn>,"name":"<aws.pipes.pipe-name>","from":<aws.pipes.source-arn>,' +
                    '"to":<aws.pipes.target-arn>,"time":<aws.pipes.event.ingestion-time>,' +
                    '"event":<aws.pipes.event.json>}',
            )) as Record<string, unknown>;
            assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
            assert.equal((event as { eventName: string }).eventName, "INSERT");
            assert.deepEqual(rest, {
                pipe: PIPE_ARN,
                name: "changes",
                from: stream.arn,
                to: "arn:aws:events:us-east-1:000000000000:event-bus/push",
            });
        });

        it("leaves alone what is no placeholder", async () => {
            assert.deepEqual(await detail('{"text":"a < b, <b>, \\"<$.eventName>\\""}'), {
                text: 'a < b, <b>, "INSERT"',
            });
        });

        it("may name the source and the detail type by a path", async () => {
            services.pipes.create(settings({ eventSource: "$.dynamodb.NewImage.team.S", detailType: "$.eventName" }));
            write("1", { team: { S: "billing" } });
            const { source, "detail-type": detailType } = await next();
            assert.deepEqual([source, detailType], ["billing", "INSERT"]);
        });

        it("with a path that is none is refused", () => {
            assert.throws(
                () => services.pipes.create(settings({ inputTemplate: '{"a":<$.a..b>}' })),
                /Invalid JSON path: \$\.a\.\.b/,
            );
        });
    });

    describe("a record that cannot be published", () => {
        /** AWS puts strings into quotes as they are: one with a quote makes the detail malformed, every time. */
        const poison = (id: string): void => {
            write(id, { note: { S: '"' } });
        };
        const withNote = (changed: Partial<PipeSettings> = {}): PipeSettings =>
            settings({
                inputTemplate: '{"id":"<$.dynamodb.Keys.id.S>","note":"<$.dynamodb.NewImage.note.S>"}',
                ...changed,
            });

        it("is given up after its attempts, and the others go through in order", async () => {
            write("1");
            write("2");
            poison("bad");
            write("3");
            services.pipes.create(withNote());
            assert.deepEqual(await nextIds(3), ["1", "2", "3"]);
            const { body } = await services.letter(deadLetters);
            const { context, version, DDBStreamBatchInfo } = body as Record<string, Record<string, unknown>>;
            assert.deepEqual(context, { partnerResourceArn: PIPE_ARN, condition: "RetryAttemptsExhausted" });
            assert.equal(version, "1.0");
            const bad = stream.read(2, 1)[0]?.dynamodb;
            const arrival = new Date((bad?.ApproximateCreationDateTime ?? 0) * 1_000).toISOString().replace(".000", "");
            assert.deepEqual(DDBStreamBatchInfo, {
                shardId: stream.shardId,
                startSequenceNumber: bad?.SequenceNumber,
                endSequenceNumber: bad?.SequenceNumber,
                approximateArrivalOfFirstRecord: arrival,
                approximateArrivalOfLastRecord: arrival,
                batchSize: 1,
                streamArn: stream.arn,
            });
        });

        it("takes the rest of its batch with it where batches are not bisected", async () => {
            write("1");
            poison("bad");
            write("2");
            services.pipes.create(withNote({ policy: { ...POLICY, bisect: false } }));
            const { body } = await services.letter(deadLetters);
            assert.equal((body as { DDBStreamBatchInfo: { batchSize: number } }).DDBStreamBatchInfo.batchSize, 2);
            write("3");
            assert.deepEqual(await nextIds(2), ["1", "3"]);
        });

        it("is given up when it is too old, though its attempts are not used up", async () => {
            poison("bad");
            write("1");
            services.pipes.create(
                withNote({ policy: { ...POLICY, maximumRetryAttempts: -1, maximumRecordAgeSeconds: 120 } }),
            );
            const { body } = await services.letter(deadLetters);
            assert.equal((body as { context: { condition: string } }).context.condition, "RecordAgeExceeded");
            assert.deepEqual(await nextIds(1), ["1"]);
        });

        it("does not block for ever even where nothing bounds it: after a day the record is gone", async () => {
            poison("bad");
            services.pipes.create(withNote({ policy: { ...POLICY, maximumRetryAttempts: -1 } }));
            await services.logged("1 of 1 records failed");
            services.advance(86_401_000);
            write("1");
            await services.letter(deadLetters);
            assert.deepEqual(await nextIds(1), ["1"]);
        });

        it("is dropped and logged where there is no dead-letter queue", async () => {
            poison("bad");
            services.pipes.create(withNote({ deadLetterArn: undefined }));
            await services.logged(
                "pipe changes: 1 records dropped, as there is no dead-letter queue (RetryAttemptsExhausted)",
            );
        });

        it("is logged when the dead-letter queue may not be written to, and the pipe goes on", async () => {
            poison("bad");
            services.deny(({ action, resource }) => action === "sqs:SendMessage" && resource === deadLetters.arn);
            services.pipes.create(withNote());
            await services.logged(
                "the dead-letter queue arn:aws:sqs:us-east-1:000000000000:dead-letters answered: not authorized",
            );
            write("1");
            assert.deepEqual(await nextIds(1), ["1"]);
        });
    });

    it("tries again what failed for a passing reason, without a duplicate of what went through", async () => {
        services.fail((call) => isPut(call) && services.calls.filter(isPut).length === 2);
        write("1");
        write("2");
        write("3");
        services.pipes.create(settings());
        assert.deepEqual(await nextIds(3), ["1", "2", "3"]);
        assert.equal(received.counts().visible, 0);
    });

    it("says in the log that its role may not publish", async () => {
        services.deny(isPut);
        services.pipes.create(settings());
        write("1");
        await services.logged("pipe changes: 1 of 1 records failed: not authorized to perform: events:PutEvents");
        await services.letter(deadLetters);
    });

    it("goes on reading once its role may again", async () => {
        services.pipes.create(settings());
        services.deny(({ action }) => action === "dynamodb:GetRecords");
        write("1");
        await services.logged("pipe changes cannot read its stream: not authorized to perform: dynamodb:GetRecords");
        services.deny(() => false);
        assert.deepEqual(await nextIds(1), ["1"]);
    });

    it("goes on where it was when it is changed, and stops when it is stopped or deleted", async () => {
        services.pipes.create(settings());
        write("1");
        assert.deepEqual(await nextIds(1), ["1"]);
        await services.pipes.update(settings({ detailType: "Changed" }));
        write("2");
        const { "detail-type": detailType, detail } = await next();
        assert.deepEqual([detailType, detail["id"]], ["Changed", "2"]);
        await services.pipes.update(settings({ running: false }));
        write("3");
        await services.pipes.update(settings());
        assert.deepEqual(await nextIds(1), ["3"]);
        await services.pipes.delete("changes");
        write("4");
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(received.counts().visible, 0);
    });

    it("begins with what is new where it is told to", async () => {
        write("1");
        services.pipes.create(settings({ policy: { ...POLICY, startingPosition: "LATEST" } }));
        write("2");
        assert.deepEqual(await nextIds(1), ["2"]);
    });

    it("refuses what it does not serve, an invalid filter, a taken name, and a stream it may not read", () => {
        const refused = (changed: Partial<PipeSettings>, problem: RegExp): void => {
            assert.throws(() => services.pipes.create(settings(changed)), problem);
        };
        refused({ source: received.arn }, /pipes from DynamoDB streams only; the source of changes is arn:aws:sqs/);
        refused({ target: received.arn }, /pipes to event buses only; the target of changes is arn:aws:sqs/);
        refused({ filters: ["{}"] }, /Event pattern is not valid. Reason: Empty objects are not allowed/);
        refused({ source: `${stream.arn}x` }, /not found/);
        services.pipes.create(settings());
        refused({}, /Pipe changes already exists/);
        services.deny(({ action }) => action === "dynamodb:GetShardIterator");
        refused({ name: "other" }, /not authorized to perform: dynamodb:GetShardIterator/);
    });
});
