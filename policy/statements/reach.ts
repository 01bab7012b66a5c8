import type { Statement } from "../../iam";
import { hasNoResource, namesAnyAction, namesAnyResource, patternsIntersect, staysWithinResource } from "../../iam";

/** Whether a statement speaks of any of these actions. */
export function namesAnyOf(statement: Statement, actions: readonly string[]): boolean {
    return actions.some((action) => namesAnyAction(statement, action));
}

/**
 * The first of the targets on which a statement allows one of the actions, be it by a wildcard, other than by what is all
 * within `own`. Targets and `own` are patterns for ARNs.
 */
export function reachedBy(
    statement: Statement,
    actions: readonly string[],
    targets: readonly string[],
    own: readonly string[] = [],
): string | undefined {
    const onResources = actions.filter((action) => !hasNoResource(action));
    const reached = namesAnyOf(statement, onResources) ? reachedBeyond(statement, targets, own) : undefined;
    return (
        reached ??
        actions
            .filter((action) => hasNoResource(action) && namesAnyAction(statement, action))
            .map((action) => reachedWithoutResource(statement, action, targets))
            .find((target) => target !== undefined)
    );
}

/** As above, whatever the action. */
export function reachedBeyond(
    statement: Statement,
    targets: readonly string[],
    own: readonly string[],
): string | undefined {
    const foreign = resourceByResource(statement).filter(
        (one) => !own.some((pattern) => staysWithinResource(one, pattern)),
    );
    return targets.find((target) => foreign.some((one) => namesAny(one, target)));
}

/** The fields of an ARN before the resource: partition, service, Region and account. */
const FIELDS_BEFORE = 5;

/**
 * Whether a statement of one resource speaks of any that fits the target. In a target, a wildcard stands for a Region or
 * an account; to IAM it would be any text, colons and all. So where the statement names these, they are compared alone.
 */
function namesAny(statement: Statement, target: string): boolean {
    const { inverted, patterns } = statement.resources;
    const [pattern = ""] = patterns;
    const before = pattern.split(":").slice(0, FIELDS_BEFORE);
    if (inverted || before.length < FIELDS_BEFORE || /[*?$]/.test(before.join(":"))) {
        return namesAnyResource(statement, target);
    }
    const targetBefore = target.split(":").slice(0, FIELDS_BEFORE);
    const resourceOf = (arn: string): string => arn.split(":").slice(FIELDS_BEFORE).join(":");
    const onResource = { ...statement, resources: { inverted, patterns: [resourceOf(pattern)] } };
    return (
        before.every((field, index) => patternsIntersect(field, targetBefore[index] ?? "*")) &&
        (target.split(":").length <= FIELDS_BEFORE || namesAnyResource(onResource, resourceOf(target)))
    );
}

/** A statement for each resource; with `NotResource`, the statement itself. */
export function resourceByResource(statement: Statement): readonly Statement[] {
    const { inverted, patterns } = statement.resources;
    return inverted
        ? [statement]
        : patterns.map((pattern) => ({ ...statement, resources: { inverted, patterns: [pattern] } }));
}

/** The condition keys by which AWS lets an action be narrowed for which it defines no resource. */
const NARROWING_KEYS: Readonly<Record<string, string>> = {
    "lambda:CreateEventSourceMapping": "lambda:functionarn",
};

/** An action without a resource is allowed by `*` alone, and then on everything that no condition leaves out. */
function reachedWithoutResource(statement: Statement, action: string, targets: readonly string[]): string | undefined {
    const { inverted, patterns } = statement.resources;
    const allows = patterns.some((pattern) => /^\*+$/.test(pattern)) !== inverted;
    const narrowed = statement.conditions.find(({ key, operator, ifExists, qualifier }) => {
        return (
            key.toLowerCase() === NARROWING_KEYS[action] &&
            /^(Arn|String)(Equals|Like)$/.test(operator) &&
            !ifExists &&
            qualifier !== "ForAllValues"
        );
    });
    return allows
        ? targets.find((target) => narrowed?.values.some((value) => patternsIntersect(value, target)) ?? true)
        : undefined;
}
