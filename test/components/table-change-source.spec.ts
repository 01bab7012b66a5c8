import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import type { TableChangeSourceArgs } from "../../components";
import { TableChange, TableChangeSource } from "../../components";
import { acceptMessages } from "../../functions/publishing/accept-message";
import type { JsonObject } from "../../contract/json";
import { parseNamespace } from "../../contract/namespace";
import type { Result } from "../../contract/result";
import { parseTemplate } from "../../contract/templates";
import type { Graph } from "../support/graph";
import { recordFailure, recordGraph } from "../support/graph";
import { statementsOf } from "../support/policy";

const STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";
const QUEUE = "arn:aws:sqs:us-east-1:123456789012:changes-dead-letters-0000000";

const ARGS: TableChangeSourceArgs = {
    gateway: { eventBusArn: "arn:bus" },
    namespace: "orders",
    streamArn: STREAM,
    event: "OrderChanged",
    channels: ["orders/{customer}/{orderId}", "orders/@user/{customer}", "orders/@all"],
};

function record(args: Partial<TableChangeSourceArgs> = {}): Promise<Graph> {
    return recordGraph(() => new TableChangeSource("changes", { ...ARGS, ...args }));
}

/** Why the functions would refuse it, in their own words. */
function reasonOf(result: Result<unknown>): string {
    assert.ok(!result.ok);
    return result.reason;
}

async function problemsOf(args: Partial<TableChangeSourceArgs>): Promise<string[]> {
    const { errors, graph } = await recordFailure(() => new TableChangeSource("changes", { ...ARGS, ...args }));
    assert.deepEqual(graph.ofType("aws:pipes/pipe:Pipe"), [], "no pipe is created");
    assert.equal(errors.length, 1, "everything is one error");
    return (errors[0] ?? "").split("\n").map((line) => line.trim());
}

/** What the pipe would put on the bus for a record, by the documented rule: a path is replaced as it stands. */
function detailFor(graph: Graph, record_: { eventID: string; dynamodb: object }): unknown {
    const { inputTemplate } = graph.one("aws:pipes/pipe:Pipe", "changes-pipe").inputs["targetParameters"] as {
        inputTemplate: string;
    };
    const text = inputTemplate
        .replaceAll("<$.eventID>", record_.eventID)
        .replaceAll("<$.dynamodb>", JSON.stringify(record_.dynamodb));
    return JSON.parse(text) as unknown;
}

describe("TableChangeSource", () => {
    it("is a pipe with a role and a dead-letter queue of its own", async () => {
        const graph = await record();
        assert.deepEqual(graph.one("push-gateway:index:TableChangeSource", "changes").outputs, [
            "deadLetterQueueUrl",
            "pipeArn",
        ]);
        assert.deepEqual(graph.identities, [
            "aws:iam/role:Role changes-role < changes",
            "aws:iam/rolePolicy:RolePolicy changes-policy < changes",
            "aws:pipes/pipe:Pipe changes-pipe < changes",
            "aws:sqs/queue:Queue changes-dead-letters < changes",
            "push-gateway:index:TableChangeSource changes < ",
        ]);
    });

    it("reads the stream from its start, and gives a record up, alone, after ten attempts or an hour", async () => {
        const { source, sourceParameters, roleArn } = (await record()).one(
            "aws:pipes/pipe:Pipe",
            "changes-pipe",
        ).inputs;
        assert.equal(source, STREAM);
        assert.equal(roleArn, "arn:aws:iam::123456789012:role/changes-role-0000000");
        assert.deepEqual(sourceParameters, {
            dynamodbStreamParameters: {
                startingPosition: "TRIM_HORIZON",
                batchSize: 10,
                maximumRetryAttempts: 10,
                maximumRecordAgeInSeconds: 3600,
                onPartialBatchItemFailure: "AUTOMATIC_BISECT",
                deadLetterConfig: { arn: QUEUE },
            },
        });
    });

    it("puts the record on the bus as the namespace's event, with the channels as templates", async () => {
        const graph = await record();
        const { target, targetParameters } = graph.one("aws:pipes/pipe:Pipe", "changes-pipe").inputs;
        assert.equal(target, "arn:bus");
        assert.deepEqual((targetParameters as Record<string, unknown>)["eventbridgeEventBusParameters"], {
            source: "orders",
            detailType: "OrderChanged",
        });
        const dynamodb = { NewImage: { customer: { S: 'a"b' } } };
        assert.deepEqual(detailFor(graph, { eventID: "e1", dynamodb }), {
            tableChange: { channels: ARGS.channels, eventId: "e1", record: dynamodb },
        });
    });

    it("gives the notifier each record's number in the stream, which is the message's sequence", async () => {
        const dynamodb = {
            SequenceNumber: "300000000000000499659",
            NewImage: { customer: { S: "ada" }, orderId: { S: "42" } },
        };
        const detail = detailFor(await record(), { eventID: "e1", dynamodb }) as JsonObject;
        const invocation = { namespace: "orders", event: "OrderChanged", detail, id: "event-id", time: "now" };
        const messages = acceptMessages(invocation, parseNamespace("orders", {}), 1_000);
        assert.ok(messages.ok);
        assert.deepEqual(
            messages.value.map(({ id, options }) => [id, options.sequence]),
            [["e1", "300000000000000499659"]],
        );
    });

    it("names the attributes that clients get to see, where they are not all", async () => {
        const detail = detailFor(await record({ attributes: ["status", "total"] }), { eventID: "e1", dynamodb: {} });
        assert.deepEqual(detail, {
            tableChange: { channels: ARGS.channels, attributes: ["status", "total"], eventId: "e1", record: {} },
        });
    });

    it("filters by kind of change, by a pattern of one's own, or both", async () => {
        const patternOf = async (args: Partial<TableChangeSourceArgs>): Promise<unknown> => {
            const { sourceParameters } = (await record(args)).one("aws:pipes/pipe:Pipe", "changes-pipe").inputs;
            const { filterCriteria } = sourceParameters as { filterCriteria?: { filters: { pattern: string }[] } };
            return filterCriteria?.filters.map(({ pattern }) => JSON.parse(pattern) as unknown);
        };
        const filter = JSON.stringify({ dynamodb: { NewImage: { status: { S: ["paid"] } } } });
        assert.equal(await patternOf({}), undefined);
        assert.deepEqual(await patternOf({ changes: [TableChange.Insert, TableChange.Modify] }), [
            { eventName: ["INSERT", "MODIFY"] },
        ]);
        assert.deepEqual(await patternOf({ filter }), [JSON.parse(filter)]);
        assert.deepEqual(await patternOf({ filter, changes: [TableChange.Remove] }), [
            { eventName: ["REMOVE"], dynamodb: { NewImage: { status: { S: ["paid"] } } } },
        ]);
    });

    it("may read that stream, publish as that namespace and keep what failed, and nothing else", async () => {
        const graph = await record();
        assert.deepEqual(statementsOf(graph, "changes"), [
            {
                Effect: "Allow",
                Action: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                Resource: [STREAM],
            },
            { Effect: "Allow", Action: ["dynamodb:ListStreams"], Resource: ["*"] },
            {
                Effect: "Allow",
                Action: ["events:PutEvents"],
                Resource: ["arn:bus"],
                Condition: {
                    "ForAllValues:StringEquals": { "events:source": "orders" },
                    Null: { "events:source": "false" },
                },
            },
            { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [QUEUE] },
        ]);
        assert.ok(graph.one("aws:pipes/pipe:Pipe", "changes-pipe").dependencies.includes("changes-policy"));
    });

    it("lets only pipes of the table's account act under its role", async () => {
        const { assumeRolePolicy } = (await record()).one("aws:iam/role:Role", "changes-role").inputs;
        assert.deepEqual((JSON.parse(String(assumeRolePolicy)) as { Statement: unknown }).Statement, [
            {
                Effect: "Allow",
                Principal: { Service: "pipes.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
            },
        ]);
    });

    it("alarms on the first dead letter where somebody is to be told", async () => {
        const graph = await record({ alarmActions: ["arn:topic"] });
        const { alarmActions, alarmDescription } = graph.one(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "changes-dead-letters-alarm",
        ).inputs;
        assert.deepEqual(alarmActions, ["arn:topic"]);
        assert.equal(
            alarmDescription,
            "The dead-letter queue holds changes of a table that could not be published as OrderChanged.",
        );
    });

    it("refuses arguments that could never work, all at once", async () => {
        assert.deepEqual(
            await problemsOf({
                event: "",
                channels: ["orders/x{customer}", "@orders/{customer}", "orders/{<$.eventID>}"],
                attributes: [],
                changes: [],
                filter: "paid",
            }),
            [
                'TableChangeSource "changes" cannot be created:',
                "`event`: has 0 characters; use 1 to 128",
                `\`channels[0]\`: ${reasonOf(parseTemplate("orders/x{customer}"))}`,
                '`channels[1]`: "@orders" is not a namespace; use up to 64 of A-Z a-z 0-9 . _ : -, ' +
                    'not beginning with "aws.", since EventBridge keeps that for itself',
                "`attributes`: is empty, so clients would see nothing; leave it out to send all attributes",
                '`channels`: "orders/{<$.eventID>}" has a "<" or ">", with which a pipe marks its own paths',
                "`changes`: is empty, so nothing would be published; leave it out to publish every change",
                '`filter`: "paid" is not an EventBridge pattern, which is a JSON object',
            ],
        );
        assert.deepEqual(await problemsOf({ channels: [] }), [
            'TableChangeSource "changes" cannot be created:',
            "`channels`: is empty; name at least one channel",
        ]);
        assert.deepEqual(await problemsOf({ filter: '{"eventName":["INSERT"]}', changes: [TableChange.Insert] }), [
            'TableChangeSource "changes" cannot be created:',
            "`filter`: has `eventName`, and `changes` says the same; keep one of them",
        ]);
    });

    it("refuses channels that a pipe's template cannot hold", async () => {
        const channels = Array.from({ length: 300 }, (_, index) => `orders/{customer}/part-number-${index}`);
        assert.deepEqual(await problemsOf({ channels }), [
            'TableChangeSource "changes" cannot be created:',
            "`channels`: make the pipe's input template longer than 8192 characters; name fewer",
        ]);
    });

    it("refuses a namespace that is not its channels'", async () => {
        assert.deepEqual(await problemsOf({ namespace: "billing" }), [
            'A TableChangeSource cannot publish as namespace "billing": ' +
                '"orders/{customer}/{orderId}" does not begin with its namespace; write billing/… here',
        ]);
    });

    it("says what to do about a table without a stream", async () => {
        const { errors } = await recordFailure(() => {
            const table = new aws.dynamodb.Table("orders", { hashKey: "id", attributes: [{ name: "id", type: "S" }] });
            new TableChangeSource("changes", { ...ARGS, streamArn: table.streamArn });
        });
        assert.deepEqual(errors, [
            'A TableChangeSource got "" for a stream\'s ARN. Give the table `streamEnabled: true` and ' +
                '`streamViewType: "NEW_AND_OLD_IMAGES"`, and pass its `streamArn`.',
        ]);
    });
});
