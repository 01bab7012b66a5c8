import * as assert from "node:assert/strict";
import { DEAD_LETTER_REASONS } from "../../contract/dead-letters";
import { Declared } from "./support/declared";
import { codeSpans, firstCells, indentedCode, page, section } from "./support/markdown";

const DOCS = page("docs/publishing.md").text;
const GIVEN_BY_THE_GATEWAY = ["type", "channel", "offset", "epoch", "id", "source", "event", "time", "data"];

describe("docs/publishing.md", () => {
    it("has every member that an event may have, and no other", () => {
        const read = page("functions/publishing/message-forms.ts").text.matchAll(/\bmember\(detail, "(\w+)"\)/g);
        const frame = new Declared("contract/protocol.ts").kinds("ServerFrame", "type")["message"] ?? [];
        // What else a frame has comes from the publisher.
        const options = frame.filter((name) => !GIVEN_BY_THE_GATEWAY.includes(name));
        const members = new Set([...[...read].map(([, name = ""]) => name), ...options]);
        assert.deepEqual(membersIn(indentedCode(section(DOCS, "From code"))), [...members].sort());
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
