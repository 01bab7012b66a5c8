import { describeType, isObject } from "../../contract/json";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/**
 * Turns an item in DynamoDB's own JSON, as a stream record carries it, into plain JSON. Sets become lists; binary stays
 * the base64 text that it travels as; a number that JavaScript cannot hold exactly stays text, so that no digit is
 * lost.
 */
export function plainItem(image: unknown): Result<Readonly<Record<string, unknown>>> {
    try {
        return accepted(plainMap(image));
    } catch (error) {
        if (error instanceof NoAttributeValueError) {
            return refused(error.message);
        }
        throw error;
    }
}

class NoAttributeValueError extends Error {}

function plainMap(map: unknown): Readonly<Record<string, unknown>> {
    if (!isObject(map)) {
        throw new NoAttributeValueError(`An item is an object; this one is ${describeType(map)}.`);
    }
    return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(attribute: unknown): unknown {
    const [entry, ...more] = isObject(attribute) ? Object.entries(attribute) : [];
    if (entry === undefined || more.length > 0) {
        throw new NoAttributeValueError("An attribute value has exactly one type.");
    }
    const [type, value] = entry;
    switch (type) {
        case "S":
        case "B":
            return expectText(value);
        case "N":
            return plainNumber(expectText(value));
        case "BOOL":
            return value === true;
        case "NULL":
            return null;
        case "M":
            return plainMap(value);
        case "L":
            return expectList(value).map(plainValue);
        case "SS":
        case "BS":
            return expectList(value).map(expectText);
        case "NS":
            return expectList(value).map((element) => plainNumber(expectText(element)));
        default:
            throw new NoAttributeValueError(`${type} is not a type of attribute value.`);
    }
}

function expectText(value: unknown): string {
    if (typeof value !== "string") {
        throw new NoAttributeValueError(`An attribute value holds ${describeType(value)} where text belongs.`);
    }
    return value;
}

function expectList(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) {
        throw new NoAttributeValueError(`An attribute value holds ${describeType(value)} where a list belongs.`);
    }
    return value;
}

/** DynamoDB's numbers have 38 digits, JavaScript's some 15 to 17. */
function plainNumber(text: string): number | string {
    const number = Number(text);
    return Number.isFinite(number) && significantDigits(String(number)) === significantDigits(text) ? number : text;
}

/** The digits that matter, without sign, point, exponent and zeros at either end: "1.50E2" and "150" are both "15". */
function significantDigits(text: string): string {
    const mantissa = text.toLowerCase().split("e", 1)[0] ?? "";
    return mantissa
        .replace(/[^0-9]/g, "")
        .replace(/^0+/, "")
        .replace(/0+$/, "");
}
