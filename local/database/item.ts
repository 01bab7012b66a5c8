/** A DynamoDB attribute value as the wire has it: one member, named by the type, binary as base64. */
export type AttributeValue =
    | { readonly S: string }
    | { readonly N: string }
    | { readonly B: string }
    | { readonly BOOL: boolean }
    | { readonly NULL: boolean }
    | { readonly SS: readonly string[] }
    | { readonly NS: readonly string[] }
    | { readonly BS: readonly string[] }
    | { readonly L: readonly AttributeValue[] }
    | { readonly M: Item };

/** An item, an item's key, or a map attribute. */
export interface Item {
    readonly [attribute: string]: AttributeValue;
}

/** The attributes of these names, in this order; those that the item lacks are left out. */
export function keyOf(item: Item, names: readonly string[]): Item {
    const key: Record<string, AttributeValue> = {};
    for (const name of names) {
        const value = item[name];
        if (value !== undefined) {
            key[name] = value;
        }
    }
    return key;
}

/**
 * A string that is the same for two keys exactly if they are the same key (`1` and `1.0` are). Undefined where the
 * key is not one: an attribute is missing or is not a string, number or binary.
 */
export function keyString(key: unknown, names: readonly string[]): string | undefined {
    const parts: string[] = [];
    for (const name of names) {
        const part = keyPart(isObject(key) ? key[name] : undefined);
        if (part === undefined) {
            return undefined;
        }
        parts.push(part);
    }
    return parts.join("/");
}

function keyPart(value: unknown): string | undefined {
    if (!isObject(value)) {
        return undefined;
    }
    if (typeof value.S === "string") {
        return `S${value.S.length}:${value.S}`;
    }
    if (typeof value.N === "string") {
        return `N${canonicalNumber(value.N)}`;
    }
    return typeof value.B === "string" ? `B${value.B}` : undefined;
}

/** Sign, digits without zeros at either end, and exponent, so that equal numbers are equal strings. */
function canonicalNumber(text: string): string {
    const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim());
    if (match === null) {
        return text;
    }
    const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
    const digits = (whole + fraction).replace(/^0+/, "");
    const significant = digits.replace(/0+$/, "");
    if (significant === "") {
        return "0";
    }
    const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
    return `${sign === "-" ? "-" : ""}${significant}e${scale}`;
}

/** Whether two stored items are equal; the order of a set's elements does not count. */
export function sameItem(one: Item, other: Item): boolean {
    const names = Object.keys(one);
    return (
        names.length === Object.keys(other).length &&
        names.every((name) => {
            const [value, otherValue] = [one[name], other[name]];
            return value !== undefined && otherValue !== undefined && sameValue(value, otherValue);
        })
    );
}

function sameValue(one: AttributeValue, other: AttributeValue): boolean {
    if ("M" in one) {
        return "M" in other && sameItem(one.M, other.M);
    }
    if ("L" in one) {
        return (
            "L" in other &&
            one.L.length === other.L.length &&
            one.L.every((element, at) => {
                const otherElement = other.L[at];
                return otherElement !== undefined && sameValue(element, otherElement);
            })
        );
    }
    return scalarText(one) === scalarText(other);
}

function scalarText(value: AttributeValue): string {
    const [[type, content]] = Object.entries(value) as [[string, unknown]];
    return `${type}:${Array.isArray(content) ? JSON.stringify(content.toSorted()) : String(content)}`;
}

/**
 * An item's size in bytes as DynamoDB counts it: names and values, a number by its digits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
    let size = 0;
    for (const [name, value] of Object.entries(item)) {
        size += Buffer.byteLength(name) + valueSize(value);
    }
    return size;
}

function valueSize(value: AttributeValue): number {
    if ("S" in value) {
        return Buffer.byteLength(value.S);
    }
    if ("N" in value) {
        return numberSize(value.N);
    }
    if ("B" in value) {
        return Buffer.byteLength(value.B, "base64");
    }
    if ("SS" in value) {
        return sum(value.SS, (element) => Buffer.byteLength(element));
    }
    if ("NS" in value) {
        return sum(value.NS, numberSize);
    }
    if ("BS" in value) {
        return sum(value.BS, (element) => Buffer.byteLength(element, "base64"));
    }
    if ("L" in value) {
        return 3 + sum(value.L, (element) => 1 + valueSize(element));
    }
    return "M" in value ? 3 + Object.keys(value.M).length + itemSize(value.M) : 1;
}

/** One byte for each two significant digits, and one more; another for a minus. */
function numberSize(text: string): number {
    const digits = text
        .replace(/[eE].*$/, "")
        .replace(/\D/g, "")
        .replace(/^0+|0+$/g, "");
    return Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
    return values.reduce((total, value) => total + size(value), 0);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
