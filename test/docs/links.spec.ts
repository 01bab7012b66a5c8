import * as assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import * as path from "node:path";
import { anchorsOf, linkTargets, page, pages, ROOT } from "./support/markdown";

describe("links between the documents", () => {
    for (const { file, text } of pages()) {
        it(`of ${file} lead to a file, and to a heading in it`, () => {
            const problems = linkTargets(text).flatMap((target) => problemOf(file, target) ?? []);
            assert.deepEqual(problems, []);
        });
    }

    it("are found, and so are headings", () => {
        assert.deepEqual(linkTargets("[a](b.md), `[no](code)`\n```\n[no](fence)\n```\n[c](#d-e)"), ["b.md", "#d-e"]);
        assert.deepEqual(
            [...anchorsOf("# One & `two`\n## A [link](x.md)?\n## A link\n```sh\n# no heading\n```")],
            ["one--two", "a-link", "a-link-1"],
        );
    });
});

function problemOf(file: string, target: string): string | undefined {
    if (/^[a-z]+:/.test(target)) {
        return undefined;
    }
    const [name = "", anchor] = target.split("#");
    const found = name === "" ? file : path.posix.join(path.posix.dirname(file), name);
    if (!existsSync(path.join(ROOT, found))) {
        return `${target}: there is no ${found}`;
    }
    if (anchor === undefined || !statSync(path.join(ROOT, found)).isFile()) {
        return undefined;
    }
    return anchorsOf(page(found).text).has(anchor) ? undefined : `${target}: ${found} has no such heading`;
}
