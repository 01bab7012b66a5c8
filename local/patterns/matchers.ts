import { cidr } from "./cidr";
import type { Leaf } from "./fields";
import { numeric } from "./numeric";
import { PatternProblem } from "./pattern-problem";
import { wildcard } from "./wildcard";

export type Matcher = (value: Leaf) => boolean;

/** The one match expression that looks for no field at all, so that there is no value to ask it about. */
export const ABSENT = Symbol("exists: false");

/** Compiles one element of a pattern's array: a literal, or a match expression such as `{"prefix": "x"}`. */
export function compileMatcher(element: unknown): Matcher | typeof ABSENT {
    if (typeof element === "object" && element !== null && !Array.isArray(element)) {
        return compileExpression(element);
    }
    if (
        typeof element === "string" ||
        typeof element === "number" ||
        typeof element === "boolean" ||
        element === null
    ) {
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
    const test = (value: string, wanted: string): boolean =>
        name === "prefix" ? value.startsWith(wanted) : value.endsWith(wanted);
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

/** Matches any value of a field that is there, whatever its type, except those described. */
function anythingBut(operand: unknown): Matcher {
    const unwanted =
        typeof operand === "object" && operand !== null && !Array.isArray(operand)
            ? anythingButExpression(operand)
            : anythingButValues(operand);
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
            // Without anything-but these take equals-ignore-case, too.
            return values.map((value) => affix(name, text(value, "prefix/suffix match pattern must be a string")));
        case "equals-ignore-case":
            return values.map((value) =>
                equalsIgnoreCase(
                    text(
                        value,
                        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
                    ),
                ),
            );
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
        throw new PatternProblem(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        );
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
