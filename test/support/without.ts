/** The object but for some of its members. */
export function without(object: object, ...names: string[]): Record<string, unknown> {
    return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
