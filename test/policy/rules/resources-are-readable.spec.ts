import { assertFound } from "../support/findings";
import { one, withResource } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "resources-are-readable";

describe("the rule resources-are-readable", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a role's policy in a CloudFormation template", async () => {
        const mistaken = (stack: Stack): Stack =>
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
            });
        await assertFound(mistaken(example), [RULE, "legacy"]);
    });

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
