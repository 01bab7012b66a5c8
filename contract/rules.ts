import type { Channel } from "./channels";
import { isNamespaceName } from "./channels";
import type { Claims } from "./claims";
import { claimNameProblem, claimTexts, claimValueProblem } from "./claims";
import { describeType, isObject, member, quoted, scalarText } from "./json";
import { MAX_CHANNEL_LENGTH, MAX_CHANNEL_SEGMENTS } from "./limits";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import { decodeSegment, encodeSegment, segmentAdvice, splitPattern } from "./segment";

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
 * In `channel`, `*` stands for one whole segment and `{claim}` for one segment equal to that claim, encoded;
 * `<namespace>/@all` opens that channel and `<namespace>/@me` each subscriber's own. A claim may be named by a path into
 * objects, `realm_access.roles`. A rule that could never match is refused.
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
    const segments = splitPattern(text);
    if (segments[0] !== namespace || !isNamespaceName(namespace)) {
        return refused(`The rule ${quoted(text)} does not begin with its namespace, "${namespace}".`);
    }
    if (segments.length > MAX_CHANNEL_SEGMENTS || text.length > MAX_CHANNEL_LENGTH) {
        return refused(
            `The rule ${quoted(text)} has more than ${MAX_CHANNEL_SEGMENTS} segments or ${MAX_CHANNEL_LENGTH} characters.`,
        );
    }
    const parsed: RuleSegment[] = [];
    for (const segment of segments) {
        const result = parseSegment(segment);
        if (!result.ok) {
            return refused(`The rule ${quoted(text)} has the segment ${quoted(segment)}: ${result.reason}.`);
        }
        parsed.push(result.value);
    }
    return accepted({ kind: "plain", segments: parsed });
}

function parseSegment(text: string): Result<RuleSegment> {
    if (text === "*") {
        return accepted({ kind: "any" });
    }
    const claim = /^\{([^{}]+)\}$/.exec(text)?.[1];
    if (claim !== undefined) {
        const problem = claimNameProblem(claim);
        return problem === undefined ? accepted({ kind: "claim", name: claim }) : refused(problem);
    }
    return decodeSegment(text) === undefined
        ? refused(`it is neither plain text, "*" nor one "{claim}"${segmentAdvice(text)}`)
        : accepted({ kind: "literal", text });
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
        const problem = claimNameProblem(name);
        if (problem !== undefined) {
            return refused(`The rule's \`claims\` can never match: ${problem}.`);
        }
        const never = claimValueProblem(name, text);
        if (never !== undefined) {
            return refused(`The rule's claim ${quoted(name)} can never match: it is compared to ${never}.`);
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
            // text, which the segments "%2A" and "a%2Fb" equal.
            return claimTexts(claims, expected.name).some((text) => encodeSegment(text) === segment);
    }
}

function hasClaims(rule: SubscribeRule, claims: Claims): boolean {
    return rule.claims.every(([name, value]) => claimTexts(claims, name).includes(value));
}
