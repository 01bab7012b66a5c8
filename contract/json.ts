export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a JSON text stands for; `undefined` where it stands for something else, or is no JSON. */
export function parseObject(text: string): JsonObject | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return isObject(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

/** The object's own member; never one of its prototype, so that "constructor" is as absent as any other name. */
export function member(object: JsonObject, name: string): unknown {
    return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * JSON text that every service takes. U+FFFE and U+FFFF may stand in JSON as they are, but SQS refuses them: an event
 * with one in it could be kept by no dead-letter queue, and delivered to no large audience.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function jsonText(value: unknown): string {
    return JSON.stringify(value).replace(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
}

/**
 * Follows a dotted path ("order.customer.id") through objects; `undefined` where a step is missing. Names may have dots
 * themselves, as in "https://example.com/roles": a member of the whole name comes first, then the longest name that
 * leads on.
 */
export function valueAt(source: unknown, path: string): unknown {
    if (!isObject(source)) {
        return undefined;
    }
    if (Object.hasOwn(source, path)) {
        return source[path];
    }
    for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
        const value = valueAt(member(source, path.slice(0, dot)), path.slice(dot + 1));
        if (value !== undefined) {
            return value;
        }
    }
    return undefined;
}

/**
 * The text of a string, a number or a boolean; `undefined` for everything else. Also for whole numbers beyond 2^53:
 * several read as the same one, and a user who is compared by such a number would be taken for somebody else.
 */
export function scalarText(value: unknown): string | undefined {
    if (typeof value === "string") {
        return value;
    }
    return typeof value === "boolean" || (typeof value === "number" && isExact(value)) ? String(value) : undefined;
}

function isExact(number: number): boolean {
    return Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number));
}

/** What a value is, for an error text: "null", "an array", "a number", "missing". */
export function describeType(value: unknown): string {
    if (value === undefined) {
        return "missing";
    }
    if (value === null) {
        return "null";
    }
    if (Array.isArray(value)) {
        return "an array";
    }
    if (typeof value === "number" && !isExact(value)) {
        return "a number too large to be exact";
    }
    return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Quotes untrusted text for an error message, cut so that it can neither flood a log nor a frame. */
export function quoted(text: string): string {
    return JSON.stringify(shortened(text, 80));
}

export function shortened(text: string, length: number): string {
    return text.length > length ? `${text.slice(0, length)}…` : text;
}
