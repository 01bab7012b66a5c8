import * as assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import * as path from "node:path";
import { codeSpans, page, pages, ROOT } from "./support/markdown";

const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["node_modules", "dist"].includes(entry.name))
    .map((entry) => entry.name);

/** Made by a command, so that a fresh checkout has none. */
const MADE = /^(\.local|dist|sdks)\//;

describe("paths in the documents", () => {
    for (const { file, text } of pages()) {
        it(`of ${file} exist`, () => {
            assert.deepEqual(
                pathsIn(text).filter((name) => !exists(file, name)),
                [],
            );
        });
    }

    it("are told from channels, packages and other code", () => {
        const text = "`functions/notify/`, `test/a.spec.ts`, `orders/42`, `@pulumi/aws`, `index.ts`, `a/b c`, `x.y`";
        assert.deepEqual(pathsIn(text), ["functions/notify/", "test/a.spec.ts", "index.ts"]);
    });

    it("may stand for several files", () => {
        assert.equal(exists("README.md", "Pulumi.{dev,prod}.yaml"), true);
        assert.equal(exists("README.md", "Pulumi.{dev,nowhere}.yaml"), false);
        assert.equal(exists("README.md", "docs/*.md"), true);
        assert.equal(exists("README.md", "docs/*.html"), false);
        assert.equal(exists("README.md", "functions/*/handler.ts"), true);
        assert.equal(exists("README.md", "functions/*/nothing.ts"), false);
    });
});

/** Code that begins with a folder of ours, or ends like a folder or file. */
function pathsIn(text: string): readonly string[] {
    return codeSpans(text).filter((code) => {
        if (!/^[\w./*{},-]+$/.test(code) || MADE.test(code) || !/[/.]/.test(code)) {
            return false;
        }
        const [first = ""] = code.split("/");
        return (code.includes("/") && FOLDERS.includes(first)) || /(\/|\.(ts|mts|mjs|json|ya?ml|html|md))$/.test(code);
    });
}

function exists(file: string, name: string): boolean {
    const folders = [ROOT, path.join(ROOT, path.dirname(file)), ...foldersNamedIn(page(file).text)];
    return expanded(name).every((each) => folders.some((folder) => existsIn(folder, each)));
}

/** A page that names a folder may name the files in it by themselves. */
function foldersNamedIn(text: string): readonly string[] {
    return codeSpans(text)
        .filter((code) => /^[\w./-]+\/$/.test(code))
        .map((folder) => path.join(ROOT, folder));
}

/** `*` stands for a name, or a part of one. */
function existsIn(folder: string, name: string): boolean {
    const [first = "", ...rest] = path.posix.normalize(name).split("/");
    if (!first.includes("*")) {
        const found = path.join(folder, first);
        return existsSync(found) && (rest.length === 0 || existsIn(found, rest.join("/")));
    }
    const parts = first.split("*").map((part) => part.replaceAll(".", "\\."));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    return readdirSync(folder).some(
        (entry) => pattern.test(entry) && (rest.length === 0 || existsIn(path.join(folder, entry), rest.join("/"))),
    );
}

function expanded(name: string): readonly string[] {
    const [, before = "", choices = "", after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(name) ?? [];
    return choices === "" ? [name] : choices.split(",").flatMap((choice) => expanded(`${before}${choice}${after}`));
}
