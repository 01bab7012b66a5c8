import type { Channel } from "./channels";
import { isOrdinarySegment, MAX_CHANNEL_SEGMENTS } from "./channels";
import { describeType, isObject, member, quoted, scalarText } from "./json";
import type { Result } from "./result";
import { accepted, refused } from "./result";

export type Claims = Readonly<Record<string, unknown>>;

/** Who asks for a channel, as far as rules look at it. */
export interface Identity {
    readonly userId: string;
    readonly claims: Claims;
}

type RuleSegment =
    | { readonly kind: "literal"; readonly text: string }
    | { readonly kind: "any" }
    | { readonly kind: "claim"; readonly name: string };

type Opens = { readonly kind: "all" | "me" } | { readonly kind: "plain"; readonly segments: readonly RuleSegment[] };

/** One subscribe rule of a namespace: the channels that it opens, and the claims that a token must have for it. */
export interface SubscribeRule {
    readonly opens: Opens;
    readonly claims: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads a rule as a namespace's row holds it: `{"channel": "orders/{sub}/*", "claims"?: {"role": "staff"}}`.
 * In `channel`, `*` stands for one whole segment and `{claim}` for one segment equal to that claim; `<namespace>/@all`
 * opens that channel and `<namespace>/@me` each subscriber's own.
 */
export function parseRule(namespace: string, rule: unknown): Result<SubscribeRule> {
    if (!isObject(rule)) {
        return refused(`A subscribe rule is an object; this one is ${describeType(rule)}.`);
    }
    const opens = parseOpens(namespace, member(rule, "channel"));
    if (!opens.ok) {
        return opens;
    }
    const claims = parseConditions(member(rule, "claims"));
    return claims.ok ? accepted({ opens: opens.value, claims: claims.value }) : claims;
}

/** Whether any of the rules opens the channel to this subscriber. No rule, no channel. */
export function permits(rules: readonly SubscribeRule[], channel: Channel, identity: Identity): boolean {
    return rules.some((rule) => opens(rule.opens, channel, identity) && hasClaims(rule, identity.claims));
}

function parseOpens(namespace: string, text: unknown): Result<Opens> {
    if (typeof text !== "string") {
        return refused(`A subscribe rule's \`channel\` is a string; this one is ${describeType(text)}.`);
    }
    if (text === `${namespace}/@all`) {
        return accepted({ kind: "all" });
    }
    if (text === `${namespace}/@me`) {
        return accepted({ kind: "me" });
    }
    const segments = splitOutsideBraces(text);
    if (segments[0] !== namespace || !isOrdinarySegment(namespace)) {
        return refused(`The rule ${quoted(text)} does not begin with its namespace, "${namespace}".`);
    }
    if (segments.length > MAX_CHANNEL_SEGMENTS) {
        return refused(`The rule ${quoted(text)} has more than ${MAX_CHANNEL_SEGMENTS} segments.`);
    }
    const parsed = segments.map(parseSegment);
    return parsed.every((segment) => segment !== undefined)
        ? accepted({ kind: "plain", segments: parsed })
        : refused(`The rule ${quoted(text)} has a segment that is neither plain text, "*" nor one "{claim}".`);
}

/** Claim names may contain slashes: `{https://example.com/tenant}` is how some issuers name their own. */
function splitOutsideBraces(text: string): string[] {
    return text.split(/\/(?![^{}]*\})/);
}

function parseSegment(text: string): RuleSegment | undefined {
    if (text === "*") {
        return { kind: "any" };
    }
    const claim = /^\{([^{}]+)\}$/.exec(text);
    if (claim?.[1] !== undefined) {
        return { kind: "claim", name: claim[1] };
    }
    return isOrdinarySegment(text) ? { kind: "literal", text } : undefined;
}

function parseConditions(claims: unknown): Result<SubscribeRule["claims"]> {
    if (claims === undefined) {
        return accepted([]);
    }
    if (!isObject(claims)) {
        return refused(`A subscribe rule's \`claims\` is an object; this one is ${describeType(claims)}.`);
    }
    const conditions: [string, string][] = [];
    for (const [name, value] of Object.entries(claims)) {
        const text = scalarText(value);
        if (text === undefined) {
            return refused(
                `The rule's claim ${quoted(name)} must be compared to a scalar, not to ${describeType(value)}.`,
            );
        }
        conditions.push([name, text]);
    }
    return accepted(conditions);
}

/** A plain channel has no reserved segment, so neither "*" nor a claim can ever stand for one. */
function opens(rule: Opens, channel: Channel, identity: Identity): boolean {
    switch (channel.kind) {
        case "all":
            return rule.kind === "all";
        case "user":
            return rule.kind === "me" && channel.userId === identity.userId;
        case "plain":
            return rule.kind === "plain" && matches(rule.segments, channel.segments, identity.claims);
    }
}

function matches(pattern: readonly RuleSegment[], segments: readonly string[], claims: Claims): boolean {
    return (
        pattern.length === segments.length &&
        pattern.every((expected, index) => {
            const segment = segments[index];
            return segment !== undefined && matchesSegment(expected, segment, claims);
        })
    );
}

function matchesSegment(expected: RuleSegment, segment: string, claims: Claims): boolean {
    switch (expected.kind) {
        case "literal":
            return segment === expected.text;
        case "any":
            return true;
        case "claim":
            // A claim is compared with one whole segment, never spliced into a pattern: "*" or "a/b" in a token stay
            // text, and since they are no valid segment, they equal none.
            return claimTexts(claims, expected.name).includes(segment);
    }
}

function hasClaims(rule: SubscribeRule, claims: Claims): boolean {
    return rule.claims.every(([name, value]) => claimTexts(claims, name).includes(value));
}

/** The texts that a claim can equal: its own, or that of each element of a list. Objects equal nothing. */
function claimTexts(claims: Claims, name: string): readonly string[] {
    const claim = member(claims, name);
    const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
    return values.map(scalarText).filter((text) => text !== undefined);
}
