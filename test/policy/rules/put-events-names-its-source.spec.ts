import * as assert from "node:assert/strict";
import { assertFound, found, policyOf } from "../support/findings";
import { changedTo, one, withResource, withStatement, withStatementOf } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import { UNKNOWN } from "../support/recorded-stack";
import type { Stack } from "../support/mutations";
import type { WireProperties } from "../support/recorded-stack";

const RULE = "put-events-names-its-source";
const WEBHOOK = "webhook-policy";
const ACCOUNT = "123456789012";

describe("the rule put-events-names-its-source", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a publisher that may be any namespace", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, "order-changes-policy", "events:PutEvents", (statement) => ({
                ...statement,
                Condition: undefined,
            }));
        await assertFound(mistaken(example), [RULE, "order-changes-policy"]);
    });

    it("finds a publisher under another team's namespace", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, "order-changes-policy", "events:PutEvents", (statement) => ({
                ...statement,
                Condition: {
                    StringEquals: { "events:source": "chat" },
                    "ForAllValues:StringEquals": { "events:source": "chat" },
                },
            }));
        await assertFound(mistaken(example), [RULE, "order-changes-policy"]);
    });

    describe("is not passed by ways around the condition", () => {
        const withCondition = (condition: unknown): Stack =>
            withStatementOf(example, "order-changes-policy", "events:PutEvents", (statement) => ({
                ...statement,
                Condition: condition,
            }));
        const both = (key: string, value: unknown): unknown => ({
            StringEquals: { [key]: value },
            "ForAllValues:StringEquals": { [key]: value },
        });

        const conditions: readonly (readonly [what: string, condition: unknown])[] = [
            ["a key that only looks like events:source", both("events:Sources", "orders")],
            [
                "a wildcard in the source",
                {
                    StringLike: { "events:source": "orders*" },
                    "ForAllValues:StringLike": { "events:source": "orders*" },
                },
            ],
            ["a source that the caller's tags decide", both("events:source", "${aws:PrincipalTag/team}")],
            ["one match among several entries", { StringEquals: { "events:source": "orders" } }],
            ["no entry at all", { "ForAllValues:StringEquals": { "events:source": "orders" } }],
            [
                "a condition that holds where the key is absent",
                {
                    StringEqualsIfExists: { "events:source": "orders" },
                    "ForAllValues:StringEqualsIfExists": { "events:source": "orders" },
                },
            ],
            [
                "all sources but one",
                {
                    StringNotEquals: { "events:source": "orders" },
                    "ForAllValues:StringNotEquals": { "events:source": "orders" },
                },
            ],
            [
                "the same source in other case",
                {
                    StringEqualsIgnoreCase: { "events:source": "orders" },
                    "ForAllValues:StringEqualsIgnoreCase": { "events:source": "orders" },
                },
            ],
        ];

        for (const [what, condition] of conditions) {
            it(what, async () => {
                await assertFound(withCondition(condition), ["put-events-names-its-source", "order-changes-policy"]);
            });
        }

        it("a bus policy that lets everybody publish", async () => {
            const arn = one(platform, "EventBus", "push-bus").outputs["arn"];
            await assertFound(
                withResource(platform, "aws:cloudwatch/eventBusPolicy:EventBusPolicy", "open", {
                    policy: JSON.stringify({
                        Version: "2012-10-17",
                        Statement: [{ Effect: "Allow", Principal: "*", Action: "events:PutEvents", Resource: arn }],
                    }),
                }),
                ["put-events-names-its-source", "open"],
            );
        });

        it("an EventPermission", async () => {
            await assertFound(
                withResource(platform, "aws:cloudwatch/eventPermission:EventPermission", "open", {
                    eventBusName: one(platform, "EventBus", "push-bus").outputs["name"],
                    principal: "210987654321",
                    statementId: "other",
                }),
                ["put-events-names-its-source", "open"],
            );
        });

        const CHAT = ["put-events-names-its-source", "order-changes-policy"] as const;

        it("another team's namespace, by itself or beside the stack's own", async () => {
            await assertFound(withCondition(both("events:source", "chat")), CHAT);
            await assertFound(withCondition(both("events:source", ["orders", "chat"])), CHAT);
            await assertFound(
                withCondition({
                    StringEquals: { "events:source": "orders" },
                    "ForAllValues:StringEquals": { "events:source": ["orders", "chat"] },
                }),
                CHAT,
            );
        });

        it("a namespace that the stack only seems to register", async () => {
            const asChat = withCondition(both("events:source", "chat"));
            const claimed = withResource(asChat, NAMESPACE, "chat", { namespace: "chat" });
            await assertFound(claimed, CHAT);
            await assertFound(withRow(claimed, "orders-0000000"), CHAT);
        });

        it("a namespace whose row goes into a table of the stack's own, or a look-alike gateway's", async () => {
            const asChat = withCondition(both("events:source", "chat"));
            const claimed = withResource(asChat, NAMESPACE, "chat", { namespace: "chat" });
            const orders = String(one(example, "Table", "orders").outputs["name"]);
            await assertFound(withRow(claimed, orders), CHAT);
            const lookalike = withResource(claimed, "push-gateway:index:PushGateway", "mine", {});
            const properties = { ...one(example, "Table", "orders").outputs, id: "own", name: "own", arn: "arn:own" };
            const within = one(lookalike, "PushGateway", "mine");
            const made = withResource(lookalike, "aws:dynamodb/table:Table", "mine-namespaces", properties, within);
            await assertFound(withRow(made, "own"), CHAT);
            const forged = {
                eventBusArn: one(example, "PushGatewayReference", "platform").outputs["eventBusArn"],
                namespaceTableArn: "arn:aws:dynamodb:us-east-1:123456789012:table/own",
            };
            await assertFound(
                withRow(withResource(claimed, "push-gateway:index:PushGatewayReference", "forged", forged), "own"),
                CHAT,
            );
        });

        it("any namespace, where no reference shows the gateway", async () => {
            const alone = example.filter(({ type }) => !/StackReference|PushGatewayReference/.test(type));
            await assertFound(alone, CHAT);
        });

        it("but takes a source for every entry, and that there is one, however that is asked", async () => {
            await assertFound(
                withCondition({
                    "ForAllValues:StringEquals": { "events:source": "orders" },
                    Null: { "events:source": "false" },
                }),
            );
            await assertFound(
                withCondition({
                    "ForAllValues:StringEquals": { "events:source": "orders" },
                    Null: { "events:source": "true" },
                }),
                CHAT,
            );
        });

        it("and takes the row where the table is given by its ARN", async () => {
            const { namespaceTableArn } = one(example, "PushGatewayReference", "platform").outputs;
            const asChat = withCondition(both("events:source", "chat"));
            await assertFound(
                withRow(withResource(asChat, NAMESPACE, "chat", { namespace: "chat" }), namespaceTableArn),
            );
        });

        it("but takes the key in any case, and several namespaces that the stack registers", async () => {
            const registered = withResource(
                withCondition(both("Events:Source", ["orders", "chat"])),
                NAMESPACE,
                "chat",
                { namespace: "chat" },
            );
            const { namespaceTableName } = one(example, "PushGatewayReference", "platform").outputs;
            await assertFound(withRow(registered, namespaceTableName));
        });

        const NAMESPACE = "push-gateway:index:PushNamespace";
        const withRow = (stack: Stack, tableName: unknown): Stack =>
            withResource(
                stack,
                "aws:dynamodb/tableItem:TableItem",
                "chat-namespace",
                { tableName, hashKey: "namespace", item: JSON.stringify({ namespace: { S: "chat" } }) },
                one(stack, "PushNamespace", "chat"),
            );

        it("but leaves other buses to their owners", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: "events:PutEvents",
                    Resource: "arn:aws:events:us-east-1:123456789012:event-bus/default",
                }),
            );
        });
    });

    describe("lets a stack publish on its own bus as it likes", () => {
        const rule = "put-events-names-its-source";
        const ARN = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/domain`;
        const BUS = "aws:cloudwatch/eventBus:EventBus";
        const withBus = (stack: Stack, properties: WireProperties = {}): Stack => {
            return withResource(stack, BUS, "domain", { name: "domain", arn: ARN, ...properties });
        };
        const publishing = (stack: Stack, Resource: unknown): Stack => {
            return withStatement(stack, WEBHOOK, { Action: "events:PutEvents", Resource });
        };
        const pushBus = (): string => {
            return String(one(example, "PushGatewayReference", "platform").outputs["eventBusArn"]);
        };
        const open = (stack: Stack, eventBusName: unknown, Resource: unknown): Stack => {
            const policy = policyOf({ Principal: { AWS: "999999999999" }, Action: "events:PutEvents", Resource });
            return withResource(stack, "aws:cloudwatch/eventBusPolicy:EventBusPolicy", "open", {
                eventBusName,
                policy,
            });
        };
        const permit = (stack: Stack, eventBusName: unknown): Stack => {
            return withResource(stack, "aws:cloudwatch/eventPermission:EventPermission", "open", {
                eventBusName,
                principal: "999999999999",
                statementId: "other",
            });
        };

        it("by a role's policy", async () => {
            assert.deepEqual(await found(publishing(withBus(example), ARN)), []);
            const buses = [ARN, `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`];
            assert.deepEqual(await found(publishing(withBus(example), buses)), []);
        });

        it("by the bus's own policy, and by a permission", async () => {
            assert.deepEqual(await found(open(withBus(example), "domain", ARN)), []);
            assert.deepEqual(await found(permit(withBus(example), "domain")), []);
        });

        it("but not on a bus of another stack, nor on the push bus beside its own", async () => {
            assert.deepEqual(await found(publishing(example, ARN)), [rule]);
            assert.deepEqual(await found(publishing(withBus(example), [ARN, pushBus()])), [rule]);
            assert.deepEqual(await found(publishing(withBus(example), ARN.replace("domain", "dom*"))), [
                "no-wildcard-resources",
                rule,
            ]);
            assert.deepEqual(await found(publishing(withBus(example), ARN.replace("us-east-1", "eu-west-1"))), [rule]);
            assert.deepEqual(await found(open(withBus(example), "other", ARN.replace("domain", "other"))), [rule]);
            assert.deepEqual(await found(permit(withBus(example), "other")), [rule]);
        });

        it("nor on the push bus because the stack has read it", async () => {
            const name = pushBus().split("/").at(-1);
            const read = withBus(example, { name, arn: pushBus() });
            assert.deepEqual(await found(publishing(read, pushBus())), [rule]);
            assert.deepEqual(await found(open(read, name, pushBus())), [rule]);
            const plain = read.filter(({ type }) => !type.startsWith("push-gateway:"));
            assert.deepEqual(await found(publishing(plain, pushBus())), [rule]);
        });

        it("nor on the gateway's bus in the gateway's own stack", async () => {
            const platform = await platformStack("dev");
            const { name, arn } = one(platform, "EventBus", "push-bus").outputs;
            assert.deepEqual(await found(open(platform, name, arn)), [rule]);
            assert.deepEqual(await found(open(withBus(platform), "domain", ARN)), []);
        });

        it("and, before the bus exists, knows it by its name", async () => {
            const planned = withBus(await exampleStack({ preview: true }), { arn: UNKNOWN });
            const allowing = (Resource: string): Stack =>
                changedTo(planned, "RolePolicy", WEBHOOK, {
                    policy: policyOf({ Action: "events:PutEvents", Resource }),
                });
            assert.deepEqual(await found(allowing(ARN)), []);
            assert.deepEqual(await found(allowing(ARN.replace("domain", "other"))), [rule]);
        });
    });
});
