import { AwsError } from "../aws/aws-error";
import type { JsonInput } from "./json-service";

/*
 * Members of a request body, of the type that the API's model gives them. A member of another type is answered as AWS
 * answers it, with SerializationException; one that is null counts as left out.
 */

export function optionalString(input: JsonInput, name: string): string | undefined {
    return optional(input, name, "STRING_VALUE", (value) => typeof value === "string");
}

export function optionalNumber(input: JsonInput, name: string): number | undefined {
    return optional(input, name, "NUMBER_VALUE", (value) => typeof value === "number");
}

/** A list of structures. */
export function optionalStructures(input: JsonInput, name: string): readonly JsonInput[] | undefined {
    return optional(
        input,
        name,
        "list of structures",
        (value): value is JsonInput[] => Array.isArray(value) && value.every(isStructure),
    );
}

export function optionalStrings(input: JsonInput, name: string): readonly string[] | undefined {
    const isStrings = (value: unknown): value is string[] =>
        Array.isArray(value) && value.every((item) => typeof item === "string");
    return optional(input, name, "list of strings", isStrings);
}

export function optionalStructure(input: JsonInput, name: string): JsonInput | undefined {
    return optional(input, name, "structure", isStructure);
}

function optional<T>(input: JsonInput, name: string, kind: string, is: (value: unknown) => value is T): T | undefined {
    const value = input[name] ?? undefined;
    if (value === undefined || is(value)) {
        return value;
    }
    throw new AwsError("SerializationException", `The member ${name} cannot be converted to ${kind}.`);
}

function isStructure(value: unknown): value is JsonInput {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
