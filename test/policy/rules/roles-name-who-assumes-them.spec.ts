import * as assert from "node:assert/strict";
import { assertFound, found, policyOf } from "../support/findings";
import { changedTo } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "roles-name-who-assumes-them";
const ACCOUNT = "123456789012";

describe("the rule roles-name-who-assumes-them", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a role that everybody in AWS can take on", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Role", "webhook-role", {
                assumeRolePolicy: JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }],
                }),
            });
        await assertFound(mistaken(example), [RULE, "webhook-role"]);
    });

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
    const FOUND = ["roles-name-who-assumes-them", "webhook-role"] as const;
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
            await assertFound(trusted({ Principal: { Service: "lambda.amazonaws.com" } }, principal), FOUND);
        }
    });

    it("everybody, by a condition that is true of everybody", async () => {
        for (const condition of [
            { StringEquals: { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } },
            { StringEquals: { "aws:PrincipalAccount": "${aws:PrincipalAccount}" } },
            { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*" } },
        ]) {
            await assertFound(trusted({ Principal: "*", Condition: condition }), FOUND);
        }
        const subject = { [SUB]: `\${${SUB}}` };
        await assertFound(trusted(ofToken({ StringEquals: { ...AUDIENCE, ...subject } })), FOUND);
    });

    it("and lets the role's own account or organization be, which the caller does not fill in", async () => {
        for (const condition of [
            { StringEquals: { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } },
            { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/*" } },
        ]) {
            await assertFound(trusted({ Principal: "*", Condition: condition }));
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
            await assertFound(trusted(ofToken(condition)), FOUND);
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
