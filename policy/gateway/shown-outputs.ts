import type { PolicyResource } from "@pulumi/policy";
import { COMPONENT_TYPES } from "../../contract/component-types";
import type { PushGatewayContract } from "../../contract/outputs";
import { block, text } from "../resources/properties";
import { ifKnown } from "../resources/unknowns";

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** What shows a gateway of another stack: the reference that we offer, and the one that it is made of. */
const REFERENCES: readonly string[] = [COMPONENT_TYPES.pushGatewayReference, STACK_REFERENCE];

/** Every value that a stack knows of one of a gateway's outputs: from a reference, or from the gateway itself. */
export function shownOutputs(
    resources: readonly PolicyResource[],
    output: keyof PushGatewayContract,
): readonly string[] {
    const values = resources
        .filter(({ type }) => type.startsWith("pulumi:") || type.startsWith("push-gateway:"))
        .map((resource) => shownOutput(resource, output));
    return [...new Set(values.filter((value) => value !== undefined))];
}

/** As above, but only what is another stack's. */
export function referencedOutputs(
    resources: readonly PolicyResource[],
    output: keyof PushGatewayContract,
): readonly string[] {
    return shownOutputs(resources.filter(isReference), output);
}

export function isReference({ type }: PolicyResource): boolean {
    return REFERENCES.includes(type);
}

/** What one resource shows of an output, where it shows any and that is known. */
export function shownOutput({ type, props }: PolicyResource, output: keyof PushGatewayContract): string | undefined {
    return ifKnown(() => text(type === STACK_REFERENCE ? block(props, "outputs") : props, output), undefined);
}

/** `https://<api>.execute-api.us-east-1.amazonaws.com/v1` */
export function apiIdOf(endpoint: string): string | undefined {
    return /^\w+:\/\/([^./]+)\./.exec(endpoint)?.[1];
}
