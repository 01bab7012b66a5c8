import * as assert from "node:assert/strict";
import { DEAD_LETTER_REASONS } from "../../contract/dead-letters";
import { Declared } from "./support/declared";
import { codeSpans, firstCells, indentedCode, page, section } from "./support/markdown";

const DOCS = page("docs/publishing.md").text;

describe("docs/publishing.md", () => {
    it("has every member that an event may have, and no other", () => {
        const members = new Declared("functions/publishing/message-forms.ts").members("Draft");
        // One channel can be written without a list.
        assert.deepEqual(membersIn(indentedCode(section(DOCS, "From code"))), ["channel", ...members].sort());
    });

    it("has every count of a direct invocation's answer, and no other", () => {
        const answer = codeSpans(section(DOCS, "Directly")).find((code) => code.startsWith("{")) ?? "";
        const counts = new Declared("functions/fan-out/planner.ts").members("FanOutReport");
        const report = new Declared("functions/publishing/publisher.ts").members("PublishReport");
        assert.deepEqual(membersIn(answer), [...counts, ...report].sort());
    });

    it("has every reason of a dead letter, and no other", () => {
        assert.deepEqual(firstCells(section(DOCS, "What is rejected")), [...DEAD_LETTER_REASONS].sort());
    });
});

describe("the help of npm run redrive", () => {
    it("has every reason that a letter can be taken by", () => {
        const usage = page("operations/redrive.ts").text;
        const missing = DEAD_LETTER_REASONS.filter((reason) => !new RegExp(`\\b${reason}\\b`).test(usage));
        assert.deepEqual(missing, []);
    });
});

function membersIn(json: string): readonly string[] {
    return [...json.matchAll(/"(\w+)":/g)].map(([, name = ""]) => name).sort();
}
