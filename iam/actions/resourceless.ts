import { ACTIONS_WITHOUT_RESOURCES } from "./actions-without-resources";

/** In lower case, since IAM compares actions without regard to case. */
const RESOURCELESS: ReadonlySet<string> = new Set(
    Object.entries(ACTIONS_WITHOUT_RESOURCES).flatMap(([service, names]) => {
        return names.split(" ").map((name) => `${service}:${name}`.toLowerCase());
    }),
);

/**
 * Whether AWS defines no resource type for an action, so that only `*` grants it: `dynamodb:ListStreams`. Takes one
 * action, not a pattern. An action that nobody has heard of is taken for one that has resources.
 */
export function hasNoResource(action: string): boolean {
    return RESOURCELESS.has(action.toLowerCase());
}

/** The resource that IAM judges an action by: `*`, whatever is acted upon, where AWS defines no resource type for it. */
export function judgedResource(action: string, resource: string): string {
    return hasNoResource(action) ? "*" : resource;
}
