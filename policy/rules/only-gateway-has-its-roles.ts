import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { namedParts } from "../gateway/names";
import { GATEWAY, gatewayOf } from "../gateway/parts";
import { text } from "../resources/properties";
import { isMadeFrom, ofType } from "../resources/references";
import { rolesNamed } from "../resources/roles-named";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { isWithin, stackOf } from "../resources/urns";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateWhole } from "../settings/stack-rule";
import { reachedBy } from "../statements/reach";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf, ROLE } from "../statements/statements";

const DEFAULTS = { ...NO_EXEMPTIONS, roles: [] as readonly string[] };

/** By which somebody takes a role on, has a service take it on, or changes who may and what it may do. */
const TAKES = [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
];

/** By which somebody gives rights that no program declares. */
const GIVES_RIGHTS = [
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
];

const MANAGED_POLICY = "aws:iam/policy:Policy";

/** What gives a role of the same stack more rights. It is judged by those, as any policy of that role. */
const RIGHTS: readonly string[] = [
    ...IDENTITY_POLICY_TYPES,
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
];

export const onlyGatewayHasItsRoles: StackValidationPolicy = {
    name: "only-gateway-has-its-roles",
    description: "Nobody but the gateway's own functions may act under its roles, and no role may widen itself.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        roles: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of further roles of gateways in other stacks; * stands for any run of characters.",
            default: DEFAULTS.roles,
        },
    }),
    remediationSteps:
        "Remove it. Whoever acts under a role of the gateway is the gateway. Give your functions roles of their own, " +
        "and write what those may do in the program, where it is reviewed.",
    validateStack: validateWhole(DEFAULTS, (resources, { roles }, report) => {
        const parts = ofType(resources, ROLE).filter(({ urn }) => isWithin(urn, [GATEWAY]));
        const elsewhere = [...roles, ...namedParts("roles", resources)];
        const targets = [...elsewhere, ...parts.map(arnOf).filter((arn) => arn !== undefined)];
        judgeEach(resources, (resource) => {
            if (takesRole(resource, parts, elsewhere)) {
                report(
                    resource.urn,
                    "It acts under a role of the gateway, or changes what that may do. Give it a role of its own.",
                );
            }
            if (!IDENTITY_POLICY_TYPES.includes(resource.type)) {
                return;
            }
            const declared = rightsOf(stackOf(resource.urn), resources);
            judgeAllowed(resource, (statement) => {
                const taken = reachedBy(statement, TAKES, targets);
                const widened = reachedBy(statement, GIVES_RIGHTS, declared);
                if (taken !== undefined) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} lets its holder become the gateway, by ${taken}. ` +
                            "Remove it: use a role of your own.",
                    );
                } else if (widened !== undefined) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} lets its holder give rights to ${widened} that no review sees. ` +
                            "Write them in the program.",
                    );
                }
            });
        });
    }),
};

/** The ARNs of the roles and the managed policies that a stack declares, and so of the holder's own. */
function rightsOf(stack: string, resources: readonly PolicyResource[]): readonly string[] {
    return [...ofType(resources, ROLE), ...ofType(resources, MANAGED_POLICY)]
        .filter(({ urn }) => stackOf(urn) === stack)
        .map(arnOf)
        .filter((arn) => arn !== undefined);
}

function arnOf({ props }: PolicyResource): string | undefined {
    return ifKnown(() => text(props, "arn"), undefined);
}

/** Whether a function, a task, a pipe or whatever else that is not the gateway's has a role of the gateway. */
function takesRole(resource: PolicyResource, parts: readonly PolicyResource[], elsewhere: readonly string[]): boolean {
    const gateway = gatewayOf(resource);
    const isFor = (role: PolicyResource): boolean => {
        return (
            (gateway !== undefined && gatewayOf(role)?.urn === gateway.urn) ||
            (RIGHTS.includes(resource.type) && stackOf(resource.urn) === stackOf(role.urn))
        );
    };
    const named = rolesNamed(resource.props);
    const taken = parts.find((role) => isNamed(role, named) || madeFromRole(resource, role));
    if (taken !== undefined) {
        return !isFor(taken);
    }
    return named.some((name) => elsewhere.some((arn) => [arn, arn.split("/").at(-1) ?? arn].some(matches(name))));
}

function matches(name: string): (pattern: string) => boolean {
    return (pattern) => matchesPattern(pattern, name);
}

function isNamed({ props }: PolicyResource, named: readonly string[]): boolean {
    return ["arn", "name"].some((property) => {
        const identity = ifKnown(() => text(props, property), undefined);
        return identity !== undefined && named.includes(identity);
    });
}

/** In a preview, of a role that is yet to be made. */
function madeFromRole(resource: PolicyResource, role: PolicyResource): boolean {
    return Object.keys(resource.propertyDependencies)
        .filter((property) => /role|credential/i.test(property))
        .filter((property) => ifKnown(() => resource.props[property] !== undefined, undefined) === undefined)
        .some((property) => isMadeFrom(resource, property, role));
}
