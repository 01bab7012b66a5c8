import type { Statement } from "../../iam";
import { namesAnyAction, namesAnyResource, staysWithinResource } from "../../iam";

/** Whether a statement speaks of any of these actions. */
export function namesAnyOf(statement: Statement, actions: readonly string[]): boolean {
    return actions.some((action) => namesAnyAction(statement, action));
}

/**
 * The first of the targets that a statement reaches, be it by a wildcard, other than by what is all within `own`.
 * Targets and `own` are patterns for ARNs.
 */
export function reachedBeyond(
    statement: Statement,
    targets: readonly string[],
    own: readonly string[],
): string | undefined {
    const foreign = resourceByResource(statement).filter(
        (one) => !own.some((pattern) => staysWithinResource(one, pattern)),
    );
    return targets.find((target) => foreign.some((one) => namesAnyResource(one, target)));
}

/** A statement for each resource; with `NotResource`, the statement itself. */
function resourceByResource(statement: Statement): readonly Statement[] {
    const { inverted, patterns } = statement.resources;
    return inverted
        ? [statement]
        : patterns.map((pattern) => ({ ...statement, resources: { inverted, patterns: [pattern] } }));
}
