import { assertFound } from "../support/findings";
import { changedTo, one, withResource } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "attached-policies-are-known";

describe("the rule attached-policies-are-known", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a policy of AWS's that allows everything", async () => {
        const mistaken = (stack: Stack): Stack =>
            withResource(stack, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {
                role: one(stack, "Role", "webhook-role").outputs["name"],
                policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
            });
        await assertFound(mistaken(example), [RULE, "admin"]);
    });

    it("a role's managed policies", async () => {
        await assertFound(
            changedTo(example, "Role", "webhook-role", {
                managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
            }),
            ["attached-policies-are-known", "webhook-role"],
        );
    });

    describe("finds a policy that is attached", () => {
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
    });
});
