import type { PolicyResource } from "@pulumi/policy";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { CONTRACT_OUTPUT_NAMES } from "../../contract/outputs";
import { text } from "../resources/properties";
import { ofType } from "../resources/references";
import { ifKnown } from "../resources/unknowns";
import { stackOf } from "../resources/urns";
import { apiIdOf, referencedOutputs } from "./shown-outputs";

export const GATEWAY = COMPONENT_TYPES.pushGateway;
export const REGISTRY = COMPONENT_TYPES.connectionRegistry;
export const NAMESPACE = COMPONENT_TYPES.pushNamespace;
export const MESSAGE_LOG = COMPONENT_TYPES.messageLog;

export const TABLE = "aws:dynamodb/table:Table";
export const FUNCTION = "aws:lambda/function:Function";
export const QUEUE = "aws:sqs/queue:Queue";
export const BUS = "aws:cloudwatch/eventBus:EventBus";
export const RULE = "aws:cloudwatch/eventRule:EventRule";
export const API = "aws:apigatewayv2/api:Api";

/** The property by which policies name what belongs to a gateway, and what stands between it and what is in it. */
const ARNS: Readonly<Record<string, { readonly property: string; readonly separator: string }>> = {
    [TABLE]: { property: "arn", separator: "/" },
    [FUNCTION]: { property: "arn", separator: ":" },
    [QUEUE]: { property: "arn", separator: "/" },
    [BUS]: { property: "arn", separator: "/" },
    [RULE]: { property: "arn", separator: "/" },
    [API]: { property: "executionArn", separator: "/" },
};

/**
 * What the component makes directly below itself: the type, and what its name adds to the gateway's. Anybody who holds
 * the gateway can write `{ parent: gateway }`, so a parent alone makes nothing a part of it; but no stack has two
 * resources of one type, name and parent. A component that the gateway is to have besides needs its line here.
 */
const CHILDREN: Readonly<Record<string, string>> = {
    [REGISTRY]: "registry",
    [MESSAGE_LOG]: "log",
    "push-gateway:index:DeliveryQueues": "delivery",
    "push-gateway:index:Notifier": "notifier",
    "push-gateway:index:WebSocketApi": "websocket",
    [BUS]: "bus",
    [TABLE]: "namespaces",
};

/** The gateway that a resource is a part of, in the stack that deploys it. */
export function gatewayOf(resource: PolicyResource): PolicyResource | undefined {
    const { parent } = resource;
    if (parent === undefined) {
        return undefined;
    }
    if (parent.type === GATEWAY) {
        return `${parent.name}-${CHILDREN[resource.type] ?? ""}` === resource.name ? parent : undefined;
    }
    return gatewayOf(parent);
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
    const outputs = CONTRACT_OUTPUT_NAMES.filter((name) => name.endsWith("Arn"));
    const arns = outputs.flatMap((output) => referencedOutputs(sameStack, output));
    // `arn:aws:execute-api:us-east-1:123456789012:<api>`
    const apis = referencedOutputs(sameStack, "managementEndpoint").map(apiIdOf);
    return [(arn) => arns.includes(arn), (arn) => arn.includes(":execute-api:") && apis.includes(arn.split(":")[5])];
}
