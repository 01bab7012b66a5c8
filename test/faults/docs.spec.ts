import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

const DOCS = readFileSync(path.join(__dirname, "../../docs/delivery-faults.md"), "utf8");
const ROWS = DOCS.split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(1);

/** What the last cell of a row names: files, and after one the tests in it that are quoted. */
function testsOf(row: string): readonly { readonly file: string; readonly tests: readonly string[] }[] {
    const cell = row.split("|").at(-2) ?? "";
    return cell.split(/(?=`[a-z-]+\.faults\.ts`)/).flatMap((part) => {
        const file = /`([a-z-]+\.faults\.ts)`/.exec(part)?.[1];
        const tests = [...part.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? "");
        return file === undefined ? [] : [{ file, tests }];
    });
}

describe("docs/delivery-faults.md", () => {
    const files = readdirSync(__dirname).filter((file) => file.endsWith(".faults.ts"));

    it("names for every failure a test that exists", () => {
        assert.ok(ROWS.length > 10);
        for (const row of ROWS) {
            const named = testsOf(row);
            assert.ok(named.length > 0, `no test: ${row}`);
            for (const { file, tests } of named) {
                assert.ok(files.includes(file), `${file} does not exist`);
                const source = readFileSync(path.join(__dirname, file), "utf8");
                for (const test of tests) {
                    assert.ok(source.includes(test), `${file} has no test "${test}"`);
                }
            }
        }
    });

    it("leaves out no file of tests", () => {
        const named = new Set(ROWS.flatMap((row) => testsOf(row).map(({ file }) => file)));
        assert.deepEqual([...named].sort(), [...files].sort());
    });
});
