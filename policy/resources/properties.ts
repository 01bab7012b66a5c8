/** The properties of a resource, or of a block in it, as the engine hands them over: of types that nobody knows. */
export type Properties = Readonly<Record<string, unknown>>;

/** A block such as `ttl`, empty where there is none. */
export function block(properties: Properties, name: string): Properties {
    return asProperties(properties[name]);
}

/** The blocks of a list such as `inlinePolicies`, none where there is no list. */
export function blocks(properties: Properties, name: string): readonly Properties[] {
    return list(properties, name).map(asProperties);
}

export function list(properties: Properties, name: string): readonly unknown[] {
    return items(properties, name).map((read) => read());
}

/**
 * The items of a list, each to be read by itself, since a preview may not know all of them. By index: the engine's
 * proxies do not take the methods that make a new array of the same kind.
 */
export function items(properties: Properties, name: string): readonly (() => unknown)[] {
    const value = properties[name];
    if (!Array.isArray(value)) {
        return [];
    }
    const array: readonly unknown[] = value;
    return Array.from({ length: array.length }, (_, index) => () => array[index]);
}

/** A text that is not empty. */
export function text(properties: Properties, name: string): string | undefined {
    const value = properties[name];
    return typeof value === "string" && value !== "" ? value : undefined;
}

export function number(properties: Properties, name: string): number | undefined {
    const value = properties[name];
    return typeof value === "number" ? value : undefined;
}

export function isTrue(properties: Properties, name: string): boolean {
    return properties[name] === true;
}

/** The value as a block. Not copied: a copy would touch every member, and some may not be known yet. */
export function asProperties(value: unknown): Properties {
    return typeof value === "object" && value !== null ? (value as Properties) : {};
}
