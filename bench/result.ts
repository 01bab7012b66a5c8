import * as os from "node:os";

/** A figure that a measure has to reach. */
export interface Target {
    readonly what: string;
    readonly value: number;
    readonly atMost?: number;
    readonly atLeast?: number;
}

/** What a measure found out. */
export interface Measurement {
    readonly name: string;
    readonly title: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
    readonly targets: readonly Target[];
    /** What was simulated, how often it was measured, and what else a reader has to know. */
    readonly notes: readonly string[];
}

export interface BenchOptions {
    /** Fewer and smaller runs, to try a change; its figures are no results. */
    readonly quick: boolean;
    /** Takes a line about the progress. */
    readonly progress: (line: string) => void;
}

export type Measure = (options: BenchOptions) => Promise<Measurement>;

export function isMet({ value, atMost = Infinity, atLeast = -Infinity }: Target): boolean {
    return value <= atMost && value >= atLeast;
}

/** The machine that the figures are of. */
export function describeMachine(): Readonly<Record<string, string | number>> {
    const [cpu] = os.cpus();
    return {
        cpu: cpu?.model.trim() ?? "unknown",
        cores: os.cpus().length,
        memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
        system: `${os.type()} ${os.release()} ${os.arch()}`,
        node: process.version,
    };
}

export function renderMeasurement({ title, columns, rows, targets, notes }: Measurement): string {
    const lines = [title, ...renderTable([columns, ...rows.map((row) => row.map(String))])];
    for (const target of targets) {
        const bound = target.atMost === undefined ? `at least ${target.atLeast ?? ""}` : `at most ${target.atMost}`;
        lines.push(`${isMet(target) ? "met   " : "MISSED"} ${target.what}: ${round(target.value)} (${bound})`);
    }
    return [...lines, ...notes.map((note) => `· ${note}`)].join("\n");
}

export function round(value: number): number {
    return Number(value.toPrecision(3));
}

function renderTable(rows: readonly (readonly string[])[]): readonly string[] {
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    const line = (row: readonly string[]): string =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd();
    const [header = [], ...body] = rows;
    return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...body.map(line)];
}
