import { isObject } from "../../contract/json";
import { parseConditions, type Condition } from "./condition-block";
import { MalformedPolicyError, memberError, type Place } from "./malformed-policy-error";
import { parsePrincipals, type PrincipalSelection } from "./principal-block";

/** A list of patterns, and whether it selects what it does not name: `NotAction`, `NotResource`. */
export interface Selection {
    readonly inverted: boolean;
    readonly patterns: readonly string[];
}

/** One statement in its normal form: every list a list, every absent part explicit. */
export interface Statement {
    /** Position in the document, from 0. */
    readonly index: number;
    readonly sid: string | undefined;
    readonly effect: "Allow" | "Deny";
    readonly actions: Selection;
    readonly resources: Selection;
    /** Absent in identity-based policies, where the principal is the identity that has the policy. */
    readonly principals: PrincipalSelection | undefined;
    readonly conditions: readonly Condition[];
}

export interface PolicyDocument {
    /** For people: how errors and decisions name this policy. */
    readonly name: string;
    /** Without a `Version` a policy has that of 2008, in which `${…}` is ordinary text. */
    readonly version: "2008-10-17" | "2012-10-17";
    readonly statements: readonly Statement[];
}

/**
 * Where a policy is used, which decides what a statement must have: an identity policy has no Principal, a resource
 * policy must have one, a role's trust policy has a Principal and no Resource. `any` checks none of this.
 */
export type PolicyGrammar = "identity" | "resource" | "trust" | "any";

const DOCUMENT_MEMBERS = ["Version", "Id", "Statement"];
const STATEMENT_MEMBERS = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/**
 * Reads a policy, given as its JSON text or as an object, with one statement or a list of them, and normalises it.
 * Throws a MalformedPolicyError that names the policy, the statement and the member.
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(document: unknown, name = "policy", grammar: PolicyGrammar = "any"): PolicyDocument {
    const place: Place = { policy: name };
    const root = objectOf(typeof document === "string" ? parseJson(document, place) : document, place);
    rejectUnknownMembers(root, DOCUMENT_MEMBERS, place);
    const version = root["Version"] ?? "2008-10-17";
    if (version !== "2008-10-17" && version !== "2012-10-17") {
        throw memberError(place, "Version", 'must be "2012-10-17" or "2008-10-17"', version);
    }
    const listed = root["Statement"];
    const list: readonly unknown[] = Array.isArray(listed) ? listed : listed === undefined ? [] : [listed];
    if (list.length === 0) {
        throw memberError(place, "Statement", "must be a statement or a list of at least one", listed);
    }
    const statements = list.map((statement, index) => parseStatement(statement, index, name, grammar));
    return { name, version, statements };
}

function parseJson(text: string, place: Place): unknown {
    try {
        return JSON.parse(text);
    } catch (cause) {
        throw new MalformedPolicyError(place, "is not valid JSON", { cause });
    }
}

function parseStatement(input: unknown, index: number, policy: string, grammar: PolicyGrammar): Statement {
    const bare: Place = { policy, statement: index };
    const source = objectOf(input, bare);
    const sid = source["Sid"];
    if (sid !== undefined && typeof sid !== "string") {
        throw memberError(bare, "Sid", "must be a string", sid);
    }
    const place: Place = sid === undefined ? bare : { ...bare, sid };
    rejectUnknownMembers(source, STATEMENT_MEMBERS, place);
    const effect = source["Effect"];
    if (effect !== "Allow" && effect !== "Deny") {
        throw memberError(place, "Effect", 'must be "Allow" or "Deny"', effect);
    }
    const principals = parsePrincipals(source, place);
    checkPrincipalFits(principals, grammar, place);
    return {
        index,
        sid,
        effect,
        actions: parseSelection(source, "Action", checkAction, place),
        resources: parseResources(source, grammar, place),
        principals,
        conditions: parseConditions(source["Condition"], place),
    };
}

function checkPrincipalFits(principals: PrincipalSelection | undefined, grammar: PolicyGrammar, place: Place): void {
    if (grammar === "identity" && principals !== undefined) {
        throw memberError(place, "Principal", "must not be in an identity-based policy, which is about its holder");
    }
    if ((grammar === "resource" || grammar === "trust") && principals === undefined) {
        throw memberError(place, "Principal", "is missing: say whom the statement is about");
    }
}

function parseResources(source: Readonly<Record<string, unknown>>, grammar: PolicyGrammar, place: Place): Selection {
    const given = source["Resource"] !== undefined || source["NotResource"] !== undefined;
    if (grammar === "trust" && given) {
        throw memberError(place, "Resource", "must not be in a trust policy: the resource is the role");
    }
    if (grammar === "trust" || (grammar === "any" && !given)) {
        return { inverted: false, patterns: ["*"] };
    }
    const { inverted, patterns } = parseSelection(source, "Resource", checkResource, place);
    return { inverted, patterns: patterns.flatMap(completeArn) };
}

/** `arn:partition:service:region:account:resource`; the resource may hold further colons. */
const ARN_FIELDS = 6;

/**
 * AWS completes an ARN of fewer than six fields with `*`: `arn:aws:sqs` is every queue, `arn:aws:sqs:*:*:*`. It is
 * documented for identity-based policies; nothing says that the others differ (only that STS refuses such a session
 * policy). Where a `*` or a variable may itself stand for the missing fields, the ARN holds as written as well.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
function completeArn(pattern: string): readonly string[] {
    // The colon in `${aws:username}` is no boundary.
    const missing = ARN_FIELDS - pattern.replace(/\$\{[^}]*\}/g, "").split(":").length;
    if (!pattern.startsWith("arn:") || missing <= 0) {
        return [pattern];
    }
    const completed = pattern + ":*".repeat(missing);
    return /\*.|\$\{/.test(pattern) ? [pattern, completed] : [completed];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two, as a string or a list of strings. */
function parseSelection(
    source: Readonly<Record<string, unknown>>,
    member: "Action" | "Resource",
    check: (pattern: string) => string | undefined,
    place: Place,
): Selection {
    const inverse = `Not${member}`;
    const inverted = source[inverse] !== undefined;
    if (inverted === (source[member] !== undefined)) {
        throw memberError(place, member, `or ${inverse} must be given, and only one of them`);
    }
    const name = inverted ? inverse : member;
    const given = source[name];
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) {
        throw memberError(place, name, "must not be an empty list");
    }
    const patterns = list.map((pattern) => {
        if (typeof pattern !== "string") {
            throw memberError(place, name, "must be a string or a list of strings", pattern);
        }
        const reason = check(pattern);
        if (reason !== undefined) {
            throw memberError(place, name, reason, pattern);
        }
        return pattern;
    });
    return { inverted, patterns };
}

function checkAction(pattern: string): string | undefined {
    return /^(\*+|[\w*?-]+:[\w*?-]+)$/.test(pattern) ? undefined : 'must be "*" or like "sqs:SendMessage"';
}

/** Resource policies of gateways may abbreviate the ARN of their own API to `execute-api:/…`. */
function checkResource(pattern: string): string | undefined {
    return /^(\*+$|arn:|execute-api:\/|\$\{)/.test(pattern) ? undefined : 'must be "*" or an ARN';
}

function objectOf(value: unknown, place: Place): Readonly<Record<string, unknown>> {
    if (!isObject(value)) {
        throw new MalformedPolicyError(place, "must be an object");
    }
    return { ...value };
}

function rejectUnknownMembers(source: Readonly<Record<string, unknown>>, known: readonly string[], place: Place): void {
    for (const member of Object.keys(source)) {
        if (!known.includes(member)) {
            throw memberError(place, member, `is not a member that exists here; there are ${known.join(", ")}`);
        }
    }
}
