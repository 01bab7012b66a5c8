import { assertFound } from "../support/findings";
import { changedTo, one, withResource, withStatement } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "only-gateway-calls-its-functions";
const WEBHOOK = "webhook-policy";
const NOTIFY = "push-notifier-notify";

describe("the rule only-gateway-calls-its-functions", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a service that invokes the notifier, past the bus", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatement(stack, "webhook-policy", {
                Action: "lambda:InvokeFunction",
                Resource: one(stack, "PushGatewayReference", "platform").outputs["notifierArn"],
            });
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });

    const CALLS = "only-gateway-calls-its-functions";
    const PERMISSION = "aws:lambda/permission:Permission";
    const INVOKE = "lambda:InvokeFunction";
    const RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/bus/push-notifier-rule-0000000";
    const notifier = (): string => String(one(example, "PushGatewayReference", "platform").outputs["notifierArn"]);

    it("a statement on the notifier, to call it or to change it", async () => {
        for (const Action of [INVOKE, "lambda:UpdateFunctionCode", "lambda:AddPermission"]) {
            for (const Resource of [notifier(), `${notifier()}:1`]) {
                await assertFound(withStatement(example, WEBHOOK, { Action, Resource }), [CALLS, WEBHOOK]);
            }
        }
        await assertFound(
            withStatement(example, WEBHOOK, { Action: "lambda:*", Resource: notifier() }),
            ["no-wildcard-actions", WEBHOOK],
            [CALLS, WEBHOOK],
        );
    });

    it("a permission in the team's stack, for whatever rule, account or role", async () => {
        for (const target of [notifier(), `${notifier()}:1`, "push-notifier-notify-function-0000000"]) {
            for (const caller of [
                { principal: "events.amazonaws.com", sourceArn: "arn:aws:events:us-east-1:123456789012:rule/mine" },
                { principal: "events.amazonaws.com", sourceArn: RULE_ARN },
                { principal: "210987654321" },
                { principal: "arn:aws:iam::123456789012:role/webhook" },
            ]) {
                const permission = { function: target, action: INVOKE, ...caller };
                await assertFound(withResource(example, PERMISSION, "door", permission), [CALLS, "door"]);
            }
        }
    });

    it("a permission in the gateway's stack, whatever its place", async () => {
        for (const caller of [
            { sourceArn: "arn:aws:events:us-east-1:123456789012:rule/mine" },
            { principal: "210987654321", sourceArn: undefined },
            { principal: "arn:aws:iam::123456789012:role/webhook", sourceArn: undefined },
        ]) {
            await assertFound(changedTo(platform, "Permission", `${NOTIFY}-permission`, caller), [
                CALLS,
                `${NOTIFY}-permission`,
            ]);
        }
    });

    it("a URL, an event source, other retries, or a call while it is deployed", async () => {
        for (const type of [
            "aws:lambda/functionUrl:FunctionUrl",
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "aws:lambda/invocation:Invocation",
            "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
            "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
            "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            "aws:lambda/alias:Alias",
        ]) {
            await assertFound(withResource(example, type, "door", { functionName: notifier(), input: "{}" }), [
                CALLS,
                "door",
            ]);
        }
    });

    it("a statement that may change how another of its functions runs", async () => {
        const Resource = one(platform, "Function", "push-websocket-authorize-function").outputs["arn"];
        for (const Action of [
            "lambda:UpdateFunctionCode",
            "lambda:PutFunctionConcurrency",
            "lambda:PutRuntimeManagementConfig",
        ]) {
            await assertFound(withStatement(example, WEBHOOK, { Action, Resource }), [CALLS, WEBHOOK]);
        }
    });

    it("an event source on whatever function, which AWS allows on * alone, but not one that is narrowed", async () => {
        const Action = "lambda:CreateEventSourceMapping";
        await assertFound(withStatement(example, WEBHOOK, { Action, Resource: "*" }), [CALLS, WEBHOOK]);
        const own = "arn:aws:lambda:us-east-1:123456789012:function:page";
        const Condition = { ArnEquals: { "lambda:FunctionArn": own } };
        await assertFound(withStatement(example, WEBHOOK, { Action, Resource: "*", Condition }));
        await assertFound(withStatement(example, WEBHOOK, { Action, Resource: notifier() }));
    });

    it("but leaves a team its own functions", async () => {
        const own = one(example, "Function", "webhook-function").outputs;
        await assertFound(
            withResource(withStatement(example, WEBHOOK, { Action: INVOKE, Resource: own["arn"] }), PERMISSION, "own", {
                function: own["name"],
                action: INVOKE,
                principal: "210987654321",
            }),
        );
    });
});
