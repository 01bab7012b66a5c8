import assert from "node:assert/strict";
import type { EventBridgeClient, PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import {
    DescribeEventBusCommand,
    DescribeRuleCommand,
    ListEventBusesCommand,
    ListRulesCommand,
    ListTargetsByRuleCommand,
    PutEventsCommand,
    TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import type { AwsCall } from "../../../../local/aws/authorization";
import type { TargetSettings } from "../../../../local/services/events/rule";
import type { Queue } from "../../../../local/services/sqs/queue";
import { ROLE_ARN, TestServices } from "../../../support/test-services";

const RULE_ARN = "arn:aws:events:us-east-1:000000000000:rule/push/orders";
const ECHO = "exports.handler = async (event) => { console.log(JSON.stringify(event)); };";

describe("EventBridge at the edge", () => {
    let services: TestServices;
    let client: EventBridgeClient;
    let received: Queue;
    let deadLetters: Queue;

    beforeEach(async () => {
        services = await TestServices.start();
        client = services.eventBridge();
        received = services.queue("received");
        deadLetters = services.queue("dead-letters");
        services.events.createBus("push");
        services.events.putRule("push", { name: "orders", eventPattern: '{"source":["orders"]}', enabled: true });
    });

    afterEach(async () => {
        await services.close();
    });

    const target = (settings: Partial<TargetSettings> = {}): void => {
        services.events.putTarget("push", "orders", {
            id: "target",
            arn: received.arn,
            deadLetterArn: deadLetters.arn,
            ...settings,
        });
    };
    const put = (...entries: PutEventsRequestEntry[]) =>
        client.send(
            new PutEventsCommand({
                Entries: entries.map((entry) => ({
                    EventBusName: "push",
                    Source: "orders",
                    DetailType: "OrderShipped",
                    Detail: '{"order":{"id":42}}',
                    ...entry,
                })),
            }),
        );

    it("delivers an event that matches a rule, in AWS's envelope", async () => {
        target();
        const { FailedEntryCount, Entries } = await put({ Resources: ["arn:x"], Time: new Date(1_700_000_000_000) });
        assert.equal(FailedEntryCount, 0);
        assert.deepEqual((await services.letter(received)).body, {
            version: "0",
            id: Entries?.[0]?.EventId,
            "detail-type": "OrderShipped",
            source: "orders",
            account: "000000000000",
            time: "2023-11-14T22:13:20Z",
            region: "us-east-1",
            resources: ["arn:x"],
            detail: { order: { id: 42 } },
        });
    });

    it("delivers nothing that no rule matches, that is for another bus, or whose rule is disabled", async () => {
        target();
        await put({ Source: "other" });
        await put({ EventBusName: "default" });
        services.events.putRule("push", { name: "orders", eventPattern: '{"source":["orders"]}', enabled: false });
        await put({ Detail: '{"disabled":true}' });
        services.events.putRule("push", { name: "orders", eventPattern: '{"source":["orders"]}', enabled: true });
        await put({ Detail: '{"last":true}' });
        assert.deepEqual(detailOf((await services.letter(received)).body), { last: true });
        assert.deepEqual(received.counts(), { visible: 0, inFlight: 0, delayed: 0 });
    });

    it("takes the bus by its ARN", async () => {
        target();
        await put({ EventBusName: "arn:aws:events:us-east-1:000000000000:event-bus/push" });
        assert.deepEqual(detailOf((await services.letter(received)).body), { order: { id: 42 } });
    });

    it("invokes a function asynchronously, as EventBridge on behalf of the rule", async () => {
        target({ arn: services.function("notify", ECHO, {}) });
        await put({});
        await services.logged('"OrderShipped"');
        const call = services.calls.find(({ action }) => action === "lambda:InvokeFunction");
        assert.deepEqual(call, {
            principal: { kind: "service", service: "events.amazonaws.com", sourceArn: RULE_ARN },
            action: "lambda:InvokeFunction",
            resource: "arn:aws:lambda:us-east-1:000000000000:function:notify",
            context: {},
        });
    });

    it("delivers under the target's role where it has one", async () => {
        target({ roleArn: ROLE_ARN });
        await put({});
        await services.letter(received);
        assert.deepEqual(services.actionsOf("role"), ["sqs:SendMessage received"]);
        const call = services.calls.find(({ action }) => action === "sts:AssumeRole");
        assert.deepEqual(call?.principal, { kind: "service", service: "events.amazonaws.com", sourceArn: RULE_ARN });
        assert.equal(call.resource, ROLE_ARN);
    });

    it("does not deliver under a role that does not trust EventBridge", async () => {
        target({ roleArn: ROLE_ARN, deadLetterArn: deadLetters.arn });
        services.deny(({ action }) => action === "sts:AssumeRole");
        await put({});
        const { attributes } = await services.letter(deadLetters);
        assert.equal(attributes["ERROR_CODE"], "NO_PERMISSIONS");
        assert.deepEqual(services.actionsOf("role"), []);
    });

    it("passes the gate for each entry, with the source and the detail type as conditions", async () => {
        await put({}, { Source: "billing", DetailType: "Paid", EventBusName: "default" });
        assert.deepEqual(
            services.calls.map(({ action, resource, context }) => ({ action, resource, context })),
            [
                {
                    action: "events:PutEvents",
                    resource: "arn:aws:events:us-east-1:000000000000:event-bus/push",
                    context: {
                        "events:source": "orders",
                        "events:detail-type": "OrderShipped",
                        "events:eventBusInvocation": "false",
                    },
                },
                {
                    action: "events:PutEvents",
                    resource: "arn:aws:events:us-east-1:000000000000:event-bus/default",
                    context: {
                        "events:source": "billing",
                        "events:detail-type": "Paid",
                        "events:eventBusInvocation": "false",
                    },
                },
            ],
        );
    });

    it("puts none of a request's events when one of them is denied", async () => {
        target();
        services.deny(({ context }) => context["events:source"] === "billing");
        await assert.rejects(put({}, { Source: "billing" }), { name: "AccessDeniedException" });
        assert.deepEqual(received.counts().visible, 0);
    });

    describe("input", () => {
        const delivered = async (settings: Partial<TargetSettings>): Promise<unknown> => {
            target(settings);
            await put({ Detail: '{"id":42,"name":"Ada","tags":[{"n":1},{"n":2}]}' });
            return (await services.letter(received)).body;
        };

        it("is constant text", async () => {
            assert.deepEqual(await delivered({ input: '{"fixed":true}' }), { fixed: true });
        });

        it("is a part of the event", async () => {
            assert.deepEqual(await delivered({ inputPath: "$.detail.tags[1]" }), { n: 2 });
        });

        it("is a JSON template", async () => {
            assert.deepEqual(
                await delivered({
                    inputTransformer: {
                        inputPaths: {
                            id: "$.detail.id",
                            name: "$.detail.name",
                            tags: "$.detail.tags[*].n",
                            type: "$.detail-type",
                            none: "$.detail.no",
                        },
                        inputTemplate:
                            '{"id":<id>,"text":"<name> <id> <tags>","name":<name>,"tags":<tags>,' +
                            '"type":<type>,"none":<none>,' +
                            '"rule":<aws.events.rule-arn>,"ruleName":"<aws.events.rule-name>","raw":"<unknown>"}',
                    },
                }),
                {
                    id: 42,
                    text: "Ada 42 [1,2]",
                    name: "Ada",
                    tags: [1, 2],
                    type: "OrderShipped",
                    none: "",
                    rule: RULE_ARN,
                    ruleName: "orders",
                    raw: "<unknown>",
                },
            );
        });

        it("is a text template of several lines", async () => {
            assert.equal(
                await delivered({
                    inputTransformer: { inputPaths: { name: "$.detail.name" }, inputTemplate: '"Hello <name>"\n"bye"' },
                }),
                "Hello Ada\nbye",
            );
        });

        it("is the event within a template", async () => {
            const body = await delivered({ inputTransformer: { inputTemplate: '{"all":<aws.events.event.json>}' } });
            assert.equal((body as { all: { source: string } }).all.source, "orders");
        });

        it("that cannot be made from an event goes to the dead-letter queue at once", async () => {
            target({ inputTransformer: { inputPaths: { name: "$.detail.name" }, inputTemplate: '{"name":"<name>"}' } });
            await put({ Detail: '{"name":"a \\"quote\\""}' });
            const { attributes } = await services.letter(deadLetters);
            assert.equal(attributes["RETRY_ATTEMPTS"], "0");
            assert.match(attributes["ERROR_MESSAGE"] ?? "", /not valid JSON/);
        });

        it("is refused when it is given in two ways, or by an unsupported path", () => {
            assert.throws(() => {
                target({ input: "1", inputPath: "$" });
            }, /Only one of Input, InputPath, or InputTransformer/);
            assert.throws(() => {
                target({ inputPath: "$..id" });
            }, /Invalid JSON path/);
            assert.throws(() => {
                target({ input: "{" });
            }, /Input is not valid JSON/);
        });
    });

    describe("a delivery that fails", () => {
        const isDelivery = ({ action, resource }: AwsCall): boolean =>
            action === "sqs:SendMessage" && resource === received.arn;

        it("for lack of permission goes to the dead-letter queue without a retry", async () => {
            target();
            services.deny(isDelivery);
            const { Entries } = await put({});
            const { body, attributes } = await services.letter(deadLetters);
            assert.equal((body as { id: string }).id, Entries?.[0]?.EventId);
            assert.deepEqual(attributes, {
                RULE_ARN,
                TARGET_ARN: received.arn,
                ERROR_CODE: "NO_PERMISSIONS",
                ERROR_MESSAGE: `not authorized to perform: sqs:SendMessage on resource: ${received.arn}`,
                RETRY_ATTEMPTS: "0",
            });
        });

        it("because the target is gone goes to the dead-letter queue without a retry", async () => {
            target({ arn: "arn:aws:lambda:us-east-1:000000000000:function:gone" });
            await put({});
            const { attributes } = await services.letter(deadLetters);
            assert.equal(attributes["ERROR_CODE"], "NO_RESOURCE");
            assert.equal(attributes["EXHAUSTED_RETRY_CONDITION"], undefined);
        });

        it("for a passing reason is tried again until it succeeds", async () => {
            target();
            services.fail(isDelivery, 3);
            await put({});
            await services.letter(received);
            assert.equal(
                services.actionsOf("service").filter((action) => action === "sqs:SendMessage received").length,
                4,
            );
        });

        it("for good ends when the attempts are used up", async () => {
            target({ retryPolicy: { maximumRetryAttempts: 2 } });
            services.fail(isDelivery);
            await put({});
            const { attributes } = await services.letter(deadLetters);
            assert.equal(attributes["EXHAUSTED_RETRY_CONDITION"], "MaximumRetryAttempts");
            assert.equal(attributes["RETRY_ATTEMPTS"], "2");
        });

        it("for good ends when the event would be too old at AWS's pace", async () => {
            target({ retryPolicy: { maximumEventAgeInSeconds: 60 } });
            services.fail(isDelivery);
            await put({});
            const { attributes } = await services.letter(deadLetters);
            assert.equal(attributes["EXHAUSTED_RETRY_CONDITION"], "MaximumEventAgeInSeconds");
            // 1, 2, 4, 8 and 16 seconds make 31; the next pause of 32 would go past 60.
            assert.equal(attributes["RETRY_ATTEMPTS"], "5");
        });

        it("without a dead-letter queue is dropped and logged", async () => {
            target({ arn: "arn:aws:lambda:us-east-1:000000000000:function:gone", deadLetterArn: undefined });
            await put({});
            await services.logged("dropped it, as there is no dead-letter queue");
        });

        it("does not touch the rule's other targets", async () => {
            target();
            services.events.putTarget("push", "orders", { id: "gone", arn: "arn:aws:sqs:us-east-1:000000000000:gone" });
            await put({});
            await services.letter(received);
        });
    });

    describe("PutEvents", () => {
        it("reports entries that AWS rejects one by one, and puts the others", async () => {
            target();
            const { FailedEntryCount, Entries = [] } = await put(
                { Source: "" },
                { DetailType: "" },
                { Detail: undefined },
                { Detail: "{" },
                { Detail: "[1]" },
                { Source: "aws.ec2" },
                { Detail: '{"fine":true}' },
            );
            assert.equal(FailedEntryCount, 6);
            assert.deepEqual(
                Entries.map(({ ErrorCode }) => ErrorCode),
                [
                    "InvalidArgument",
                    "InvalidArgument",
                    "InvalidArgument",
                    "MalformedDetail",
                    "MalformedDetail",
                    "NotAuthorizedForSourceException",
                    undefined,
                ],
            );
            assert.equal(
                Entries[0]?.ErrorMessage,
                "Parameter Source is not valid. Reason: Source is a required argument.",
            );
            assert.deepEqual(detailOf((await services.letter(received)).body), { fine: true });
        });

        it("rejects an entry over 1 MiB, and the whole request with it", async () => {
            target();
            const large = JSON.stringify({ text: "x".repeat(1_048_576) });
            await assert.rejects(put({}, { Detail: large }), {
                name: "ValidationException",
                message: "Total size of the entries in the request is over the limit.",
            });
            assert.equal(received.counts().visible, 0);
        });

        it("rejects no entries, and more than ten", async () => {
            await assert.rejects(client.send(new PutEventsCommand({ Entries: [] })), { name: "ValidationException" });
            await assert.rejects(put(...Array.from({ length: 11 }, () => ({}))), {
                message: /less than or equal to 10/,
            });
        });

        it("accepts an event for a bus that does not exist, as AWS does, and says so in the log", async () => {
            const { FailedEntryCount } = await put({ EventBusName: "nobody" });
            assert.equal(FailedEntryCount, 0);
            assert.ok(services.log.some((line) => line.includes("there is no event bus nobody")));
        });
    });

    describe("TestEventPattern", () => {
        const Event = JSON.stringify({
            id: "1",
            account: "1",
            source: "orders",
            time: "2023-11-14T22:13:20Z",
            region: "us-east-1",
            resources: [],
            "detail-type": "x",
            detail: {},
        });

        it("says whether an event matches", async () => {
            const matches = async (EventPattern: string) =>
                (await client.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
            assert.equal(await matches('{"source":["orders"]}'), true);
            assert.equal(await matches('{"source":["billing"]}'), false);
        });

        it("rejects an invalid pattern with AWS's reason", async () => {
            await assert.rejects(client.send(new TestEventPatternCommand({ EventPattern: '{"a":[]}', Event })), {
                name: "InvalidEventPatternException",
                message: "Event pattern is not valid. Reason: Empty arrays are not allowed",
            });
        });

        it("rejects an event without its envelope", async () => {
            await assert.rejects(
                client.send(new TestEventPatternCommand({ EventPattern: '{"a":[1]}', Event: '{"id":"1"}' })),
                {
                    message: /account is a required argument/,
                },
            );
        });
    });

    it("shows buses, rules and targets", async () => {
        target({ inputPath: "$.detail", retryPolicy: { maximumRetryAttempts: 1 } });
        const { Arn } = await client.send(new DescribeEventBusCommand({ Name: "push" }));
        assert.equal(Arn, "arn:aws:events:us-east-1:000000000000:event-bus/push");
        const { EventBuses } = await client.send(new ListEventBusesCommand({}));
        assert.deepEqual(
            EventBuses?.map(({ Name }) => Name),
            ["default", "push"],
        );
        const { Rules } = await client.send(new ListRulesCommand({ EventBusName: "push" }));
        assert.deepEqual(
            Rules?.map(({ Name, Arn: arn, State }) => ({ Name, arn, State })),
            [{ Name: "orders", arn: RULE_ARN, State: "ENABLED" }],
        );
        const rule = await client.send(new DescribeRuleCommand({ Name: "orders", EventBusName: "push" }));
        assert.equal(rule.EventPattern, '{"source":["orders"]}');
        const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: "orders", EventBusName: "push" }));
        assert.deepEqual(Targets, [
            {
                Id: "target",
                Arn: received.arn,
                InputPath: "$.detail",
                RetryPolicy: { MaximumRetryAttempts: 1 },
                DeadLetterConfig: { Arn: deadLetters.arn },
            },
        ]);
    });

    it("answers for a bus and a rule that do not exist as AWS does", async () => {
        await assert.rejects(client.send(new DescribeEventBusCommand({ Name: "no" })), {
            name: "ResourceNotFoundException",
        });
        await assert.rejects(client.send(new DescribeRuleCommand({ Name: "no" })), {
            name: "ResourceNotFoundException",
        });
    });

    it("refuses targets that it does not serve, and retry policies out of range", () => {
        assert.throws(() => {
            target({ arn: "arn:aws:sns:us-east-1:000000000000:topic" });
        }, /Lambda functions and SQS queues as rule targets/);
        assert.throws(() => {
            target({ retryPolicy: { maximumRetryAttempts: 186 } });
        }, /MaximumRetryAttempts/);
        assert.throws(() => {
            target({ retryPolicy: { maximumEventAgeInSeconds: 59 } });
        }, /MaximumEventAgeInSeconds/);
    });
});

function detailOf(event: unknown): unknown {
    return (event as { detail: unknown }).detail;
}
