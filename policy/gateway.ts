import type { PolicyResource } from "@pulumi/policy";
import { list } from "./properties";
import { isMadeFrom, ofType, refersTo } from "./references";
import { ROLE } from "./statements";
import { ifKnown } from "./unknowns";
import { isWithin, stackOf } from "./urns";

export const GATEWAY = "push-gateway:index:PushGateway";
export const REGISTRY = "push-gateway:index:ConnectionRegistry";
export const MESSAGE_LOG = "push-gateway:index:MessageLog";

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

/** Whether a resource is one of the gateway's own, in the stack that deploys it. */
export function isGatewayOwn(urn: string): boolean {
    return isWithin(urn, [GATEWAY]);
}

/**
 * Whether what this policy allows is allowed to the gateway's own roles, and to nobody else. By the roles that hold it,
 * not by where it is written: a policy can be put next to the gateway and attached elsewhere.
 */
export function isHeldByGateway(policy: PolicyResource, resources: readonly PolicyResource[]): boolean {
    const holders = holdersOf(policy, resources);
    return holders.length > 0 && holders.every((holder) => {
        return holder !== undefined && isGatewayOwn(holder.urn) && stackOf(holder.urn) === stackOf(policy.urn);
    });
}

/** The roles that hold a policy; `undefined` for one that this stack does not make. */
function holdersOf(
    policy: PolicyResource,
    resources: readonly PolicyResource[],
): readonly (PolicyResource | undefined)[] {
    const roles = ofType(resources, ROLE);
    const roleOf = (resource: PolicyResource, property = "role"): PolicyResource | undefined => {
        return roles.find((role) => refersTo(resource, property, role));
    };
    switch (policy.type) {
        case ROLE:
            return [policy];
        case "aws:iam/rolePolicy:RolePolicy":
            return [roleOf(policy)];
        case "aws:iam/policy:Policy":
            return [
                ...ofType(resources, ROLE_ATTACHMENT).filter((one) => attaches(one, policy)).map((one) => roleOf(one)),
                ...ofType(resources, ROLE_ATTACHMENTS)
                    .filter((one) => attaches(one, policy))
                    .map((one) => roleOf(one, "roleName")),
                ...roles.filter((role) => list(role.props, "managedPolicyArns").includes(policy.props["arn"])),
                ...resources
                    .filter((one) => OTHER_ATTACHMENTS.includes(one.type) && attaches(one, policy))
                    .map(() => undefined),
            ];
        default:
            return [undefined];
    }
}

/** Whether an attachment names the policy, alone or in a list. */
function attaches(attachment: PolicyResource, policy: PolicyResource): boolean {
    const listed = ifKnown(() => list(attachment.props, "policyArns").includes(policy.props["arn"]), false);
    return listed || isMadeFrom(attachment, "policyArns", policy) || refersTo(attachment, "policyArn", policy);
}
