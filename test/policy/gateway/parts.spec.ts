import * as assert from "node:assert/strict";
import { diagnose } from "../support/analyzer";
import { assertFound } from "../support/findings";
import { one, withResource } from "../support/mutations";
import type { Stack } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";

const MANAGE = "execute-api:ManageConnections";

describe("what belongs to a gateway", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });
    const registryArn = (): unknown => one(example, "PushGatewayReference", "platform").outputs["registryTableArn"];

    describe("is not a component that calls itself one", () => {
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
            const own = (statements: readonly object[]): Stack => {
                const made = withResource(example, "push-gateway:index:PushGateway", "mine", {});
                const log = withResource(
                    made,
                    "push-gateway:index:MessageLog",
                    "mine-log",
                    {},
                    one(made, "PushGateway", "mine"),
                );
                const [, properties] = table(TABLE);
                const stored = withResource(
                    log,
                    "aws:dynamodb/table:Table",
                    "mine-log-messages",
                    properties,
                    one(log, "MessageLog", "mine-log"),
                );
                const notifier = withResource(
                    stored,
                    "push-gateway:index:Notifier",
                    "mine-notifier",
                    {},
                    one(stored, "PushGateway", "mine"),
                );
                const within = one(notifier, "Notifier", "mine-notifier");
                const role = { name: "mine", arn: "arn:aws:iam::123456789012:role/mine" };
                const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
                const held = withResource(notifier, "aws:iam/role:Role", "mine-role", role, within);
                return withResource(
                    held,
                    "aws:iam/rolePolicy:RolePolicy",
                    "mine-policy",
                    { role: "mine", policy },
                    within,
                );
            };
            await assertFound(own([writing(TABLE)]));
            await assertFound(own([writing(TABLE), writing(registryArn())]), [
                "only-gateway-writes-its-tables",
                "mine-policy",
            ]);
        });

        it("nor is what only has the gateway as its parent: a rule, or a function's role", async () => {
            const gateway = one(platform, "PushGateway", "push");
            const { name: eventBusName } = one(platform, "EventBus", "push-bus").outputs;
            const rule = "aws:cloudwatch/eventRule:EventRule";
            for (const name of ["spy", "push-spy", "push-bus", "push-notifier"]) {
                await assertFound(withResource(platform, rule, name, { eventBusName }, gateway), [
                    "only-gateway-listens-on-its-bus",
                    name,
                ]);
            }
            const made = withResource(platform, "push-gateway:index:LambdaFunction", "push-spy", {}, gateway);
            const within = one(made, "LambdaFunction", "push-spy");
            const role = { name: "spy", arn: "arn:aws:iam::123456789012:role/spy" };
            const held = withResource(made, "aws:iam/role:Role", "push-spy-role", role, within);
            const { arn } = one(platform, "Table", "push-registry-connections").outputs;
            const policy = JSON.stringify({ Version: "2012-10-17", Statement: [writing(arn)] });
            const spying = withResource(
                held,
                "aws:iam/rolePolicy:RolePolicy",
                "push-spy-policy",
                { role: "spy", policy },
                within,
            );
            await assertFound(spying, ["only-gateway-writes-its-tables", "push-spy-policy"]);
        });

        const platformApi = (): unknown => one(platform, "Api", "push-websocket-api").outputs["executionArn"];
    });
});
