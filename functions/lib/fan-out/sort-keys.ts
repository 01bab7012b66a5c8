/**
 * Some of a channel's subscription rows, by sort key. The keys begin with two hexadecimal digits of a hash, so equal
 * steps of the digits hold equal shares of the audience; no row is on a boundary, since "#" and the id follow the digits.
 */
export interface SortKeys {
    readonly from: string;
    readonly to: string;
    /** The key of the last row that was read; absent at the beginning. */
    readonly after?: string;
}

export const ALL_SORT_KEYS: SortKeys = { from: "00", to: "g" };

const PREFIXES = 256;

/** About how many rows come after the one with this key, when so many have come up to it. */
export function estimateRest(rows: number, after: string): number {
    const read = (prefixOf(after) + 0.5) / PREFIXES;
    return Math.round(rows * (1 - read) / read);
}

/** What comes after a row, in equal parts; in fewer where there is too little to divide. */
export function splitRest(after: string, parts: number): readonly SortKeys[] {
    const first = prefixOf(after);
    const left = PREFIXES - first;
    const count = Math.max(1, Math.min(parts, left));
    const boundaries = Array.from({ length: count - 1 }, (_, index) => boundary(first + Math.round(left * (index + 1) / count)));
    return [...boundaries, ALL_SORT_KEYS.to].map((to, index) => {
        const from = boundaries[index - 1];
        return from === undefined ? { from: ALL_SORT_KEYS.from, to, after } : { from, to };
    });
}

function prefixOf(key: string): number {
    const prefix = Number.parseInt(key.slice(0, 2), 16);
    return Number.isNaN(prefix) ? 0 : prefix;
}

function boundary(prefix: number): string {
    return prefix.toString(16).padStart(2, "0");
}
