import type { ArgumentKind } from "../components/validation/argument-kinds";

/**
 * The value that a configuration's text stands for; the text itself where it stands for none, for the check to refuse.
 * Pulumi hands a list or an object to a program as JSON text. A list of one item may be written as that item.
 */
export function valueOf(kind: ArgumentKind, raw: unknown): unknown {
    switch (kind.type) {
        case "text":
            return raw;
        case "boolean":
            return raw === "true" ? true : raw === "false" ? false : raw;
        case "number":
            return typeof raw === "string" && raw.trim() !== "" && !Number.isNaN(Number(raw)) ? Number(raw) : raw;
        case "list": {
            const list = fromJson(raw);
            return Array.isArray(list) ? list.map((item: unknown) => valueOf(kind.item, item)) : [raw];
        }
        case "record": {
            const object = fromJson(raw);
            const fields = { ...kind.optional, ...kind.required };
            if (typeof object !== "object" || object === null || Array.isArray(object)) {
                return raw;
            }
            return Object.fromEntries(
                Object.entries(object).map(([name, value]: [string, unknown]) => {
                    const field = fields[name];
                    return [name, field === undefined ? value : valueOf(field, value)];
                }),
            );
        }
    }
}

function fromJson(value: unknown): unknown {
    if (typeof value !== "string") {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        // Ordinary text.
        return value;
    }
}
