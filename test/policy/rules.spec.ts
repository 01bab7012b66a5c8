import * as assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import * as path from "node:path";
import { policies } from "../../policy/policies";

/** The rules' names, by the files of a folder. */
function rulesIn(folder: string, end: string): readonly string[] {
    return readdirSync(path.join(__dirname, folder))
        .map((file) => file.replace(end, ""))
        .sort();
}

describe("every rule of the policy pack", () => {
    const names = policies.map(({ name }) => name).sort();

    it("is in the file of its name, and in the pack", () => {
        assert.deepEqual(rulesIn("../../policy/rules", ".ts"), names);
    });

    it("has the spec of its name", () => {
        assert.deepEqual(rulesIn("rules", ".spec.ts"), names);
    });
});
