import * as assert from "node:assert/strict";
import { diagnose } from "../support/analyzer";
import { assertFound, policyOf } from "../support/findings";
import { changed, changedTo, one, parsed, withStatement, withStatementOf } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "no-wildcard-actions";
const WEBHOOK = "webhook-policy";
const NOTIFY = "push-notifier-notify";
const MANAGE = "execute-api:ManageConnections";
const QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue";

describe("the rule no-wildcard-actions", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds all of a service's actions", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, "webhook-policy", "dynamodb:UpdateItem", (statement) => ({
                ...statement,
                Action: "dynamodb:*",
            }));
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });

    it("an object in place of JSON text", async () => {
        await assertFound(
            changed(example, "RolePolicy", WEBHOOK, ({ policy, ...properties }) => ({
                ...properties,
                policy: { ...parsed(policy), Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: QUEUE }] },
            })),
            ["no-wildcard-actions", WEBHOOK],
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

    it("all actions but some", async () => {
        await assertFound(
            withStatement(example, WEBHOOK, {
                NotAction: ["iam:*", "execute-api:*", "events:*"],
                Resource: one(example, "Table", "orders").outputs["arn"],
            }),
            ["no-wildcard-actions", WEBHOOK],
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
});
