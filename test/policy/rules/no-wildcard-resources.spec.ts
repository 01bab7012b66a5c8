import * as assert from "node:assert/strict";
import { assertFound, found, policyOf } from "../support/findings";
import { changedTo, one, withStatement } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "no-wildcard-resources";
const WEBHOOK = "webhook-policy";
const MANAGE = "execute-api:ManageConnections";
const ACCOUNT = "123456789012";

describe("the rule no-wildcard-resources", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds an action on every table", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatement(stack, "webhook-policy", { Action: "dynamodb:DescribeTable", Resource: "*" });
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });

    it("a single statement that is not in a list", async () => {
        await assertFound(
            changedTo(example, "RolePolicy", WEBHOOK, {
                policy: policyOf({ Effect: "Allow", Action: "kms:Sign", Resource: "*" }),
            }),
            ["no-wildcard-resources", WEBHOOK],
        );
    });

    it("a wildcard in the middle of a resource", async () => {
        await assertFound(
            withStatement(example, WEBHOOK, {
                Action: "dynamodb:DescribeTable",
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
        ["iam:PassRole", "arn:aws:iam", WILD, "only-gateway-has-its-roles"],
    ];

    for (const [Action, Resource, ...rules] of shortened) {
        it(`${Action} on an ARN that is cut short, ${Resource}`, async () => {
            await assertFound(
                withStatement(example, WEBHOOK, { Action, Resource }),
                ...rules.map((rule) => [rule, WEBHOOK] as const),
            );
        });
    }

    it("all resources but some", async () => {
        await assertFound(
            withStatement(example, WEBHOOK, {
                Action: "dynamodb:DescribeTable",
                NotResource: one(example, "Table", "orders").outputs["arn"],
            }),
            ["no-wildcard-resources", WEBHOOK],
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

    describe("lets a statement have a wildcard", () => {
        const rule = "no-wildcard-resources";
        const allowing = (actions: readonly string[], ...resources: readonly string[]): Stack => {
            return withStatement(example, WEBHOOK, { Action: actions, Resource: resources });
        };
        const objects = ["s3:GetObject", "s3:PutObject"];

        it("where it stands for objects of one bucket", async () => {
            assert.deepEqual(await found(allowing(objects, "arn:aws:s3:::uploads/*")), []);
            assert.deepEqual(await found(allowing(objects, "arn:aws-cn:s3:::uploads/images/*.png")), []);
            assert.deepEqual(await found(allowing(objects, "arn:aws:s3:::uploads/${aws:PrincipalTag/team}/*")), []);
        });

        it("but not for objects of more than one, nor for buckets", async () => {
            for (const resource of [
                "arn:aws:s3:::*",
                "arn:aws:s3:::*/*",
                "arn:aws:s3:::uploads*/*",
                "arn:aws:s3:::upload?/*",
                "arn:aws:s3:::uploads*",
                "arn:aws:s3:::${aws:PrincipalTag/bucket}/*",
                "arn:aws:s3:*:*:uploads/*",
                "arn:*:s3:::uploads/*",
            ]) {
                assert.deepEqual(await found(allowing(objects, resource)), [rule], resource);
            }
        });

        it("where AWS cannot scope the action", async () => {
            assert.deepEqual(await found(allowing(["ecr:GetAuthorizationToken"], "*")), []);
            assert.deepEqual(await found(allowing(["sts:getcalleridentity", "ec2:DescribeSubnets"], "*")), []);
        });

        it("but not where it can, also beside one that it cannot", async () => {
            for (const actions of [
                ["ecr:BatchGetImage"],
                ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"],
                ["ec2:DescribeInstanceAttribute"],
            ]) {
                assert.deepEqual(await found(allowing(actions, "*")), [rule]);
            }
            assert.deepEqual(await found(allowing(["ec2:Describe*"], "*")), ["no-wildcard-actions", rule]);
            const repositories = `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/*`;
            assert.deepEqual(await found(allowing(["ecr:GetAuthorizationToken"], repositories)), [rule]);
        });
    });
});
