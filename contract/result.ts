/** The outcome of reading something that may be wrong: a value, or why there is none. */
export type Result<T, R = string> =
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: R };

export function accepted<T>(value: T): { readonly ok: true; readonly value: T } {
    return { ok: true, value };
}

export function refused<R>(reason: R): { readonly ok: false; readonly reason: R } {
    return { ok: false, reason };
}
