import * as assert from "node:assert/strict";
import { diagnose } from "./support/analyzer";
import { changedTo, one, withResource, withStatement } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";
import { UNKNOWN } from "./support/recorded-stack";

type Properties = Readonly<Record<string, unknown>>;

const WEBHOOK = "webhook-policy";
const ACCOUNT = "123456789012";

function policyOf(statement: object): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
}

/** What a team's stack has beside the gateway, and the mistake that lies nearest to it. */
describe("the policy pack, over what teams ordinarily deploy,", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    const found = async (stack: Stack): Promise<string[]> => {
        return (await diagnose(stack)).filter(({ level }) => level === "mandatory").map(({ policy }) => policy);
    };

    describe("lets a statement have a wildcard in its resource", () => {
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

    describe("lets a stack publish on its own bus as it likes", () => {
        const rule = "put-events-names-its-source";
        const ARN = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/domain`;
        const BUS = "aws:cloudwatch/eventBus:EventBus";
        const withBus = (stack: Stack, properties: Properties = {}): Stack => {
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

    describe("lets be invoked without a source a function", () => {
        const rule = "function-permissions-name-source";
        const permitting = (properties: Properties): Stack => {
            return withResource(example, "aws:lambda/permission:Permission", "invoke", {
                function: "page",
                action: "lambda:InvokeFunction",
                ...properties,
            });
        };
        const ALEXA = { principal: "alexa-appkit.amazon.com", eventSourceToken: "amzn1.ask.skill.6c2c-1" };

        it("by everybody in one organization", async () => {
            assert.deepEqual(await found(permitting({ principal: "*", principalOrgId: "o-acme" })), []);
            assert.deepEqual(await found(permitting({ principal: "*", principalOrgId: UNKNOWN })), []);
        });

        it("but not in any, nor by a service in one, which acts for other accounts", async () => {
            for (const properties of [
                { principal: "*" },
                { principal: "*", principalOrgId: "" },
                { principal: "*", principalOrgId: "o-*" },
                { principal: "events.amazonaws.com", principalOrgId: "o-acme" },
            ]) {
                assert.deepEqual(await found(permitting(properties)), [rule]);
            }
        });

        it("by one Alexa skill", async () => {
            assert.deepEqual(await found(permitting(ALEXA)), []);
            assert.deepEqual(await found(permitting({ ...ALEXA, principal: "alexa-connectedhome.amazon.com" })), []);
        });

        it("but not by any skill, nor by another service with a token", async () => {
            for (const properties of [
                { ...ALEXA, eventSourceToken: undefined },
                { ...ALEXA, eventSourceToken: "*" },
                { ...ALEXA, principal: "events.amazonaws.com" },
                { ...ALEXA, principal: "*" },
            ]) {
                assert.deepEqual(await found(permitting(properties)), [rule]);
            }
        });
    });

    describe("lets the service accounts of a cluster take on a role", () => {
        const rule = "roles-name-who-assumes-them";
        const ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/A1B2C3";
        const trusting = (sub: unknown, issuer = ISSUER, operator = "StringLike"): Stack => {
            return changedTo(example, "Role", "webhook-role", {
                assumeRolePolicy: policyOf({
                    Action: "sts:AssumeRoleWithWebIdentity",
                    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
                    Condition: { [operator]: { [`${issuer}:sub`]: sub } },
                }),
            });
        };

        it("where they are of one namespace", async () => {
            assert.deepEqual(await found(trusting("system:serviceaccount:shop:*")), []);
            assert.deepEqual(
                await found(trusting(["system:serviceaccount:shop:web-*", "system:serviceaccount:a:b"])),
                [],
            );
            assert.deepEqual(await found(trusting("system:serviceaccount:shop:web", ISSUER, "StringEquals")), []);
        });

        it("but not where they are of any, or it is not the cluster that says so", async () => {
            for (const sub of [
                "*",
                "system:serviceaccount:*",
                "system:serviceaccount:*:*",
                "system:serviceaccount:*:web",
                "system:serviceaccount:sh*:web",
                "system:serviceaccount:shop*",
                "system:*:shop:*",
                ["system:serviceaccount:shop:*", "system:serviceaccount:*:web"],
            ]) {
                assert.deepEqual(await found(trusting(sub)), [rule], String(sub));
            }
            const oneNamespace = "system:serviceaccount:shop:*";
            assert.deepEqual(await found(trusting(oneNamespace, "token.actions.githubusercontent.com")), [rule]);
            assert.deepEqual(await found(trusting(oneNamespace, ISSUER.replace("oidc.eks", "oidc.eks.evil"))), [rule]);
            assert.deepEqual(await found(trusting(oneNamespace, ISSUER, "StringLikeIfExists")), [rule]);
        });
    });
});
