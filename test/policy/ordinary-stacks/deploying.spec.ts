import * as assert from "node:assert/strict";
import { found } from "../support/findings";
import type { Declared } from "../support/team-stack";
import { ACCOUNT, arnOfRole, teamStack, trusting, trustingTokens } from "../support/team-stack";

const RULE = "roles-name-who-assumes-them";

/** Who takes a role on, as teams ordinarily write it, and what lies nearest to it and is anybody. */
interface Trust {
    readonly by: string;
    readonly fine: Declared;
    readonly near: Declared;
}

const CIRCLE = "oidc.circleci.com/org/0f1e-2d3c";
const BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const EKS = "oidc.eks.us-east-1.amazonaws.com/id/A1B2C3";
const COGNITO = "cognito-identity.amazonaws.com";

const TRUSTS: readonly Trust[] = [
    {
        by: "a repository of GitHub Actions",
        fine: trustingTokens("token.actions.githubusercontent.com", "repo:acme/shop:ref:refs/heads/main"),
        near: trustingTokens("token.actions.githubusercontent.com", "repo:acme*"),
    },
    {
        by: "an environment of GitHub Actions, in each repository of an organization",
        fine: trustingTokens("token.actions.githubusercontent.com", "repo:acme/*:environment:production"),
        near: trustingTokens("token.actions.githubusercontent.com", "repo:*/shop:environment:production"),
    },
    {
        by: "a project of GitLab",
        fine: trustingTokens("gitlab.com", "project_path:acme/shop:ref_type:branch:ref:main", "https://gitlab.com"),
        near: trustingTokens("gitlab.com", "project_path:*:ref_type:branch:ref:main", "https://gitlab.com"),
    },
    {
        by: "a self-managed GitLab",
        fine: trustingTokens("gitlab.acme.example", "project_path:acme/shop:ref_type:branch:ref:*"),
        near: trustingTokens("gitlab.acme.example", "project_path:*"),
    },
    {
        by: "a stack of Pulumi Deployments",
        fine: trustingTokens("api.pulumi.com/oidc", "pulumi:deploy:org:acme:project:shop:stack:prod:*", "acme"),
        near: trustingTokens("api.pulumi.com/oidc", "pulumi:deploy:org:*:project:shop:*", "acme"),
    },
    {
        by: "an environment of Pulumi ESC",
        fine: trustingTokens("api.pulumi.com/oidc", "pulumi:environments:org:acme:env:shop/prod", "aws:acme"),
        near: trustingTokens("api.pulumi.com/oidc", "pulumi:environments:*", "aws:acme"),
    },
    {
        by: "a workspace of HCP Terraform",
        fine: trustingTokens("app.terraform.io", "organization:acme:project:Shop:workspace:prod:run_phase:*"),
        near: trustingTokens("app.terraform.io", "organization:*:project:Shop:workspace:prod:run_phase:*"),
    },
    {
        by: "a pipeline of Buildkite",
        fine: trustingTokens("agent.buildkite.com", "organization:acme:pipeline:shop:ref:refs/heads/main:*"),
        near: trustingTokens("agent.buildkite.com", "organization:ac*"),
    },
    {
        by: "a project of CircleCI",
        fine: trustingTokens(CIRCLE, "org/0f1e-2d3c/project/4b5a/user/*", "0f1e-2d3c"),
        near: trustingTokens(CIRCLE, "*", "0f1e-2d3c"),
    },
    {
        by: "a repository of Bitbucket Pipelines",
        fine: trustingTokens(BITBUCKET, "{4b5a-6978}:*", "ari:cloud:bitbucket::workspace/0f1e"),
        near: trustingTokens(BITBUCKET, "*:{4b5a-6978}", "ari:cloud:bitbucket::workspace/0f1e"),
    },
    {
        by: "a project of Vercel",
        fine: trustingTokens("oidc.vercel.com/acme", "owner:acme:project:shop:environment:production"),
        near: trustingTokens("oidc.vercel.com/acme", "owner:*:project:shop:environment:production"),
    },
    {
        by: "an application of Fly.io",
        fine: trustingTokens("oidc.fly.io/acme", "acme:shop:*"),
        near: trustingTokens("oidc.fly.io/acme", "acme*"),
    },
    {
        by: "a service account of an EKS cluster",
        fine: trustingTokens(EKS, "system:serviceaccount:shop:web"),
        near: trustingTokens(EKS, "system:serviceaccount:*:web"),
    },
    {
        by: "users of an identity pool of Cognito's",
        fine: trusting({
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: COGNITO },
            Condition: {
                StringEquals: { [`${COGNITO}:aud`]: "us-east-1:0f1e2d3c" },
                "ForAnyValue:StringLike": { [`${COGNITO}:amr`]: "authenticated" },
            },
        }),
        near: trusting({
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: COGNITO },
            Condition: { "ForAnyValue:StringLike": { [`${COGNITO}:amr`]: "authenticated" } },
        }),
    },
    {
        by: "people who sign in by SAML",
        fine: trusting({
            Action: "sts:AssumeRoleWithSAML",
            Principal: { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/acme` },
            Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
        }),
        near: trusting({
            Action: "sts:AssumeRoleWithSAML",
            Principal: { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/acme` },
        }),
    },
    {
        by: "any role of one account of the organization",
        fine: trusting({
            Principal: { AWS: "*" },
            Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::210987654321:role/ci-*" } },
        }),
        near: trusting({
            Principal: { AWS: "*" },
            Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/ci-*" } },
        }),
    },
    {
        by: "a vendor's account, with an external id",
        fine: trusting({
            Principal: { AWS: arnOfRole("collector").replace(ACCOUNT, "210987654321") },
            Condition: { StringEquals: { "sts:ExternalId": "0f1e-2d3c" } },
        }),
        near: trusting({ Principal: { AWS: "*" }, Condition: { StringEquals: { "sts:ExternalId": "0f1e-2d3c" } } }),
    },
];

describe("an ordinary stack deploys, and its role is taken on", () => {
    for (const { by, fine, near } of TRUSTS) {
        it(`by ${by}`, async () => {
            assert.deepEqual(await found(await teamStack(fine)), []);
            assert.deepEqual(await found(await teamStack(near)), [RULE]);
        });
    }
});
