import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Leaf } from "./fields";

/** Why a pattern is not one. The text is what AWS puts after "Reason:". */
export class PatternProblem extends Error {
    override readonly name = "PatternProblem";
}

export type Matcher = (value: Leaf) => boolean;

/** The one match expression that looks for no field at all, so that there is no value to ask it about. */
export const ABSENT = Symbol("exists: false");

const NUMERIC_BOUND = 5e9;

/** Compiles one element of a pattern's array: a literal, or a match expression such as `{"prefix": "x"}`. */
export function compileMatcher(element: unknown): Matcher | typeof ABSENT {
    if (typeof element === "object" && element !== null && !Array.isArray(element)) {
        return compileExpression(element);
    }
    if (typeof element === "string" || typeof element === "number" || typeof element === "boolean" || element === null) {
        return (value) => value === element;
    }
    throw new PatternProblem("Match value must be String, number, true, false, or null");
}

function compileExpression(expression: object): Matcher | typeof ABSENT {
    const [name, operand] = onlyMember(expression, "Match expression name not found");
    switch (name) {
        case "exists":
            if (typeof operand !== "boolean") {
                throw new PatternProblem("exists match pattern must be either true or false.");
            }
            return operand ? () => true : ABSENT;
        case "prefix":
        case "suffix":
            return affix(name, operand);
        case "equals-ignore-case":
            return equalsIgnoreCase(text(operand, "equals-ignore-case match pattern must be a string"));
        case "wildcard":
            return wildcard(text(operand, "wildcard match pattern must be a string"));
        case "cidr":
            return cidr(text(operand, "cidr match pattern must be a string"));
        case "numeric":
            return numeric(operand);
        case "anything-but":
            return anythingBut(operand);
        default:
            throw new PatternProblem(`Unrecognized match type ${name}`);
    }
}

function affix(name: "prefix" | "suffix", operand: unknown): Matcher {
    const test = (value: string, wanted: string): boolean => (name === "prefix" ? value.startsWith(wanted) : value.endsWith(wanted));
    if (typeof operand === "object" && operand !== null && !Array.isArray(operand)) {
        const [inner, ignoringCase] = onlyMember(operand, `${name} expression name not found`);
        if (inner !== "equals-ignore-case") {
            throw new PatternProblem(`Unsupported ${name} pattern: ${inner}`);
        }
        const wanted = text(ignoringCase, "equals-ignore-case match pattern must be a string").toLowerCase();
        return (value) => typeof value === "string" && test(value.toLowerCase(), wanted);
    }
    const wanted = text(operand, `${name} match pattern must be a string`);
    return (value) => typeof value === "string" && test(value, wanted);
}

function equalsIgnoreCase(wanted: string): Matcher {
    const folded = wanted.toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase() === folded;
}

function wildcard(pattern: string): Matcher {
    const parts = wildcardParts(pattern);
    const first = parts[0] ?? "";
    const last = parts.at(-1) ?? "";
    const middle = parts.slice(1, -1);
    return (value) => {
        if (typeof value !== "string") {
            return false;
        }
        if (parts.length === 1) {
            return value === first;
        }
        if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) {
            return false;
        }
        let from = first.length;
        for (const part of middle) {
            const found = value.indexOf(part, from);
            if (found === -1) {
                return false;
            }
            from = found + part.length;
        }
        return from <= value.length - last.length;
    };
}

/** The literal texts between the `*` of a wildcard pattern; a backslash makes a `*` or a backslash literal. */
function wildcardParts(pattern: string): string[] {
    const parts = [""];
    for (let position = 0; position < pattern.length; position += 1) {
        let character = pattern.charAt(position);
        if (character === "*") {
            if (pattern[position + 1] === "*") {
                throw new PatternProblem(`Consecutive wildcard characters at pos ${position}`);
            }
            parts.push("");
            continue;
        }
        if (character === "\\") {
            position += 1;
            character = pattern.charAt(position);
            if (character !== "*" && character !== "\\") {
                throw new PatternProblem(`Invalid escape character at pos ${position - 1}`);
            }
        }
        parts.push(`${parts.pop() ?? ""}${character}`);
    }
    return parts;
}

function cidr(range: string): Matcher {
    const [address = "", bits, ...rest] = range.split("/");
    if (bits === undefined || rest.length > 0) {
        throw new PatternProblem("Malformed CIDR, one '/' required");
    }
    const family = addressFamily(address);
    if (family === undefined) {
        throw new PatternProblem(`Malformed CIDR, badly formatted IP address: ${address}`);
    }
    const prefix = Number(bits);
    if (!/^\d+$/.test(bits) || prefix > (family === "ipv4" ? 32 : 128)) {
        throw new PatternProblem("Malformed CIDR, mask bits must be an integer that fits the address");
    }
    const block = new BlockList();
    block.addSubnet(address, prefix, family);
    return (value) => typeof value === "string" && addressFamily(value) === family && block.check(value, family);
}

function addressFamily(address: string): "ipv4" | "ipv6" | undefined {
    if (isIPv4(address)) {
        return "ipv4";
    }
    return isIPv6(address) ? "ipv6" : undefined;
}

function numeric(operand: unknown): Matcher {
    if (!Array.isArray(operand)) {
        throw new PatternProblem("Value of numeric must be an array.");
    }
    const [operator, bound, upperOperator, upperBound, ...rest] = operand as unknown[];
    const first = comparison(operator, bound);
    if (operand.length <= 2) {
        return first;
    }
    if (operator !== ">" && operator !== ">=") {
        throw new PatternProblem("Too many elements in numeric expression");
    }
    if (upperOperator !== "<" && upperOperator !== "<=") {
        throw new PatternProblem(`Bad numeric range operator: ${String(upperOperator)}`);
    }
    const second = comparison(upperOperator, upperBound);
    if (rest.length > 0) {
        throw new PatternProblem("Too many terms in numeric range expression");
    }
    if (Number(bound) >= Number(upperBound)) {
        throw new PatternProblem("Bottom must be less than top");
    }
    return (value) => first(value) && second(value);
}

function comparison(operator: unknown, bound: unknown): Matcher {
    if (typeof operator !== "string") {
        throw new PatternProblem(`Invalid member in numeric match: ${String(operator)}`);
    }
    const compare = COMPARISONS[operator];
    if (compare === undefined) {
        throw new PatternProblem(`Unrecognized numeric range operator: ${operator}`);
    }
    if (typeof bound !== "number") {
        throw new PatternProblem(`Value of ${operator === "=" ? "equals" : operator} must be numeric`);
    }
    if (Math.abs(bound) > NUMERIC_BOUND) {
        throw new PatternProblem("Value must be between -5.0E9 and 5.0E9, inclusive");
    }
    return (value) => typeof value === "number" && compare(value, bound);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
    "=": (value, bound) => value === bound,
    "<": (value, bound) => value < bound,
    "<=": (value, bound) => value <= bound,
    ">": (value, bound) => value > bound,
    ">=": (value, bound) => value >= bound,
};

/** Matches any value of a field that is there, whatever its type, except those described. */
function anythingBut(operand: unknown): Matcher {
    const unwanted = typeof operand === "object" && operand !== null && !Array.isArray(operand) ?
        anythingButExpression(operand) :
        anythingButValues(operand);
    return (value) => !unwanted.some((matcher) => matcher(value));
}

function anythingButExpression(expression: object): Matcher[] {
    const [name, operand] = onlyMember(expression, "Anything-But expression name not found");
    const values = Array.isArray(operand) ? (operand as unknown[]) : [operand];
    if (values.length === 0) {
        throw new PatternProblem("Empty arrays are not allowed");
    }
    switch (name) {
        case "prefix":
        case "suffix":
            if (values.includes("")) {
                throw new PatternProblem("Null prefix/suffix not allowed");
            }
            return values.map((value) => affix(name, value));
        case "equals-ignore-case":
            return values.map((value) =>
                equalsIgnoreCase(text(value, "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")));
        case "wildcard":
            return values.map((value) => wildcard(text(value, "wildcard match pattern must be a string")));
        default:
            throw new PatternProblem(`Unsupported anything-but pattern: ${name}`);
    }
}

function anythingButValues(operand: unknown): Matcher[] {
    if (!Array.isArray(operand)) {
        if (typeof operand !== "string" && typeof operand !== "number") {
            throw new PatternProblem("Value of anything-but must be an array or single string/number value.");
        }
        return [(value) => value === operand];
    }
    const values: readonly unknown[] = operand;
    if (values.some((value) => typeof value !== "string" && typeof value !== "number")) {
        throw new PatternProblem("Inside anything but list, start|null|boolean is not supported.");
    }
    if (new Set(values.map((value) => typeof value)).size !== 1) {
        throw new PatternProblem("Inside anything but list, either all values are number or string, mixed type is not supported");
    }
    return values.map((unwanted) => (value: Leaf) => value === unwanted);
}

function onlyMember(expression: object, whenEmpty: string): readonly [string, unknown] {
    const [member, ...others] = Object.entries(expression) as [string, unknown][];
    if (member === undefined) {
        throw new PatternProblem(whenEmpty);
    }
    if (others.length > 0) {
        throw new PatternProblem("Only one key allowed in match expression");
    }
    return member;
}

function text(operand: unknown, problem: string): string {
    if (typeof operand !== "string") {
        throw new PatternProblem(problem);
    }
    return operand;
}
