import * as assert from "node:assert/strict";
import { assertFound } from "../support/findings";
import { changedTo, one, withResource, withStatement } from "../support/mutations";
import type { Stack } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";

const RULE = "only-gateway-has-its-roles";
const WEBHOOK = "webhook-policy";
const NOTIFY_ROLE = "push-notifier-notify-role-0000000";
const NOTIFY_ARN = `arn:aws:iam::123456789012:role/${NOTIFY_ROLE}`;
const OWN_ARN = "arn:aws:iam::123456789012:role/workers";

describe("the rule only-gateway-has-its-roles", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("knows the roles of a gateway in another stack by the names that they really have", async () => {
        const roles = platform.filter(({ type, urn }) => type.endsWith(":Role") && urn.includes(":PushGateway$"));
        assert.ok(roles.length >= 6);
        for (const { outputs } of roles) {
            const statement = { Action: "iam:PassRole", Resource: outputs["arn"] };
            await assertFound(withStatement(example, WEBHOOK, statement), [RULE, WEBHOOK]);
        }
    });

    for (const Action of [
        "sts:AssumeRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:AttachRolePolicy",
        "iam:DeleteRolePolicy",
    ]) {
        it(`finds ${Action} on a role of the gateway, in each stack`, async () => {
            for (const [stack, policy] of [
                [example, WEBHOOK],
                [platform, "push-notifier-notify-policy"],
            ] as const) {
                await assertFound(withStatement(stack, policy, { Action, Resource: NOTIFY_ARN }), [RULE, policy]);
            }
        });
    }

    it("finds a role that may write policies of its own", async () => {
        const { arn } = one(example, "Role", "webhook-role").outputs;
        for (const Action of ["iam:PutRolePolicy", "iam:AttachRolePolicy"]) {
            await assertFound(withStatement(example, WEBHOOK, { Action, Resource: arn }), [RULE, WEBHOOK]);
        }
    });

    const users: readonly (readonly [type: string, properties: (role: string) => object])[] = [
        ["aws:ecs/taskDefinition:TaskDefinition", (taskRoleArn) => ({ taskRoleArn })],
        ["aws:ecs/taskDefinition:TaskDefinition", (executionRoleArn) => ({ executionRoleArn })],
        ["aws:sfn/stateMachine:StateMachine", (roleArn) => ({ roleArn })],
        ["aws:scheduler/schedule:Schedule", (roleArn) => ({ target: { arn: "arn:aws:lambda:x", roleArn } })],
        ["aws:cloudwatch/eventRule:EventRule", (roleArn) => ({ roleArn })],
        ["aws:codebuild/project:Project", (serviceRole) => ({ serviceRole })],
        ["aws:apigatewayv2/integration:Integration", (credentialsArn) => ({ apiId: "own", credentialsArn })],
        ["aws:iam/instanceProfile:InstanceProfile", (role) => ({ role: role.split("/").at(-1) })],
        ["pulumi:providers:aws", (roleArn) => ({ assumeRoles: JSON.stringify([{ roleArn }]) })],
    ];
    for (const [type, properties] of users) {
        it(`finds a ${type.split(":").at(-1) ?? ""} with such a role, and not one with a role of its own`, async () => {
            await assertFound(withResource(example, type, "mine", { ...properties(NOTIFY_ARN) }), [RULE, "mine"]);
            await assertFound(withResource(example, type, "mine", { ...properties(OWN_ARN) }));
        });
    }

    it("finds a function and a pipe with such a role", async () => {
        for (const [stack, type, name, property] of [
            [example, "Function", "page-function", "role"],
            [example, "Pipe", "order-changes-pipe", "roleArn"],
        ] as const) {
            const mistaken = changedTo(stack, type, name, { [property]: NOTIFY_ARN });
            await assertFound(mistaken, [RULE, name]);
        }
    });

    it("finds a policy that a team's stack puts on a role of the gateway", async () => {
        const policy = JSON.stringify({
            Version: "2012-10-17",
            Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k" },
        });
        await assertFound(
            withResource(example, "aws:iam/rolePolicy:RolePolicy", "more", { role: NOTIFY_ROLE, policy }),
            [RULE, "more"],
        );
    });

    it("lets a team pass and take on roles of its own, and deploy others' policies", async () => {
        for (const Action of ["iam:PassRole", "sts:AssumeRole", "iam:PutRolePolicy"]) {
            await assertFound(withStatement(example, WEBHOOK, { Action, Resource: OWN_ARN }));
        }
    });
});
