import type { Stack } from "./mutations";
import { withResource } from "./mutations";
import { exampleStack } from "./our-stacks";
import type { WireProperties } from "./recorded-stack";

/** What a team declares: the type, without `aws:` and the repeated name, the logical name, and the properties. */
export type Declared = readonly [type: string, name: string, properties: WireProperties];

export const ACCOUNT = "123456789012";

/** `arn:aws:sqs:us-east-1:123456789012:orders` */
export function arn(service: string, resource: string): string {
    return `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
}

/** A stack that references the gateway and declares these resources besides, as deployed. */
export async function teamStack(...declared: readonly Declared[]): Promise<Stack> {
    const references = (await exampleStack()).filter(({ type }) => /(StackReference|PushGatewayReference)$/.test(type));
    return declared.reduce<Stack>((stack, [type, name, properties]) => {
        return withResource(stack, token(type), name, properties);
    }, references);
}

/** A policy of a role, with these statements. */
export function allowing(...statements: readonly object[]): Declared {
    return ["iam/RolePolicy", "policy", { role: "worker", policy: document(statements) }];
}

/** A role that is taken on like this. */
export function trusting(statement: object): Declared {
    const trust = { Action: "sts:AssumeRole", ...statement };
    return ["iam/Role", "deploy", { name: "deploy", arn: arnOfRole("deploy"), assumeRolePolicy: document([trust]) }];
}

/** A role for the holders of an OpenID Connect provider's tokens with such a subject. */
export function trustingTokens(issuer: string, sub: string | readonly string[], aud = "sts.amazonaws.com"): Declared {
    return trusting({
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
        Condition: { StringEquals: { [`${issuer}:aud`]: aud }, StringLike: { [`${issuer}:sub`]: sub } },
    });
}

export function arnOfRole(name: string): string {
    return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** `lambda/Permission` is `aws:lambda/permission:Permission`. */
function token(type: string): string {
    const [module = "", name = ""] = type.split("/");
    return `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}

function document(statements: readonly object[]): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
    });
}
