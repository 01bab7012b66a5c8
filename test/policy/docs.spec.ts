import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { policies } from "../../policy/policies";

const DOCS = readFileSync(path.join(__dirname, "../../docs/policies.md"), "utf8");

/** The first cells of the rows that begin with a rule's name. */
function rowsOf(rule: string): readonly string[] {
    return DOCS.split("\n").filter((line) => line.startsWith(`| \`${rule}\``));
}

describe("docs/policies.md", () => {
    it("has every rule once with what it asks, and marks those that remediate", () => {
        for (const { name, enforcementLevel } of policies) {
            const [row = "", settings] = rowsOf(name);
            assert.equal(row.split("|").length, 6, `${name} has no row, or not each of its cells`);
            assert.equal(row.includes("(remediates)"), enforcementLevel === "remediate", name);
            assert.equal(settings === undefined || settings.split("|").length === 4, true, name);
        }
    });

    it("has every setting of every rule, and none that does not exist", () => {
        for (const { name, configSchema } of policies) {
            const settings = Object.keys(configSchema?.properties ?? {}).filter((setting) => setting !== "exemptions");
            const [, row = ""] = rowsOf(name);
            for (const setting of settings) {
                assert.ok(row.includes(`\`${setting}\``), `${name}: ${setting} is not documented`);
            }
            assert.equal(row === "", settings.length === 0, name);
        }
    });

    it("names no rule that does not exist", () => {
        const names = policies.map(({ name }) => name);
        const documented = [...DOCS.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name ?? "");
        assert.deepEqual(
            documented.filter((name) => !names.includes(name)),
            [],
        );
    });
});
