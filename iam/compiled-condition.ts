import type { Condition } from "./documents/condition-block";
import { operatorOf, parseBoolean, type Operator } from "./operators";
import type { RequestContext } from "./request-context";
import { compileTemplate } from "./template";

/** Whether a condition holds for a request. */
export type ConditionTest = (context: RequestContext) => boolean;

/** Whether a value of the request equals what the policy says; `undefined` when that needs a missing variable. */
type SingleTest = (requestValue: string, context: RequestContext) => boolean | undefined;

/**
 * Compiles one condition. Where the documentation leaves the outcome open, it is decided against the caller: a key with
 * several values and no set operator satisfies a grant only with all of them, but a denial with any one; and a negated
 * comparison with a variable that the request lacks fulfils no grant, but does fulfil a denial.
 */
export function compileCondition(condition: Condition, variables: boolean, effect: "Allow" | "Deny"): ConditionTest {
    const operator = operatorOf(condition.operator);
    if (operator.kind === "presence") {
        return compilePresence(condition);
    }
    const single = compileSingle(condition, operator, variables);
    const satisfies = (value: string, context: RequestContext): boolean => {
        const positive = single(value, context);
        if (!operator.negated) {
            return positive === true;
        }
        return positive === undefined ? effect === "Deny" : !positive;
    };
    return overValues(condition, operator.negated, effect, satisfies);
}

function compilePresence(condition: Condition): ConditionTest {
    const wanted = condition.values.map((value) => parseBoolean(value) === true);
    return (context) => wanted.includes(context.values(condition.key) === undefined);
}

/** The values of the policy are alternatives: one of them has to match. */
function compileSingle(
    condition: Condition,
    operator: Exclude<Operator, { kind: "presence" }>,
    variables: boolean,
): SingleTest {
    if (operator.kind === "constant") {
        // The parser has refused values that do not compile.
        const tests = condition.values.flatMap((value) => operator.compile(value) ?? []);
        return (requestValue) => tests.some((test) => test(requestValue));
    }
    const options = { variables, wildcards: operator.wildcards };
    const templates = condition.values.map((value) => compileTemplate(value, options));
    return (requestValue, context) => {
        let unresolved = false;
        for (const template of templates) {
            const tokens = template(context);
            unresolved ||= tokens === undefined;
            if (tokens !== undefined && operator.test(tokens, requestValue)) {
                return true;
            }
        }
        return unresolved ? undefined : false;
    };
}

/**
 * How the values of the request come together, and what a missing key means:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function overValues(
    condition: Condition,
    negated: boolean,
    effect: "Allow" | "Deny",
    satisfies: (value: string, context: RequestContext) => boolean,
): ConditionTest {
    const { key, ifExists } = condition;
    switch (condition.qualifier) {
        case "ForAllValues":
            return (context) => nonEmptySet(context.values(key)).every((value) => satisfies(value, context));
        case "ForAnyValue":
            return (context) => {
                const values = context.values(key);
                return values === undefined ? ifExists : nonEmptySet(values).some((value) => satisfies(value, context));
            };
        case undefined:
            return (context) => {
                const values = context.values(key);
                if (values === undefined) {
                    return ifExists || negated;
                }
                return effect === "Allow"
                    ? values.every((value) => satisfies(value, context))
                    : values.some((value) => satisfies(value, context));
            };
    }
}

/** To a set operator, a key that resolves to the empty string has no values. */
function nonEmptySet(values: readonly string[] | undefined): readonly string[] {
    return values === undefined || (values.length === 1 && values[0] === "") ? [] : values;
}
