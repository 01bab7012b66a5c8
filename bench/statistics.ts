/** The middle one; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
    return percentile(values, 50);
}

/** The smallest value that so many per cent do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
    const sorted = [...values].sort((one, other) => one - other);
    const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
    if (value === undefined) {
        throw new Error("There is no percentile of nothing.");
    }
    return value;
}
