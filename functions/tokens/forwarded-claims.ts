import { member } from "../../contract/json";
import type { Claims } from "../../contract/rules";

/** Claims about the token rather than the user: no rule needs them. */
const ABOUT_THE_TOKEN: ReadonlySet<string> = new Set(["iss", "aud", "exp", "iat", "nbf", "jti"]);

/**
 * The claims that rules can look at: those named, or else all that are scalars or lists of scalars. Objects match
 * nothing in a rule, so they are left out of the 8 KB that an authorizer's answer may have.
 */
export function forwardedClaims(claims: Claims, names: readonly string[] | undefined): Claims {
    const forwarded = names ?? Object.keys(claims).filter((name) => !ABOUT_THE_TOKEN.has(name));
    return Object.fromEntries(
        forwarded.map((name) => [name, member(claims, name)] as const).filter(([, value]) => isComparable(value)),
    );
}

function isComparable(value: unknown): boolean {
    return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

function isScalar(value: unknown): boolean {
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
