import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const DOCS = readFileSync(path.join(ROOT, "docs/security-tests.md"), "utf8");

/** `test/path.spec.ts`: *sentence*, *sentence* */
const REFERENCE = /`(test\/[\w/.-]+\.ts)`:\s+(\*[^*]+\*(?:,\s+\*[^*]+\*)*)/g;

interface Reference {
    readonly file: string;
    readonly sentence: string;
}

/** All sentences that the page takes for a proof, without the line breaks that the page puts into them. */
function references(): readonly Reference[] {
    return [...DOCS.matchAll(REFERENCE)].flatMap(([, file = "", list = ""]) =>
        [...list.matchAll(/\*([^*]+)\*/g)].map(([, sentence = ""]) => ({
            file,
            sentence: sentence.replace(/\s+/g, " "),
        })),
    );
}

/** The titles in a file; what is filled in when it runs may be anything. */
function titlesIn(file: string): readonly RegExp[] {
    const source = readFileSync(path.join(ROOT, file), "utf8");
    return [...source.matchAll(/\b(?:it|describe)\(\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g)].map(
        ([, quoted = ""]) => {
            const parts = quoted
                .slice(1, -1)
                .replace(/\\(.)/g, "$1")
                .split(/\$\{[^}]*\}/);
            return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
        },
    );
}

describe("docs/security-tests.md", () => {
    it("names no test that does not exist", () => {
        const missing = references().filter(
            ({ file, sentence }) => !titlesIn(file).some((title) => title.test(sentence)),
        );
        assert.ok(references().length >= 50, `${references().length} sentences are read`);
        assert.deepEqual(missing, []);
    });

    it("has no path of a test that it does not name a sentence of", () => {
        const paths = new Set([...DOCS.matchAll(/`(test\/[\w/.-]+\.ts)`/g)].map(([, file]) => file));
        const named = new Set(references().map(({ file }) => file));
        assert.deepEqual(
            [...paths].filter((file) => !named.has(file ?? "")),
            [],
        );
    });

    it("names every test of this folder and of the fuzz tests", () => {
        for (const folder of ["test/security", "test/fuzz"]) {
            for (const file of readdirSync(path.join(ROOT, folder)).filter((name) => /\.(spec|fuzz)\.ts$/.test(name))) {
                assert.ok(DOCS.includes(`\`${folder}/${file}\``), `${folder}/${file}`);
            }
        }
    });
});
