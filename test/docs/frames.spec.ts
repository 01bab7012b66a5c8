import * as assert from "node:assert/strict";
import { ERROR_CODES } from "../../contract/protocol";
import { Declared } from "./support/declared";
import { codeSpans, firstCells, indentedCode, page, section } from "./support/markdown";

const DOCS = page("docs/wire-protocol.md").text;

/** The frames that the page writes out, by the value of that member, with the members that it gives them. */
function documented(discriminant: "type" | "action"): Readonly<Record<string, readonly string[]>> {
    const frames: Record<string, readonly string[]> = {};
    for (const code of [...codeSpans(DOCS), ...indentedCode(DOCS).split("\n")]) {
        const kind = new RegExp(`^\\{"${discriminant}":"(\\w+)"`).exec(code.trim())?.[1];
        if (kind !== undefined) {
            const members = [...code.matchAll(/"(\w+)":/g)].map(([, name = ""]) => name);
            frames[kind] = [...new Set([...(frames[kind] ?? []), ...members])].sort();
        }
    }
    return frames;
}

describe("docs/wire-protocol.md", () => {
    const contract = new Declared("contract/protocol.ts");

    it("has every frame of the server with every member of it, and no other", () => {
        assert.deepEqual(documented("type"), contract.kinds("ServerFrame", "type"));
    });

    it("has every frame of a client with every member of it, and no other", () => {
        const frames = contract.kinds("ClientFrame", "action");
        const subscribe = [...(frames["subscribe"] ?? []), ...contract.members("Position")].sort();
        assert.deepEqual(documented("action"), { ...frames, subscribe });
    });

    it("has every code of an error, and no other", () => {
        assert.deepEqual(firstCells(section(DOCS, "Errors")), [...ERROR_CODES].sort());
    });
});
