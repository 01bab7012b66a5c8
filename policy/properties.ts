/** The properties of a resource, or of a block in it, as the engine hands them over: nothing is known of their types. */
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
    const value = properties[name];
    return Array.isArray(value) ? value : [];
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

// Not copied: a copy would touch every member, and some may not be known yet.
function asProperties(value: unknown): Properties {
    return typeof value === "object" && value !== null ? value as Properties : {};
}
