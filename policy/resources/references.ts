import type { PolicyResource } from "@pulumi/policy";
import { text } from "./properties";
import { ifKnown } from "./unknowns";

/** What only the update will know. */
const UNKNOWN = Symbol("unknown");

/** By which of its properties others refer to a resource; a queue by its URL. */
const IDENTITIES = ["id", "name", "arn", "url"] as const;

/**
 * Whether a property refers to that resource: it holds its id, name, ARN or URL, or, in a preview that does not know
 * these yet, it was made from its outputs.
 */
export function refersTo(resource: PolicyResource, property: string, target: PolicyResource): boolean {
    const value = ifKnown(() => text(resource.props, property), UNKNOWN);
    const identities = IDENTITIES.map((name) => ifKnown(() => text(target.props, name), UNKNOWN));
    if (value !== UNKNOWN && value !== undefined && identities.includes(value)) {
        return true;
    }
    return (value === UNKNOWN || identities.includes(UNKNOWN)) && isMadeFrom(resource, property, target);
}

/** Whether a property was computed from the outputs of that resource. */
export function isMadeFrom(resource: PolicyResource, property: string, target: PolicyResource): boolean {
    return (resource.propertyDependencies[property] ?? []).some(({ urn }) => urn === target.urn);
}

export function ofType(resources: readonly PolicyResource[], type: string): readonly PolicyResource[] {
    return resources.filter((resource) => resource.type === type);
}
