import type { PolicyResource } from "@pulumi/policy";
import { list, text } from "./properties";
import { isMadeFrom, ofType, refersTo } from "./references";
import { referencedOutputs } from "./shown-outputs";
import { ROLE } from "./statements";
import { ifKnown } from "./unknowns";
import { stackOf } from "./urns";

export const GATEWAY = "push-gateway:index:PushGateway";
export const REGISTRY = "push-gateway:index:ConnectionRegistry";
export const NAMESPACE = "push-gateway:index:PushNamespace";
export const MESSAGE_LOG = "push-gateway:index:MessageLog";

export const TABLE = "aws:dynamodb/table:Table";
export const FUNCTION = "aws:lambda/function:Function";
export const QUEUE = "aws:sqs/queue:Queue";
export const BUS = "aws:cloudwatch/eventBus:EventBus";
export const RULE = "aws:cloudwatch/eventRule:EventRule";
export const API = "aws:apigatewayv2/api:Api";

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

/** The property by which policies name what belongs to a gateway, and what stands between it and what is in it. */
const ARNS: Readonly<Record<string, { readonly property: string; readonly separator: string }>> = {
    [TABLE]: { property: "arn", separator: "/" },
    [FUNCTION]: { property: "arn", separator: ":" },
    [QUEUE]: { property: "arn", separator: "/" },
    [BUS]: { property: "arn", separator: "/" },
    [RULE]: { property: "arn", separator: "/" },
    [API]: { property: "executionArn", separator: "/" },
};

/** The gateway that a resource is a part of, in the stack that deploys it. */
export function gatewayOf(resource: PolicyResource): PolicyResource | undefined {
    const { parent } = resource;
    return parent === undefined || parent.type === GATEWAY ? parent : gatewayOf(parent);
}

/** The parts of one type that any gateway of the stack has, or only that one. */
export function partsOfGateways(
    resources: readonly PolicyResource[],
    type: string,
    gateway?: PolicyResource,
): readonly PolicyResource[] {
    return ofType(resources, type).filter((resource) => {
        const owner = gatewayOf(resource);
        return owner !== undefined && (gateway === undefined || owner.urn === gateway.urn);
    });
}

/** The ARN by which policies name a part, where it is known. */
export function arnOf({ type, props }: PolicyResource): string | undefined {
    const property = ARNS[type]?.property;
    return property === undefined ? undefined : ifKnown(() => text(props, property), undefined);
}

/**
 * What a gateway may reach because it is its own: patterns for the ARNs of its parts, and of what is in them. Any stack
 * can call something a PushGateway, and read what is another's into it. So one that has what a reference of its own
 * stack shows to be another's has nothing.
 */
export function ownArns(gateway: PolicyResource, resources: readonly PolicyResource[]): readonly string[] {
    const arns = Object.entries(ARNS).flatMap(([type, { separator }]) => {
        return partsOfGateways(resources, type, gateway)
            .map(arnOf)
            .filter((arn) => arn !== undefined)
            .map((arn) => ({ arn, separator }));
    });
    const foreign = foreignArns(gateway, resources);
    return arns.some(({ arn }) => foreign.some((isForeign) => isForeign(arn)))
        ? []
        : arns.flatMap(({ arn, separator }) => [arn, `${arn}${separator}*`]);
}

/** Whether a resource belongs to the very gateway that a part is of, and that is no look-alike. */
export function isBesidePart(
    resource: PolicyResource,
    part: PolicyResource,
    resources: readonly PolicyResource[],
): boolean {
    const gateway = gatewayOf(part);
    const arn = arnOf(part);
    return (
        gateway !== undefined &&
        gatewayOf(resource)?.urn === gateway.urn &&
        (arn === undefined || ownArns(gateway, resources).includes(arn))
    );
}

function foreignArns(
    gateway: PolicyResource,
    resources: readonly PolicyResource[],
): readonly ((arn: string) => boolean)[] {
    const sameStack = resources.filter(({ urn }) => stackOf(urn) === stackOf(gateway.urn));
    const outputs = ["eventBusArn", "namespaceTableArn", "notifierArn", "registryTableArn"] as const;
    const arns = outputs.flatMap((output) => referencedOutputs(sameStack, output));
    // `https://<api>.execute-api.us-east-1.amazonaws.com/v1` and `arn:aws:execute-api:us-east-1:123456789012:<api>`
    const apis = referencedOutputs(sameStack, "managementEndpoint").map((url) => /^\w+:\/\/([^./]+)/.exec(url)?.[1]);
    return [(arn) => arns.includes(arn), (arn) => arn.includes(":execute-api:") && apis.includes(arn.split(":")[5])];
}

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
