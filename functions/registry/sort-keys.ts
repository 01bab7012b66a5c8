/**
 * Some of a channel's subscription rows, by sort key. The keys begin with two hexadecimal digits of a hash, so equal
 * steps of the digits hold equal shares of the audience; no row is on a boundary, since "#" and the id follow them.
 */
export interface SortKeys {
    readonly from: string;
    readonly to: string;
    /** The key of the last row that was read; absent at the beginning. */
    readonly after?: string;
}

export const ALL_SORT_KEYS: SortKeys = { from: "00", to: "g" };

const PREFIXES = 256;

/** About how many rows an audience has of which the first so many end with this key. */
export function estimateRows(rows: number, last: string): number {
    return Math.round((rows * PREFIXES) / (prefixOf(last) + 0.5));
}

/**
 * What comes after a row: first a part with about `share` of all keys, at least one step of them, then the others in
 * equal parts. Fewer where there is too little to divide.
 */
export function divideRest(last: string, share: number, parts: number): readonly [SortKeys, ...SortKeys[]] {
    const first = Math.min(PREFIXES, prefixOf(last) + Math.max(1, Math.round(PREFIXES * share)));
    const left = PREFIXES - first;
    const count = Math.min(parts, left);
    const boundaries = Array.from({ length: count }, (_, index) => first + Math.round((left * index) / count));
    const others = boundaries.map((from, index) => ({
        from: boundary(from),
        to: boundary(boundaries[index + 1] ?? PREFIXES),
    }));
    return [{ from: ALL_SORT_KEYS.from, to: boundary(first), after: last }, ...others];
}

function prefixOf(key: string): number {
    const prefix = Number.parseInt(key.slice(0, 2), 16);
    return Number.isNaN(prefix) ? 0 : prefix;
}

function boundary(prefix: number): string {
    return prefix === PREFIXES ? ALL_SORT_KEYS.to : prefix.toString(16).padStart(2, "0");
}
