import * as assert from "node:assert/strict";
import { diagnose } from "./support/analyzer";
import { changed, changedTo, one, parsed, withResource, withStatement, withStatementOf } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";

const WEBHOOK = "webhook-policy";
const NOTIFY = "push-notifier-notify";
const MANAGE = "execute-api:ManageConnections";
const QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue";

/** A policy of one statement, which stands by itself rather than in a list. */
function policyOf(statement: object): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: statement });
}

/** Attempts to get past a rule with something that does the same by other means, or only looks right. */
describe("the policy pack is not fooled by", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    const assertFound = async (stack: Stack, ...expected: (readonly [policy: string, resource: string])[]) => {
        const found = (await diagnose(stack)).map(({ policy, resource }) => [policy, resource] as const);
        assert.deepEqual(found, expected);
    };
    const registryArn = (): unknown => one(example, "PushGatewayReference", "platform").outputs["registryTableArn"];

    describe("roles that more may take on than seems", () => {
        const GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        const SUB = "token.actions.githubusercontent.com:sub";
        const AUDIENCE = { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" };
        const trusted = (...statements: readonly object[]): Stack =>
            changedTo(example, "Role", "webhook-role", {
                assumeRolePolicy: {
                    Version: "2012-10-17",
                    Statement: statements.map((statement) => ({
                        Effect: "Allow",
                        Action: "sts:AssumeRole",
                        ...statement,
                    })),
                },
            });
        const found = ["roles-name-who-assumes-them", "webhook-role"] as const;
        const ofToken = (condition: object): object => ({
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: GITHUB },
            Condition: condition,
        });

        it("everybody, in each way that it can be written", async () => {
            for (const principal of [
                { Principal: "*" },
                { Principal: { AWS: ["arn:aws:iam::123456789012:root", "*"] } },
                { NotPrincipal: { AWS: "arn:aws:iam::123456789012:root" } },
                { Principal: "*", Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-acme" } } },
                { Principal: "*", Condition: { StringLike: { "aws:PrincipalArn": "*" } } },
                { Principal: "*", Condition: { Bool: { "aws:SecureTransport": true } } },
            ]) {
                await assertFound(trusted({ Principal: { Service: "lambda.amazonaws.com" } }, principal), found);
            }
        });

        it("any repository of a CI, behind the audience that all have or a pattern that all fit", async () => {
            for (const condition of [
                { StringEquals: AUDIENCE },
                { StringEquals: AUDIENCE, StringLike: { [SUB]: "*" } },
                { StringEquals: AUDIENCE, StringLike: { [SUB]: ["repo:acme/shop:*", "repo:*"] } },
                { StringEquals: AUDIENCE, "ForAllValues:StringLike": { [SUB]: "repo:acme/shop:*" } },
                { StringEquals: AUDIENCE, StringNotEquals: { [SUB]: "repo:evil/shop:ref:refs/heads/main" } },
            ]) {
                await assertFound(trusted(ofToken(condition)), found);
            }
        });

        it("and lets narrow ones be", async () => {
            await assertFound(
                trusted(
                    { Principal: { Service: "lambda.amazonaws.com", AWS: "123456789012" } },
                    { Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-acme" } } },
                    ofToken({ StringEquals: AUDIENCE, StringLike: { [SUB]: "repo:acme/shop:*" } }),
                ),
            );
        });

        it("and says what is malformed, since that cannot be judged", async () => {
            await assertFound(changedTo(example, "Role", "webhook-role", { assumeRolePolicy: "{" }), [
                "policies-are-readable",
                "webhook-role",
            ]);
        });
    });

    describe("policies in another form", () => {
        it("an object in place of JSON text", async () => {
            await assertFound(
                changed(example, "RolePolicy", WEBHOOK, ({ policy, ...properties }) => ({
                    ...properties,
                    policy: { ...parsed(policy), Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: QUEUE }] },
                })),
                ["no-wildcard-actions", WEBHOOK],
            );
        });

        it("a single statement that is not in a list", async () => {
            await assertFound(
                changedTo(example, "RolePolicy", WEBHOOK, {
                    policy: policyOf({ Effect: "Allow", Action: "sns:Publish", Resource: "*" }),
                }),
                ["no-wildcard-resources", WEBHOOK],
            );
        });

        it("a wildcard in the middle of an action, or a question mark", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: ["dynamodb:*Item", "dynamodb:Quer?"],
                    Resource: one(example, "Table", "orders").outputs["arn"],
                }),
                ["no-wildcard-actions", WEBHOOK],
                ["no-wildcard-actions", WEBHOOK],
            );
        });

        it("a wildcard in the middle of a resource", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: "dynamodb:Query",
                    Resource: "arn:aws:dynamodb:*:123456789012:table/orders",
                }),
                ["no-wildcard-resources", WEBHOOK],
            );
        });

        const WILD = "no-wildcard-resources";
        const shortened: readonly (readonly [action: string, resource: string, ...rules: string[]])[] = [
            ["dynamodb:DeleteItem", "arn:aws:dynamodb", WILD, "only-gateway-writes-its-tables"],
            ["dynamodb:PutItem", "arn:aws:dynamodb:us-east-1", WILD, "only-gateway-writes-its-tables"],
            [MANAGE, "arn:aws:execute-api", "manage-connections-is-scoped", "only-gateway-reaches-connections"],
            ["events:PutEvents", "arn:aws:events", WILD, "put-events-names-its-source"],
            ["iam:PassRole", "arn:aws:iam", WILD],
        ];
        for (const [Action, Resource, ...rules] of shortened) {
            it(`${Action} on an ARN that is cut short, ${Resource}`, async () => {
                await assertFound(
                    withStatement(example, WEBHOOK, { Action, Resource }),
                    ...rules.map((rule) => [rule, WEBHOOK] as const),
                );
            });
        }

        it("all actions but some", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    NotAction: ["iam:*", "execute-api:*", "events:*"],
                    Resource: one(example, "Table", "orders").outputs["arn"],
                }),
                ["no-wildcard-actions", WEBHOOK],
            );
        });

        it("all resources but some", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: "dynamodb:Query",
                    NotResource: one(example, "Table", "orders").outputs["arn"],
                }),
                ["no-wildcard-resources", WEBHOOK],
            );
        });

        it("a role's inline policies", async () => {
            await assertFound(
                changedTo(example, "Role", "webhook-role", {
                    inlinePolicies: [
                        { name: "fine", policy: policyOf({ Effect: "Deny", Action: "*", Resource: "*" }) },
                        {
                            name: "wide",
                            policy: policyOf({ Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::b" }),
                        },
                    ],
                }),
                ["no-wildcard-actions", "webhook-role"],
            );
        });

        it("a role's managed policies", async () => {
            await assertFound(
                changedTo(example, "Role", "webhook-role", {
                    managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
                }),
                ["attached-policies-are-known", "webhook-role"],
            );
        });

        it("a policy of the stack's own that is attached", async () => {
            const arn = "arn:aws:iam::123456789012:policy/registry";
            const policy = policyOf({ Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: registryArn() });
            const made = withResource(example, "aws:iam/policy:Policy", "registry", { arn, policy });
            await assertFound(
                withResource(made, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "access", {
                    role: one(example, "Role", "webhook-role").outputs["name"],
                    policyArn: arn,
                }),
                ["only-gateway-writes-its-tables", "registry"],
            );
        });
    });

    describe("resources that are written where no rule reads", () => {
        const found = ["resources-are-readable", "hidden"] as const;

        it("by Cloud Control, whatever their type", async () => {
            for (const typeName of ["AWS::IAM::RolePolicy", "AWS::SQS::QueuePolicy", "AWS::Lambda::Permission"]) {
                const hidden = { typeName, desiredState: "{}" };
                await assertFound(withResource(example, "aws:cloudcontrol/resource:Resource", "hidden", hidden), found);
            }
        });

        it("in a template, in each way that one is deployed", async () => {
            for (const type of [
                "aws:cloudformation/stack:Stack",
                "aws:cloudformation/stackSet:StackSet",
                "aws:cloudformation/stackSetInstance:StackSetInstance",
                "aws:cloudformation/stackInstances:StackInstances",
                "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
                "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
            ]) {
                const hidden = { templateUrl: "https://templates.s3.amazonaws.com/x.json" };
                await assertFound(withResource(example, type, "hidden", hidden), found);
            }
        });
    });

    describe("ways to attach a policy", () => {
        const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        const ways: readonly (readonly [type: string, properties: Readonly<Record<string, unknown>>])[] = [
            ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", { policyArn: READ_ONLY }],
            ["aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", { policyArns: [READ_ONLY] }],
            ["aws:iam/policyAttachment:PolicyAttachment", { policyArn: READ_ONLY }],
            ["aws:iam/userPolicyAttachment:UserPolicyAttachment", { policyArn: READ_ONLY }],
            ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", { policyArns: [READ_ONLY] }],
            ["aws:iam/groupPolicyAttachment:GroupPolicyAttachment", { policyArn: READ_ONLY }],
            ["aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", { policyArns: [READ_ONLY] }],
            ["aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", { managedPolicyArn: READ_ONLY }],
        ];
        for (const [type, properties] of ways) {
            it(`by ${type.split(":").at(-1) ?? ""}`, async () => {
                await assertFound(withResource(example, type, "attached", properties), [
                    "attached-policies-are-known",
                    "attached",
                ]);
            });
        }

        const arn = "arn:aws:iam::123456789012:policy/registry";
        const shared: readonly (readonly [type: string, properties: Readonly<Record<string, unknown>>])[] = [
            ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", { role: "foreign", policyArn: arn }],
            [
                "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                {
                    roleName: "foreign",
                    policyArns: [arn],
                },
            ],
            ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", { policyArns: [arn] }],
            ["aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", { policyArns: [arn] }],
        ];
        for (const [type, properties] of shared) {
            it(`that a role of the gateway holds, to another by ${type.split(":").at(-1) ?? ""}`, async () => {
                const registry = one(platform, "Table", "push-registry-connections").outputs["arn"];
                const policy = policyOf({ Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: registry });
                const made = withResource(platform, "aws:iam/policy:Policy", "shared", { arn, policy });
                const held = withResource(made, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "own", {
                    role: one(platform, "Role", "push-notifier-notify-role").outputs["name"],
                    policyArn: arn,
                });
                await assertFound(held);
                await assertFound(withResource(held, type, "other", properties), [
                    "only-gateway-writes-its-tables",
                    "shared",
                ]);
            });
        }
    });

    describe("ways around the push bus's condition", () => {
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

    describe("ways to the gateway's tables", () => {
        it("a wildcard that covers the registry among others", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: "dynamodb:UpdateItem",
                    Resource: String(registryArn()).replace(/[^/]*$/, "push-*"),
                }),
                ["no-wildcard-resources", WEBHOOK],
                ["only-gateway-writes-its-tables", WEBHOOK],
            );
        });

        it("PartiQL, batches and a change of the TTL", async () => {
            for (const action of ["dynamodb:PartiQLInsert", "dynamodb:BatchWriteItem", "dynamodb:UpdateTimeToLive"]) {
                await assertFound(withStatement(example, WEBHOOK, { Action: action, Resource: registryArn() }), [
                    "only-gateway-writes-its-tables",
                    WEBHOOK,
                ]);
            }
        });

        it("the table of namespaces, which says who may publish", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: "dynamodb:PutItem",
                    Resource: one(example, "PushGatewayReference", "platform").outputs["namespaceTableArn"],
                }),
                ["only-gateway-writes-its-tables", WEBHOOK],
            );
        });

        it("a policy that is written inside the gateway but held by another role", async () => {
            const foreign = withResource(platform, "aws:iam/role:Role", "foreign", {
                name: "foreign",
                arn: "arn:aws:iam::123456789012:role/foreign",
            });
            const moved = changedTo(foreign, "RolePolicy", "push-websocket-disconnect-policy", { role: "foreign" });
            await assertFound(moved, ["only-gateway-writes-its-tables", "push-websocket-disconnect-policy"]);
        });

        it("the policy of the table itself", async () => {
            const { arn } = one(platform, "Table", "push-registry-connections").outputs;
            await assertFound(
                withResource(platform, "aws:dynamodb/resourcePolicy:ResourcePolicy", "shared", {
                    resourceArn: arn,
                    policy: policyOf({
                        Effect: "Allow",
                        Principal: { AWS: "210987654321" },
                        Action: "dynamodb:PutItem",
                        Resource: arn,
                    }),
                }),
                ["only-gateway-writes-its-tables", "shared"],
            );
        });

        it("an item that the deployment puts", async () => {
            await assertFound(
                withResource(example, "aws:dynamodb/tableItem:TableItem", "ghost", {
                    tableName: one(example, "PushGatewayReference", "platform").outputs["registryTableName"],
                    hashKey: "pk",
                    item: "{}",
                }),
                ["only-gateway-writes-its-tables", "ghost"],
            );
        });

        it("an item, where nothing but a plain StackReference shows the table", async () => {
            const plain = example.filter(({ type }) => !type.startsWith("push-gateway:"));
            const { registryTableName, namespaceTableName } = one(example, "PushGatewayReference", "platform").outputs;
            for (const [tableName, hashKey] of [
                [registryTableName, "pk"],
                [namespaceTableName, "namespace"],
            ]) {
                const ghost = { tableName, hashKey, item: "{}" };
                await assertFound(withResource(plain, "aws:dynamodb/tableItem:TableItem", "ghost", ghost), [
                    "only-gateway-writes-its-tables",
                    "ghost",
                ]);
            }
        });

        it("a namespace that is registered by hand, in the team's stack or in the platform's own", async () => {
            const item = JSON.stringify({ namespace: { S: "chat" } });
            for (const [stack, tableName] of [
                [example, one(example, "PushGatewayReference", "platform").outputs["namespaceTableName"]],
                [platform, one(platform, "Table", "push-namespaces").outputs["name"]],
            ] as const) {
                const row = { tableName, hashKey: "namespace", item };
                await assertFound(withResource(stack, "aws:dynamodb/tableItem:TableItem", "row", row), [
                    "only-gateway-writes-its-tables",
                    "row",
                ]);
            }
        });

        it("but lets others read", async () => {
            await assertFound(withStatement(example, WEBHOOK, { Action: "dynamodb:Query", Resource: registryArn() }));
        });
    });

    describe("ways to the gateway's functions, past the push bus", () => {
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
            ]) {
                await assertFound(withResource(example, type, "door", { functionName: notifier(), input: "{}" }), [
                    CALLS,
                    "door",
                ]);
            }
        });

        it("but leaves a team its own functions", async () => {
            const own = one(example, "Function", "webhook-function").outputs;
            await assertFound(
                withResource(
                    withStatement(example, WEBHOOK, { Action: INVOKE, Resource: own["arn"] }),
                    PERMISSION,
                    "own",
                    { function: own["name"], action: INVOKE, principal: "210987654321" },
                ),
            );
        });
    });

    describe("ways to the gateway's queues, past the push bus", () => {
        const USES = "only-gateway-uses-its-queues";
        const queue = (name: string): Readonly<Record<string, unknown>> => one(platform, "Queue", name).outputs;

        it("a statement on them, to fill, to read or to change them", async () => {
            for (const Action of ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:SetQueueAttributes"]) {
                for (const name of ["push-delivery-queue", "push-delivery-dead-letters"]) {
                    const statement = { Action, Resource: queue(name)["arn"] };
                    await assertFound(withStatement(example, WEBHOOK, statement), [USES, WEBHOOK]);
                }
            }
        });

        it("a policy of theirs that is for others than the gateway's rule", async () => {
            const { arn: Resource, url: queueUrl } = queue("push-delivery-queue");
            const EVENTS = { Service: "events.amazonaws.com" };
            const SourceArn = "arn:aws:events:us-east-1:123456789012:rule/mine";
            for (const opened of [
                { Principal: "*" },
                { Principal: "*", Condition: { Bool: { "aws:SecureTransport": true } } },
                { Principal: { AWS: "210987654321" } },
                { Principal: EVENTS },
                { Principal: EVENTS, Condition: { ArnEquals: { "aws:SourceArn": SourceArn } } },
            ]) {
                const policy = policyOf({ Effect: "Allow", Action: "sqs:SendMessage", Resource, ...opened });
                for (const stack of [platform, example]) {
                    await assertFound(
                        withResource(stack, "aws:sqs/queuePolicy:QueuePolicy", "open", { queueUrl, policy }),
                        [USES, "open"],
                    );
                }
            }
        });

        it("a queue's inline policy", async () => {
            const policy = policyOf({ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" });
            await assertFound(changedTo(platform, "Queue", "push-delivery-queue", { policy }), [
                USES,
                "push-delivery-queue",
            ]);
        });

        it("another queue whose failed messages SQS moves there", async () => {
            const redrivePolicy = JSON.stringify({
                deadLetterTargetArn: queue("push-delivery-queue")["arn"],
                maxReceiveCount: 1,
            });
            for (const type of ["aws:sqs/queue:Queue", "aws:sqs/redrivePolicy:RedrivePolicy"]) {
                for (const stack of [platform, example]) {
                    await assertFound(withResource(stack, type, "door", { redrivePolicy }), [USES, "door"]);
                }
            }
        });

        it("but leaves a team its own queues", async () => {
            const { arn, url: queueUrl } = one(example, "Queue", "order-changes-dead-letters").outputs;
            const Principal = { AWS: "210987654321" };
            const policy = policyOf({ Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: arn });
            await assertFound(
                withResource(
                    withStatement(example, WEBHOOK, { Action: "sqs:ReceiveMessage", Resource: arn }),
                    "aws:sqs/queuePolicy:QueuePolicy",
                    "own",
                    { queueUrl, policy },
                ),
            );
        });
    });

    describe("ways to hear what other teams publish", () => {
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

    describe("a component that calls itself a gateway", () => {
        const CONNECTIONS = "/v1/POST/@connections/*";
        const writing = (Resource: unknown): object => ({ Effect: "Allow", Action: "dynamodb:PutItem", Resource });
        const posting = (api: unknown): object => ({
            Effect: "Allow",
            Action: MANAGE,
            Resource: `${String(api)}${CONNECTIONS}`,
        });

        /** The team's stack with a "gateway" that has these parts, and a role in it with this policy. */
        const withLookalike = (
            statements: readonly object[],
            parts: readonly (readonly [type: string, properties: Readonly<Record<string, unknown>>])[] = [],
        ): Stack => {
            const made = withResource(example, "push-gateway:index:PushGateway", "mine", {});
            const gateway = one(made, "PushGateway", "mine");
            const add = (stack: Stack, type: string, properties: Readonly<Record<string, unknown>>): Stack => {
                return withResource(stack, type, `mine-${type.split(":").at(-1) ?? ""}`, properties, gateway);
            };
            const role = { name: "mine", arn: "arn:aws:iam::123456789012:role/mine" };
            const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
            return parts.reduce(
                (stack, [type, properties]) => add(stack, type, properties),
                add(add(made, "aws:iam/role:Role", role), "aws:iam/rolePolicy:RolePolicy", { role: "mine", policy }),
            );
        };
        const table = (arn: unknown): readonly [string, Readonly<Record<string, unknown>>] => [
            "aws:dynamodb/table:Table",
            {
                arn,
                ttl: { attributeName: "expiresAt", enabled: true },
                serverSideEncryption: { enabled: true },
                pointInTimeRecovery: { enabled: true },
            },
        ];
        const queue = (arn: string): readonly [string, Readonly<Record<string, unknown>>] => [
            "aws:sqs/queue:Queue",
            { arn },
        ];
        const API = "arn:aws:execute-api:us-east-1:123456789012:own-api";
        const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/own";

        it("and has only a role, with the platform's table and API in its policy", async () => {
            await assertFound(
                withLookalike([writing(registryArn()), posting(platformApi())]),
                ["only-gateway-writes-its-tables", "mine-RolePolicy"],
                ["only-gateway-reaches-connections", "mine-RolePolicy"],
            );
        });

        it("by its type in a URN alone, without such a parent", async () => {
            const orphaned = withLookalike([posting(API)]).filter(({ type }) => !type.endsWith(":PushGateway"));
            await assertFound(orphaned, ["only-gateway-reaches-connections", "mine-RolePolicy"]);
        });

        it("and reads the platform's table into itself", async () => {
            await assertFound(
                withLookalike([writing(registryArn())], [table(registryArn()), queue("arn:aws:sqs:us-east-1:1:own")]),
                ["only-gateway-writes-its-tables", "mine-RolePolicy"],
            );
        });

        it("and reads the platform's API into itself", async () => {
            const api = { protocolType: "HTTP", executionArn: platformApi() };
            await assertFound(withLookalike([posting(platformApi())], [["aws:apigatewayv2/api:Api", api]]), [
                "only-gateway-reaches-connections",
                "mine-RolePolicy",
            ]);
        });

        it("and reads the platform's notifier into itself, to give it a URL", async () => {
            const { notifierArn } = one(example, "PushGatewayReference", "platform").outputs;
            const logs = { loggingConfig: undefined, arn: notifierArn };
            const found = await diagnose(
                withLookalike(
                    [],
                    [
                        ["aws:lambda/function:Function", logs],
                        ["aws:lambda/functionUrl:FunctionUrl", { functionName: notifierArn }],
                    ],
                ),
            );
            assert.ok(
                found.some(({ policy, resource }) => {
                    return policy === "only-gateway-calls-its-functions" && resource === "mine-FunctionUrl";
                }),
            );
        });

        it("but takes a second gateway, which reaches its own", async () => {
            const api = { protocolType: "HTTP", executionArn: API };
            const parts = [table(TABLE), ["aws:apigatewayv2/api:Api", api]] as const;
            await assertFound(withLookalike([writing(TABLE), posting(API)], parts));
            await assertFound(withLookalike([writing(TABLE), posting(API), writing(registryArn())], parts), [
                "only-gateway-writes-its-tables",
                "mine-RolePolicy",
            ]);
        });

        const platformApi = (): unknown => one(platform, "Api", "push-websocket-api").outputs["executionArn"];
    });

    describe("names that only look right", () => {
        it("a $connect whose authorizer is another API's", async () => {
            const other = withResource(platform, "aws:apigatewayv2/authorizer:Authorizer", "other", {
                apiId: "other-api",
            });
            await assertFound(changedTo(other, "Route", "push-websocket-route-connect", { authorizerId: "other-id" }), [
                "connect-is-authorized",
                "push-websocket-route-connect",
            ]);
        });

        it("an authorizer that is named but not used", async () => {
            await assertFound(
                changedTo(platform, "Route", "push-websocket-route-connect", { authorizationType: undefined }),
                ["connect-is-authorized", "push-websocket-route-connect"],
            );
        });

        it("an API whose $connect is spelt otherwise", async () => {
            await assertFound(changedTo(platform, "Route", "push-websocket-route-connect", { routeKey: "connect" }), [
                "connect-is-authorized",
                "push-websocket-api",
            ]);
        });

        it("a route with limits of its own that are none", async () => {
            await assertFound(
                changedTo(platform, "Stage", "push-websocket-stage", {
                    defaultRouteSettings: { throttlingRateLimit: 100, throttlingBurstLimit: 100 },
                    routeSettings: [{ routeKey: "$default", throttlingRateLimit: 0 }],
                }),
                ["stages-are-throttled", "push-websocket-stage"],
            );
        });

        it("an access log without a format", async () => {
            await assertFound(
                changedTo(platform, "Stage", "push-websocket-stage", {
                    accessLogSettings: {
                        destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:g",
                        format: "",
                    },
                }),
                ["stages-have-access-logs", "push-websocket-stage"],
            );
        });

        it("a log stream's wildcard that begins in the log group", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                    Resource: "arn:aws:logs:us-east-1:123456789012:log-group:*:log-stream:*",
                }),
                ["no-wildcard-resources", WEBHOOK],
            );
        });

        it("a log stream's wildcard for other actions", async () => {
            await assertFound(
                withStatement(example, WEBHOOK, {
                    Action: ["logs:DeleteLogStream"],
                    Resource: "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:*",
                }),
                ["no-wildcard-resources", WEBHOOK],
            );
        });

        it("an API that is any API, before @connections", async () => {
            await assertFound(
                withStatementOf(platform, `${NOTIFY}-policy`, MANAGE, (statement) => ({
                    ...statement,
                    Resource: "arn:aws:execute-api:us-east-1:123456789012:*/v1/POST/@connections/*",
                })),
                ["manage-connections-is-scoped", `${NOTIFY}-policy`],
                ["only-gateway-reaches-connections", `${NOTIFY}-policy`],
            );
        });

        it("connections under a wildcard action", async () => {
            const found = await diagnose(
                withStatementOf(platform, `${NOTIFY}-policy`, MANAGE, (statement) => ({
                    ...statement,
                    Action: "execute-api:Manage*",
                })),
            );
            assert.deepEqual(
                found.map(({ policy }) => policy),
                ["no-wildcard-actions", "no-wildcard-resources"],
            );
        });

        it("a source that any API fits", async () => {
            await assertFound(
                changedTo(platform, "Permission", "push-websocket-permission-connect", {
                    sourceArn: "arn:aws:execute-api:us-east-1:123456789012:*/v1/$connect",
                }),
                ["function-permissions-name-source", "push-websocket-permission-connect"],
                ["only-gateway-calls-its-functions", "push-websocket-permission-connect"],
            );
        });

        it("a service under its name in China", async () => {
            await assertFound(
                changedTo(platform, "Permission", `${NOTIFY}-permission`, {
                    principal: "events.amazonaws.com.cn",
                    sourceArn: undefined,
                }),
                ["function-permissions-name-source", `${NOTIFY}-permission`],
            );
        });

        it("a bucket's name without its account", async () => {
            await assertFound(
                changedTo(platform, "Permission", `${NOTIFY}-permission`, {
                    principal: "s3.amazonaws.com",
                    sourceArn: "arn:aws:s3:::uploads",
                }),
                ["function-permissions-name-source", `${NOTIFY}-permission`],
                ["only-gateway-calls-its-functions", `${NOTIFY}-permission`],
            );
        });

        it("everybody, without a Function URL", async () => {
            await assertFound(
                changedTo(example, "Permission", "webhook-invoke-by-url", { invokedViaFunctionUrl: undefined }),
                ["function-permissions-name-source", "webhook-invoke-by-url"],
            );
        });

        it("retries without end, written as a number", async () => {
            const mapping = (properties: Readonly<Record<string, unknown>>): Stack =>
                withResource(platform, "aws:lambda/eventSourceMapping:EventSourceMapping", "stream", {
                    eventSourceArn: "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s",
                    functionName: "f",
                    startingPosition: "LATEST",
                    bisectBatchOnFunctionError: true,
                    maximumRetryAttempts: 5,
                    destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:us-east-1:123456789012:q" } },
                    ...properties,
                });
            await assertFound(mapping({}));
            for (const change of [
                { maximumRetryAttempts: -1 },
                { maximumRetryAttempts: 10_000 },
                { bisectBatchOnFunctionError: false },
                { destinationConfig: {} },
            ]) {
                await assertFound(mapping(change), ["stream-sources-bound-failures", "stream"]);
            }
        });

        it("a pipe on a stream that sets nothing", async () => {
            await assertFound(
                changedTo(example, "Pipe", "order-changes-pipe", { sourceParameters: undefined }),
                ["stream-sources-bound-failures", "order-changes-pipe"],
                ["stream-sources-bound-failures", "order-changes-pipe"],
                ["stream-sources-bound-failures", "order-changes-pipe"],
            );
        });

        it("a target whose retries are AWS's default", async () => {
            await assertFound(
                changedTo(platform, "EventTarget", "push-notifier-target", { retryPolicy: undefined }),
                ["event-targets-have-dead-letters", "push-notifier-target"],
                ["event-targets-have-dead-letters", "push-notifier-target"],
            );
        });

        it("a log group that the function does not log to", async () => {
            await assertFound(
                changedTo(example, "Function", "page-function", {
                    loggingConfig: { logFormat: "Text", logGroup: "elsewhere" },
                }),
                ["functions-log-to-known-groups", "page-function"],
            );
        });
    });
});
