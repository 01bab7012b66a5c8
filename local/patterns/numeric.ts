import type { Leaf } from "./fields";
import { PatternProblem } from "./pattern-problem";

type NumberTest = (value: Leaf) => boolean;

const NUMERIC_BOUND = 5e9;

/** Matches numbers by `["=", 5]`, `[">", 0]` or `[">=", 0, "<", 5]`. */
export function numeric(operand: unknown): NumberTest {
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

function comparison(operator: unknown, bound: unknown): NumberTest {
    if (typeof operator !== "string") {
        throw new PatternProblem(`Invalid member in numeric match: ${String(operator)}`);
    }
    const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
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
