import { BlockList, isIP } from "node:net";
import { matchArn } from "./patterns/arn-pattern";
import { matchTokens, type Token } from "./patterns/pattern";

/** Compares a value of the request with what the policy says. */
export type ValueTest = (requestValue: string) => boolean;

/**
 * - `text`: the policy's value may hold variables, and wildcards where the operator knows them.
 * - `constant`: the policy's value is of a fixed form; `compile` answers `undefined` on anything else.
 * - `presence`: only whether the request has the key.
 */
export type Operator =
    | { readonly kind: "text"; readonly negated: boolean; readonly wildcards: boolean; readonly test: TextTest }
    | Constant
    | { readonly kind: "presence"; readonly negated: false; readonly expects: string };

interface Constant {
    readonly kind: "constant";
    readonly negated: boolean;
    readonly expects: string;
    readonly compile: ConstantCompiler;
}

type TextTest = (pattern: readonly Token[], requestValue: string) => boolean;
type ConstantCompiler = (policyValue: string) => ValueTest | undefined;

const TRUE_OR_FALSE = 'must be "true" or "false"';
const A_NUMBER = "must be a number";
const A_DATE = "must be an ISO 8601 date or a number of seconds since 1970";
const AN_ADDRESS = "must be an IP address or a CIDR range";

/** Semantics: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const TABLE = {
    StringEquals: text(false, false, equalText),
    StringNotEquals: text(true, false, equalText),
    StringEqualsIgnoreCase: text(false, false, equalTextIgnoringCase),
    StringNotEqualsIgnoreCase: text(true, false, equalTextIgnoringCase),
    StringLike: text(false, true, matchTokens),
    StringNotLike: text(true, true, matchTokens),
    ArnEquals: text(false, true, matchArn),
    ArnNotEquals: text(true, true, matchArn),
    ArnLike: text(false, true, matchArn),
    ArnNotLike: text(true, true, matchArn),
    NumericEquals: ordered(A_NUMBER, parseNumber, (asked, limit) => asked === limit),
    NumericNotEquals: negate(ordered(A_NUMBER, parseNumber, (asked, limit) => asked === limit)),
    NumericLessThan: ordered(A_NUMBER, parseNumber, (asked, limit) => asked < limit),
    NumericLessThanEquals: ordered(A_NUMBER, parseNumber, (asked, limit) => asked <= limit),
    NumericGreaterThan: ordered(A_NUMBER, parseNumber, (asked, limit) => asked > limit),
    NumericGreaterThanEquals: ordered(A_NUMBER, parseNumber, (asked, limit) => asked >= limit),
    DateEquals: ordered(A_DATE, parseDate, (asked, limit) => asked === limit),
    DateNotEquals: negate(ordered(A_DATE, parseDate, (asked, limit) => asked === limit)),
    DateLessThan: ordered(A_DATE, parseDate, (asked, limit) => asked < limit),
    DateLessThanEquals: ordered(A_DATE, parseDate, (asked, limit) => asked <= limit),
    DateGreaterThan: ordered(A_DATE, parseDate, (asked, limit) => asked > limit),
    DateGreaterThanEquals: ordered(A_DATE, parseDate, (asked, limit) => asked >= limit),
    Bool: constant(TRUE_OR_FALSE, compileBoolean),
    BinaryEquals: constant("must be base64", compileBinary),
    IpAddress: constant(AN_ADDRESS, compileAddressRange),
    NotIpAddress: negate(constant(AN_ADDRESS, compileAddressRange)),
    Null: { kind: "presence", negated: false, expects: TRUE_OR_FALSE },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof TABLE;

export const OPERATOR_NAMES: readonly string[] = Object.keys(TABLE);

export function isOperatorName(name: string): name is OperatorName {
    return Object.hasOwn(TABLE, name);
}

export function operatorOf(name: OperatorName): Operator {
    return TABLE[name];
}

/** What is wrong with a value of the policy for this operator; `undefined` when it is of the right form. */
export function valueProblem(name: OperatorName, value: string): string | undefined {
    const operator = operatorOf(name);
    switch (operator.kind) {
        case "text":
            return undefined;
        case "constant":
            return operator.compile(value) === undefined ? operator.expects : undefined;
        case "presence":
            return parseBoolean(value) === undefined ? operator.expects : undefined;
    }
}

export function parseBoolean(value: string): boolean | undefined {
    const lower = value.toLowerCase();
    return lower === "true" ? true : lower === "false" ? false : undefined;
}

function text(negated: boolean, wildcards: boolean, test: TextTest): Operator {
    return { kind: "text", negated, wildcards, test };
}

function constant(expects: string, compile: ConstantCompiler): Constant {
    return { kind: "constant", negated: false, expects, compile };
}

function negate(operator: Constant): Operator {
    return { ...operator, negated: true };
}

/** An operator over numbers or points in time. To compare with a value of another form is false. */
function ordered(
    expects: string,
    parse: (value: string) => number | undefined,
    compare: (asked: number, limit: number) => boolean,
): Constant {
    return constant(expects, (policyValue) => {
        const limit = parse(policyValue);
        if (limit === undefined) {
            return undefined;
        }
        return (requestValue) => {
            const asked = parse(requestValue);
            return asked !== undefined && compare(asked, limit);
        };
    });
}

/** The text that tokens without wildcards stand for. */
function plainText(tokens: readonly Token[]): string {
    return tokens.map((token) => (token.kind === "text" ? token.text : "")).join("");
}

function equalText(tokens: readonly Token[], requestValue: string): boolean {
    return plainText(tokens) === requestValue;
}

function equalTextIgnoringCase(tokens: readonly Token[], requestValue: string): boolean {
    return plainText(tokens).toLowerCase() === requestValue.toLowerCase();
}

function parseNumber(value: string): number | undefined {
    return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : undefined;
}

/** Milliseconds since 1970 of a date (ISO 8601, W3C profile) or of a number of seconds. Four digits are a year. */
function parseDate(value: string): number | undefined {
    if (/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(value)) {
        const time = Date.parse(value);
        return Number.isNaN(time) ? undefined : time;
    }
    return /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : undefined;
}

function compileBoolean(policyValue: string): ValueTest | undefined {
    const wanted = parseBoolean(policyValue);
    return wanted === undefined ? undefined : (requestValue) => parseBoolean(requestValue) === wanted;
}

function compileBinary(policyValue: string): ValueTest | undefined {
    const wanted = Buffer.from(policyValue, "base64");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(policyValue)) {
        return undefined;
    }
    return (requestValue) => Buffer.from(requestValue, "base64").equals(wanted);
}

function compileAddressRange(policyValue: string): ValueTest | undefined {
    const [address = "", prefix, more] = policyValue.split("/");
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || length < 0 || length > bits || more !== undefined) {
        return undefined;
    }
    const range = new BlockList();
    range.addSubnet(address, length, familyName(family));
    return (requestValue) => {
        const asked = isIP(requestValue);
        return asked !== 0 && range.check(requestValue, familyName(asked));
    };
}

function familyName(family: number): "ipv4" | "ipv6" {
    return family === 6 ? "ipv6" : "ipv4";
}
