import type { Claims } from "../../contract/claims";
import { claimNameProblem } from "../../contract/claims";
import { isObject, scalarText, valueAt } from "../../contract/json";

/**
 * The claims that rules can look at: those named, each under its own name, which may be a path into objects, or else all
 * but those about the token itself. What no rule can compare is left out of the 8 KB that an authorizer's answer may
 * have.
 */
export function forwardedClaims(claims: Claims, names: readonly string[] | undefined): Claims {
    const forwarded = (names ?? Object.keys(claims)).filter((name) => claimNameProblem(name) === undefined);
    return comparableMembers(forwarded.map((name) => [name, valueAt(claims, name)] as const));
}

/** Issuers nest claims three or four levels deep. What is nested deeper is no claim that somebody means to compare. */
const MAX_LEVELS = 16;

function comparableMembers(members: readonly (readonly [string, unknown])[], level = 1): Claims {
    return Object.fromEntries(
        members
            .map(([name, value]) => [name, comparable(value, level)] as const)
            .filter(([, value]) => value !== undefined),
    );
}

/** Scalars, lists of scalars, and objects that lead to some; `undefined` for everything else. */
function comparable(value: unknown, level: number): unknown {
    if (isObject(value)) {
        const members = level < MAX_LEVELS ? comparableMembers(Object.entries(value), level + 1) : {};
        return Object.keys(members).length === 0 ? undefined : members;
    }
    if (Array.isArray(value)) {
        const items: readonly unknown[] = value.filter((item) => scalarText(item) !== undefined);
        return items.length === 0 ? undefined : items;
    }
    return scalarText(value) === undefined ? undefined : value;
}
