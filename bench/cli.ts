import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { measureFanOut } from "./fan-out";
import { measureLatency } from "./latency";
import { measureLoading } from "./loading";
import { measureReadUnits } from "./read-units";
import type { Measure, Measurement } from "./result";
import { describeMachine, isMet, renderMeasurement } from "./result";
import { measureSending } from "./sending";

const MEASURES: Readonly<Record<string, Measure>> = {
    sending: measureSending,
    loading: measureLoading,
    "read-units": measureReadUnits,
    "fan-out": measureFanOut,
    latency: measureLatency,
};

const USAGE = `Measures what the figures in the documentation claim, peers side by side.

  npm run bench [-- [--quick] [MEASURE…]]

  MEASURE   ${Object.keys(MEASURES).join(", ")}; all of them by default
  --quick   fewer and smaller runs, to try a change

Prints tables, and writes .local/bench.json.`;

async function main(): Promise<void> {
    const { values, positionals } = parseArgs({
        options: { quick: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
        allowPositionals: true,
    });
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const measures = chosen(positionals);
    const machine = describeMachine();
    console.log(
        Object.entries(machine)
            .map(([name, value]) => `${name} ${value}`)
            .join(", "),
    );
    const measurements: Measurement[] = [];
    for (const [name, measure] of measures) {
        console.error(`measuring ${name} …`);
        const measurement = await measure({
            quick: values.quick,
            progress: (line) => {
                console.error(`  ${line}`);
            },
        });
        console.log(`\n${renderMeasurement(measurement)}`);
        measurements.push(measurement);
    }
    writeResults({ measuredAt: new Date().toISOString(), machine, quick: values.quick, measurements });
    if (measurements.some(({ targets }) => !targets.every(isMet))) {
        process.exitCode = 1;
    }
}

function chosen(names: readonly string[]): readonly (readonly [string, Measure])[] {
    const unknown = names.filter((name) => !Object.hasOwn(MEASURES, name));
    if (unknown.length > 0) {
        throw new Error(`no measure ${unknown.join(", ")}\n\n${USAGE}`);
    }
    return Object.entries(MEASURES).filter(([name]) => names.length === 0 || names.includes(name));
}

function writeResults(results: unknown): void {
    const folder = path.resolve(__dirname, "..", ".local");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "bench.json"), `${JSON.stringify(results, undefined, 2)}\n`);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
