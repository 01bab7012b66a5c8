/**
 * Judges each of the items by itself. In a preview, reading a value that only the update will know throws; such an item
 * is left for the update, and the others are judged all the same: one unknown value must not hide a known mistake.
 * Throws at the end what the first unknown value threw, so that the engine says what it could not judge.
 */
export function judgeEach<T>(items: Iterable<T>, judge: (item: T) => void): void {
    const unknowns: unknown[] = [];
    for (const item of items) {
        try {
            judge(item);
        } catch (error) {
            if (!isUnknownValue(error)) {
                throw error;
            }
            unknowns.push(error);
        }
    }
    if (unknowns.length > 0) {
        throw unknowns[0];
    }
}

/** What `read` reads, or `whenUnknown` where only the update will know. */
export function ifKnown<T, U>(read: () => T, whenUnknown: U): T | U {
    try {
        return read();
    } catch (error) {
        if (isUnknownValue(error)) {
            return whenUnknown;
        }
        throw error;
    }
}

/** By name: the SDK exports the class without its type, and an error may come from another copy of the SDK. */
function isUnknownValue(error: unknown): boolean {
    return error instanceof Error && error.constructor.name === "UnknownValueError";
}
