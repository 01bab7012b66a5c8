import { assertFound } from "../support/findings";
import { one, withResource, withStatement } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "only-gateway-listens-on-its-bus";
const WEBHOOK = "webhook-policy";

describe("the rule only-gateway-listens-on-its-bus", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a rule that copies every team's messages", async () => {
        const mistaken = (stack: Stack): Stack =>
            withResource(stack, "aws:cloudwatch/eventRule:EventRule", "spy", {
                eventBusName: one(stack, "PushGatewayReference", "platform").outputs["eventBusName"],
                eventPattern: JSON.stringify({ source: [{ prefix: "" }] }),
            });
        await assertFound(mistaken(example), [RULE, "spy"]);
    });

    const LISTENS = "only-gateway-listens-on-its-bus";
    const bus = (): Readonly<Record<string, unknown>> => one(platform, "EventBus", "push-bus").outputs;
    const target = (properties: object): Readonly<Record<string, unknown>> => ({
        arn: "arn:aws:sqs:us-east-1:123456789012:mine",
        deadLetterConfig: { arn: "arn:aws:sqs:us-east-1:123456789012:lost" },
        retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 },
        ...properties,
    });

    it("a rule, a target, an archive, a discoverer or an endpoint, in whatever stack", async () => {
        const { arn, name } = bus();
        for (const [type, properties] of [
            ["aws:cloudwatch/eventRule:EventRule", { eventBusName: name }],
            ["aws:cloudwatch/eventRule:EventRule", { eventBusName: arn }],
            ["aws:cloudwatch/eventTarget:EventTarget", target({ eventBusName: name, rule: "mine" })],
            ["aws:cloudwatch/eventArchive:EventArchive", { eventSourceArn: arn }],
            ["aws:schemas/discoverer:Discoverer", { sourceArn: arn }],
            ["aws:cloudwatch/eventEndpoint:EventEndpoint", { eventBuses: [{ eventBusArn: arn }] }],
        ] as const) {
            for (const stack of [example, platform]) {
                await assertFound(withResource(stack, type, "spy", properties), [LISTENS, "spy"]);
            }
        }
    });

    it("one more target of the gateway's own rule", async () => {
        const { eventBusName, name: rule } = one(platform, "EventRule", "push-notifier-rule").outputs;
        const type = "aws:cloudwatch/eventTarget:EventTarget";
        await assertFound(withResource(platform, type, "spy", target({ eventBusName, rule })), [LISTENS, "spy"]);
    });

    it("a role that may make a rule, or stop the gateway's", async () => {
        const rules = "arn:aws:events:us-east-1:123456789012:rule/push-bus-0000000/spy";
        for (const [Action, Resource] of [
            ["events:PutRule", rules],
            ["events:PutTargets", rules],
            ["events:DisableRule", rules],
            ["events:CreateArchive", bus()["arn"]],
        ]) {
            await assertFound(withStatement(example, WEBHOOK, { Action, Resource }), [LISTENS, WEBHOOK]);
        }
    });

    it("but leaves a team its own bus and the default one", async () => {
        const arn = "arn:aws:events:us-east-1:123456789012:event-bus/domain";
        let stack = withResource(example, "aws:cloudwatch/eventBus:EventBus", "domain", { name: "domain", arn });
        for (const [name, eventBusName] of [
            ["own", "domain"],
            ["default", undefined],
        ] as const) {
            stack = withResource(stack, "aws:cloudwatch/eventRule:EventRule", name, { eventBusName });
            const to = target({ eventBusName, rule: name });
            stack = withResource(stack, "aws:cloudwatch/eventTarget:EventTarget", `${name}-target`, to);
        }
        await assertFound(
            withStatement(stack, WEBHOOK, {
                Action: "events:PutRule",
                Resource: "arn:aws:events:us-east-1:123456789012:rule/domain/mine",
            }),
        );
    });
});
