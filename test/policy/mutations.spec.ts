import * as assert from "node:assert/strict";
import { policies } from "../../policy/policies";
import { diagnose } from "./support/analyzer";
import { changed, changedTo, one, withResource, withStatement, withStatementOf } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";

/** A realistic mistake in a real graph, and the one rule that sees it. */
interface Mistake {
    readonly rule: string;
    readonly mistake: string;
    readonly in: "platform" | "example";
    /** Logical name of the resource that the pack points at. */
    readonly at: string;
    readonly make: (stack: Stack) => Stack;
}

const REGISTRY = "push-registry-connections";
const NOTIFY = "push-notifier-notify";

const MISTAKES: readonly Mistake[] = [
    {
        rule: "expiring-tables-have-ttl",
        mistake: "the registry without a TTL",
        in: "platform",
        at: REGISTRY,
        make: (stack) => changedTo(stack, "Table", REGISTRY, { ttl: undefined }),
    },
    {
        rule: "expiring-tables-have-ttl",
        mistake: "the log with its TTL turned off",
        in: "platform",
        at: "push-log-messages",
        make: (stack) =>
            changedTo(stack, "Table", "push-log-messages", {
                ttl: { attributeName: "expiresAt", enabled: false },
            }),
    },
    {
        rule: "expiring-tables-have-ttl",
        mistake: "a TTL on an attribute that no row has",
        in: "platform",
        at: REGISTRY,
        make: (stack) => changedTo(stack, "Table", REGISTRY, { ttl: { attributeName: "expires_at", enabled: true } }),
    },
    {
        rule: "tables-are-encrypted",
        mistake: "a table under DynamoDB's own key",
        in: "example",
        at: "orders",
        make: (stack) => changedTo(stack, "Table", "orders", { serverSideEncryption: { enabled: false } }),
    },
    {
        rule: "tables-are-recoverable",
        mistake: "a table without point-in-time recovery",
        in: "example",
        at: "orders",
        make: (stack) => changedTo(stack, "Table", "orders", { pointInTimeRecovery: undefined }),
    },
    {
        rule: "tables-are-protected",
        mistake: "a table of production that DynamoDB would delete",
        in: "platform",
        at: REGISTRY,
        make: (stack) => changedTo(stack, "Table", REGISTRY, { deletionProtectionEnabled: false }),
    },
    {
        rule: "tables-are-protected",
        mistake: "a table of production that `pulumi destroy` would delete",
        in: "platform",
        at: "push-namespaces",
        make: (stack) =>
            stack.map((resource) => {
                return resource === one(stack, "Table", "push-namespaces") ? { ...resource, protect: false } : resource;
            }),
    },
    {
        rule: "log-groups-expire",
        mistake: "a log group that keeps everything",
        in: "platform",
        at: `${NOTIFY}-logs`,
        make: (stack) => changedTo(stack, "LogGroup", `${NOTIFY}-logs`, { retentionInDays: undefined }),
    },
    {
        rule: "functions-log-to-known-groups",
        mistake: "a function whose log group Lambda makes",
        in: "platform",
        at: `${NOTIFY}-function`,
        make: (stack) => changedTo(stack, "Function", `${NOTIFY}-function`, { loggingConfig: undefined }),
    },
    {
        rule: "policies-are-readable",
        mistake: "a policy with a misspelt member",
        in: "example",
        at: "webhook-policy",
        make: (stack) =>
            changed(stack, "RolePolicy", "webhook-policy", (properties) => ({
                ...properties,
                policy: String(properties["policy"]).replace('"Resource"', '"Resources"'),
            })),
    },
    {
        rule: "resources-are-readable",
        mistake: "a role's policy in a CloudFormation template",
        in: "example",
        at: "legacy",
        make: (stack) =>
            withResource(stack, "aws:cloudformation/stack:Stack", "legacy", {
                templateBody: JSON.stringify({
                    Resources: {
                        Policy: {
                            Type: "AWS::IAM::RolePolicy",
                            Properties: {
                                RoleName: one(stack, "Role", "webhook-role").outputs["name"],
                                PolicyName: "wide",
                                PolicyDocument: { Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
                            },
                        },
                    },
                }),
            }),
    },
    {
        rule: "no-wildcard-actions",
        mistake: "all of a service's actions",
        in: "example",
        at: "webhook-policy",
        make: (stack) =>
            withStatementOf(stack, "webhook-policy", "dynamodb:UpdateItem", (statement) => ({
                ...statement,
                Action: "dynamodb:*",
            })),
    },
    {
        rule: "no-wildcard-resources",
        mistake: "an action on every table",
        in: "example",
        at: "webhook-policy",
        make: (stack) => withStatement(stack, "webhook-policy", { Action: "dynamodb:Query", Resource: "*" }),
    },
    {
        rule: "manage-connections-is-scoped",
        mistake: "connections of every stage",
        in: "platform",
        at: `${NOTIFY}-policy`,
        make: (stack) =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/v1/POST/", "/*/POST/"),
            })),
    },
    {
        rule: "manage-connections-is-scoped",
        mistake: "every verb on connections",
        in: "platform",
        at: `${NOTIFY}-policy`,
        make: (stack) =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/POST/", "/*/"),
            })),
    },
    {
        rule: "manage-connections-is-scoped",
        mistake: "closing connections",
        in: "platform",
        at: `${NOTIFY}-policy`,
        make: (stack) =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/POST/", "/DELETE/"),
            })),
    },
    {
        rule: "only-gateway-reaches-connections",
        mistake: "a service that posts to connections itself",
        in: "example",
        at: "webhook-policy",
        make: (stack) =>
            withStatement(stack, "webhook-policy", {
                Action: "execute-api:ManageConnections",
                Resource: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/v1/POST/@connections/*",
            }),
    },
    {
        rule: "put-events-names-its-source",
        mistake: "a publisher that may be any namespace",
        in: "example",
        at: "order-changes-policy",
        make: (stack) =>
            withStatementOf(stack, "order-changes-policy", "events:PutEvents", (statement) => ({
                ...statement,
                Condition: undefined,
            })),
    },
    {
        rule: "put-events-names-its-source",
        mistake: "a publisher under another team's namespace",
        in: "example",
        at: "order-changes-policy",
        make: (stack) =>
            withStatementOf(stack, "order-changes-policy", "events:PutEvents", (statement) => ({
                ...statement,
                Condition: {
                    StringEquals: { "events:source": "chat" },
                    "ForAllValues:StringEquals": { "events:source": "chat" },
                },
            })),
    },
    {
        rule: "only-gateway-writes-its-tables",
        mistake: "a service that writes the registry",
        in: "example",
        at: "webhook-policy",
        make: (stack) =>
            withStatement(stack, "webhook-policy", {
                Action: "dynamodb:PutItem",
                Resource: one(stack, "PushGatewayReference", "platform").outputs["registryTableArn"],
            }),
    },
    {
        rule: "only-gateway-calls-its-functions",
        mistake: "a service that invokes the notifier, past the bus",
        in: "example",
        at: "webhook-policy",
        make: (stack) =>
            withStatement(stack, "webhook-policy", {
                Action: "lambda:InvokeFunction",
                Resource: one(stack, "PushGatewayReference", "platform").outputs["notifierArn"],
            }),
    },
    {
        rule: "only-gateway-uses-its-queues",
        mistake: "a delivery queue that another account may fill",
        in: "platform",
        at: "open",
        make: (stack) =>
            withResource(stack, "aws:sqs/queuePolicy:QueuePolicy", "open", {
                queueUrl: one(stack, "Queue", "push-delivery-queue").outputs["url"],
                policy: JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Effect: "Allow",
                            Principal: { AWS: "210987654321" },
                            Action: "sqs:SendMessage",
                            Resource: one(stack, "Queue", "push-delivery-queue").outputs["arn"],
                        },
                    ],
                }),
            }),
    },
    {
        rule: "only-gateway-listens-on-its-bus",
        mistake: "a rule that copies every team's messages",
        in: "example",
        at: "spy",
        make: (stack) =>
            withResource(stack, "aws:cloudwatch/eventRule:EventRule", "spy", {
                eventBusName: one(stack, "PushGatewayReference", "platform").outputs["eventBusName"],
                eventPattern: JSON.stringify({ source: [{ prefix: "" }] }),
            }),
    },
    {
        rule: "function-permissions-name-source",
        mistake: "a function that any rule of any account may invoke",
        in: "platform",
        at: `${NOTIFY}-permission`,
        make: (stack) => changedTo(stack, "Permission", `${NOTIFY}-permission`, { sourceArn: undefined }),
    },
    {
        rule: "roles-name-who-assumes-them",
        mistake: "a role that everybody in AWS can take on",
        in: "example",
        at: "webhook-role",
        make: (stack) =>
            changedTo(stack, "Role", "webhook-role", {
                assumeRolePolicy: JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }],
                }),
            }),
    },
    {
        rule: "stream-sources-bound-failures",
        mistake: "a pipe that stops at the first bad record",
        in: "example",
        at: "order-changes-pipe",
        make: (stack) =>
            changed(stack, "Pipe", "order-changes-pipe", (properties) => ({
                ...properties,
                sourceParameters: withStreamParameters(properties["sourceParameters"], {
                    maximumRetryAttempts: undefined,
                }),
            })),
    },
    {
        rule: "event-targets-have-dead-letters",
        mistake: "a target that loses what it cannot deliver",
        in: "platform",
        at: "push-notifier-target",
        make: (stack) => changedTo(stack, "EventTarget", "push-notifier-target", { deadLetterConfig: undefined }),
    },
    {
        rule: "attached-policies-are-known",
        mistake: "a policy of AWS's that allows everything",
        in: "example",
        at: "admin",
        make: (stack) =>
            withResource(stack, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {
                role: one(stack, "Role", "webhook-role").outputs["name"],
                policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
            }),
    },
    {
        rule: "connect-is-authorized",
        mistake: "a $connect that lets everybody in",
        in: "platform",
        at: "push-websocket-route-connect",
        make: (stack) => changedTo(stack, "Route", "push-websocket-route-connect", { authorizationType: "NONE" }),
    },
    {
        rule: "stages-have-access-logs",
        mistake: "a stage without an access log",
        in: "platform",
        at: "push-websocket-stage",
        make: (stack) => changedTo(stack, "Stage", "push-websocket-stage", { accessLogSettings: undefined }),
    },
    {
        rule: "stages-are-throttled",
        mistake: "a stage that may take all of the account's requests",
        in: "platform",
        at: "push-websocket-stage",
        make: (stack) =>
            changedTo(stack, "Stage", "push-websocket-stage", {
                defaultRouteSettings: { throttlingRateLimit: 10_000, throttlingBurstLimit: 5000 },
            }),
    },
];

function withStreamParameters(given: unknown, change: object): object {
    const source = given as { readonly dynamodbStreamParameters: object };
    return { ...source, dynamodbStreamParameters: { ...source.dynamodbStreamParameters, ...change } };
}

describe("the policy pack over a real graph with one mistake", () => {
    let stacks: Readonly<Record<Mistake["in"], Stack>>;
    before(async () => {
        stacks = { platform: await platformStack("prod"), example: await exampleStack() };
    });

    for (const { rule, mistake, at, make, ...where } of MISTAKES) {
        it(`finds ${mistake}, by ${rule} alone`, async () => {
            const diagnostics = await diagnose(make(stacks[where.in]));
            assert.deepEqual(
                diagnostics.map(({ policy, resource, level }) => ({ policy, resource, level })),
                [{ policy: rule, resource: at, level: "mandatory" }],
            );
        });
    }

    it("knows a mistake for each of its rules", () => {
        const known = new Set(MISTAKES.map(({ rule }) => rule));
        assert.deepEqual([...known].sort(), policies.map(({ name }) => name).sort());
    });
});
