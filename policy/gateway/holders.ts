import type { PolicyResource } from "@pulumi/policy";
import { list, text } from "../resources/properties";
import { isMadeFrom, ofType, refersTo } from "../resources/references";
import { ifKnown } from "../resources/unknowns";
import { stackOf } from "../resources/urns";
import { ROLE } from "../statements/statements";
import { gatewayOf, ownArns } from "./parts";

const ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

/** One role, and all the policies that it is to have from elsewhere. */
const ROLE_ATTACHMENTS = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive";

/** Attachments to anything else than one role. */
const OTHER_ATTACHMENTS: readonly string[] = [
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
];

/** Who holds a policy: a role of this stack, or whatever else, with the names that are known of it. */
export interface Holder {
    readonly role?: PolicyResource;
    /** Reads its name or ARN; in a preview it may not be known yet. */
    readonly readName: () => string | undefined;
}

/**
 * The gateway to whose own roles alone a policy allows something. By the roles that hold it, not by where it is
 * written: a policy can be put next to the gateway and attached elsewhere.
 */
export function holdingGateway(
    policy: PolicyResource,
    resources: readonly PolicyResource[],
): PolicyResource | undefined {
    const [first, ...others] = holdersOf(policy, resources).map(({ role }) => {
        return role !== undefined && stackOf(role.urn) === stackOf(policy.urn) ? gatewayOf(role) : undefined;
    });
    return others.every((gateway) => gateway?.urn === first?.urn) ? first : undefined;
}

/** The ARNs that a policy may name because they belong to the very gateway whose roles hold it. */
export function ownArnsOfHolder(policy: PolicyResource, resources: readonly PolicyResource[]): readonly string[] {
    const gateway = holdingGateway(policy, resources);
    return gateway === undefined ? [] : ownArns(gateway, resources);
}

/** Everybody who holds a policy. */
export function holdersOf(policy: PolicyResource, resources: readonly PolicyResource[]): readonly Holder[] {
    const roles = ofType(resources, ROLE);
    const roleOf = (resource: PolicyResource, property = "role"): Holder => {
        const role = roles.find((candidate) => refersTo(resource, property, candidate));
        return role === undefined ? { readName: () => text(resource.props, property) } : asHolder(role);
    };
    switch (policy.type) {
        case ROLE:
            return [asHolder(policy)];
        case "aws:iam/rolePolicy:RolePolicy":
            return [roleOf(policy)];
        case "aws:iam/policy:Policy":
            return [
                ...ofType(resources, ROLE_ATTACHMENT)
                    .filter((one) => attaches(one, policy))
                    .map((one) => roleOf(one)),
                ...ofType(resources, ROLE_ATTACHMENTS)
                    .filter((one) => attaches(one, policy))
                    .map((one) => roleOf(one, "roleName")),
                ...roles
                    .filter((role) => list(role.props, "managedPolicyArns").includes(policy.props["arn"]))
                    .map(asHolder),
                ...resources
                    .filter((one) => OTHER_ATTACHMENTS.includes(one.type) && attaches(one, policy))
                    .map(() => NOBODY),
            ];
        default:
            return [NOBODY];
    }
}

/** Whoever has no name here. */
const NOBODY: Holder = { readName: () => undefined };

function asHolder(role: PolicyResource): Holder {
    return { role, readName: () => text(role.props, "name") };
}

/** Whether an attachment names the policy, alone or in a list. */
function attaches(attachment: PolicyResource, policy: PolicyResource): boolean {
    const listed = ifKnown(() => list(attachment.props, "policyArns").includes(policy.props["arn"]), false);
    return listed || isMadeFrom(attachment, "policyArns", policy) || refersTo(attachment, "policyArn", policy);
}
