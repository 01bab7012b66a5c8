import { isObject } from "../../contract/json";
import { memberError, type Place } from "./malformed-policy-error";
import { isOperatorName, OPERATOR_NAMES, type OperatorName, valueProblem } from "../operators";

/** How a key with several values in the request is compared. */
export type SetQualifier = "ForAllValues" | "ForAnyValue";

/** One key of a condition block in its normal form: `{"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}`. */
export interface Condition {
    readonly qualifier: SetQualifier | undefined;
    readonly operator: OperatorName;
    readonly ifExists: boolean;
    /** As written. Names of keys are compared without regard to case. */
    readonly key: string;
    /** At least one; numbers and booleans as text. */
    readonly values: readonly string[];
}

/** Reads a `Condition` block; an absent one holds no conditions, and neither does `{}`, which IAM accepts. */
export function parseConditions(block: unknown, place: Place): readonly Condition[] {
    if (block === undefined) {
        return [];
    }
    return Object.entries(objectOf(block, "Condition", place)).flatMap(([name, keys]) => {
        const operator = parseOperator(name, place);
        const member = `Condition.${name}`;
        return Object.entries(filledObjectOf(keys, member, place)).map(([key, values]) => ({
            ...operator,
            key,
            values: conditionValues(values, `${member}.${key}`, operator.operator, place),
        }));
    });
}

function parseOperator(name: string, place: Place): Pick<Condition, "qualifier" | "operator" | "ifExists"> {
    const parts = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name);
    const operator = parts?.[2] ?? "";
    if (parts === null || !isOperatorName(operator)) {
        throw memberError(place, "Condition", `must use an operator that exists (${OPERATOR_NAMES.join(", ")})`, name);
    }
    const qualifier = parts[1] === "ForAllValues" || parts[1] === "ForAnyValue" ? parts[1] : undefined;
    const ifExists = parts[3] !== undefined;
    if (operator === "Null" && (ifExists || qualifier !== undefined)) {
        throw memberError(place, "Condition", "must use Null alone: it asks for the key, not for its values", name);
    }
    return { qualifier, operator, ifExists };
}

function conditionValues(given: unknown, member: string, operator: OperatorName, place: Place): readonly string[] {
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) {
        throw memberError(place, member, "must not be an empty list");
    }
    return list.map((value) => {
        if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
            throw memberError(place, member, "must be a string, a number, a boolean or a list of them", value);
        }
        return checkedValue(String(value), member, operator, place);
    });
}

function checkedValue(value: string, member: string, operator: OperatorName, place: Place): string {
    const reason = valueProblem(operator, value);
    if (reason !== undefined) {
        throw memberError(place, member, reason, value);
    }
    return value;
}

function filledObjectOf(value: unknown, member: string, place: Place): Readonly<Record<string, unknown>> {
    const object = objectOf(value, member, place);
    if (Object.keys(object).length === 0) {
        throw memberError(place, member, "must have at least one key", value);
    }
    return object;
}

function objectOf(value: unknown, member: string, place: Place): Readonly<Record<string, unknown>> {
    if (!isObject(value)) {
        throw memberError(place, member, "must be an object", value);
    }
    return { ...value };
}
