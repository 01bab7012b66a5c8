import { matchesPattern } from "../patterns/pattern";
import { patternCovers, patternsIntersect } from "../patterns/pattern-relations";
import { parsePolicy, type PolicyDocument, type Selection, type Statement } from "./policy-document";

const VARIABLE = /\$\{[^}]*\}/g;

/** The statements of a policy in their normal form. Takes JSON text or an object. Throws a MalformedPolicyError. */
export function statementsOf(document: unknown, name?: string): readonly Statement[] {
    return parsePolicy(document, name).statements;
}

/** The Allow statements that speak of an action, for example `dynamodb:PutItem`, on whatever resource and condition. */
export function statementsAllowing(document: PolicyDocument, action: string): readonly Statement[] {
    return document.statements.filter((statement) => statement.effect === "Allow" && namesAction(statement, action));
}

/** Whether a statement speaks of this one action. */
export function namesAction(statement: Statement, action: string): boolean {
    const { patterns, inverted } = statement.actions;
    return patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase())) !== inverted;
}

/**
 * Whether a statement speaks of any action that fits the pattern, for example `execute-api:*`. With `NotAction` it
 * speaks of all but what one of its patterns covers, so an answer may err towards true: several patterns that cover
 * the asked one only together are not put together.
 */
export function namesAnyAction(statement: Statement, actionPattern: string): boolean {
    return selectsAny(lowerCase(statement.actions), actionPattern.toLowerCase());
}

/**
 * Whether a statement speaks of any resource that fits the pattern. Errs towards true as `namesAnyAction` does; a
 * variable may turn out to be any text.
 */
export function namesAnyResource(statement: Statement, resourcePattern: string): boolean {
    return selectsAny(statement.resources, resourcePattern);
}

/** Whether all resources that a statement speaks of fit the pattern, whatever its variables. `NotResource` does not. */
export function staysWithinResource(statement: Statement, resourcePattern: string): boolean {
    const { patterns, inverted } = statement.resources;
    return !inverted && patterns.every((pattern) => patternCovers(resourcePattern, withoutVariables(pattern)));
}

/** Whether some action fits both patterns: `dynamodb:*Item` and `*:Put*` have `dynamodb:PutItem` in common. */
export function actionsIntersect(left: string, right: string): boolean {
    return patternsIntersect(left.toLowerCase(), right.toLowerCase());
}

/** Whether every action that fits `inner` fits `outer`. */
export function actionCovers(outer: string, inner: string): boolean {
    return patternCovers(outer.toLowerCase(), inner.toLowerCase());
}

/** Whether a pattern holds `*` or `?`. A variable is not a wildcard, and neither are `${*}` and `${?}`. */
export function hasWildcard(pattern: string): boolean {
    return /[*?]/.test(pattern.replaceAll(VARIABLE, ""));
}

function selectsAny(selection: Selection, pattern: string): boolean {
    return selection.inverted
        ? !selection.patterns.some((excluded) => patternCovers(excluded, pattern))
        : selection.patterns.some((selected) => patternsIntersect(withoutVariables(selected), pattern));
}

/** The pattern with `*` in place of each variable: wider than what it stands for in any one request. */
function withoutVariables(pattern: string): string {
    return pattern.replaceAll(VARIABLE, "*");
}

function lowerCase(selection: Selection): Selection {
    return { ...selection, patterns: selection.patterns.map((pattern) => pattern.toLowerCase()) };
}
