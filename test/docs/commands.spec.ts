import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { codeSpans, fences, indentedCode, page, pages, ROOT } from "./support/markdown";

/** Commands of npm that are no script of ours. */
const NPM = new Set(["ci", "install", "i", "pack", "publish", "view"]);

/** A script's own options, by the file that says what they are. */
const OPTIONS: Readonly<Record<string, string>> = {
    start: "local/cli.ts",
    redrive: "operations/redrive.ts",
    bench: "bench/cli.ts",
};

describe("commands in the documents", () => {
    for (const { file, text } of pages()) {
        it(`of ${file} exist`, () => {
            const commands = commandsIn(text);
            const scripts = scriptsFor(file);
            const unknown = commands.flatMap((command) => problemOf(command, scripts) ?? []);
            assert.deepEqual(unknown, []);
        });
    }

    it("are found in blocks of both kinds and in the text", () => {
        const text =
            "`npm start` and\n\n    npm run iam\n\n```sh\n$ npx mocha a.ts  # one\nnpm ci && npm run x -- --y\n```\n";
        assert.deepEqual(commandsIn(text), [
            "npx mocha a.ts",
            "npm ci",
            "npm run x -- --y",
            "npm run iam",
            "npm start",
        ]);
    });

    it("are refused where no script has the name, no program the option, or no test the path", () => {
        const scripts = new Set(["start", "bench"]);
        assert.equal(problemOf("npm start -- --watch", scripts), undefined);
        assert.equal(problemOf("npm run wench", scripts), "npm run wench: there is no script wench");
        assert.equal(problemOf("npm start -- --wotch", scripts), "npm start -- --wotch: local/cli.ts knows no --wotch");
        assert.equal(problemOf("npx mocha test/x.spec.ts", scripts), "npx mocha test/x.spec.ts: no test/x.spec.ts");
    });
});

function commandsIn(text: string): readonly string[] {
    const lines = [...fences(text).map(({ code }) => code), indentedCode(text)].flatMap((code) => code.split("\n"));
    return [...lines, ...codeSpans(text)]
        .flatMap((line) => line.replace(/\s+#.*$/, "").split("&&"))
        .map((command) => command.trim().replace(/^\$ /, ""))
        .filter((command) => /^(npm|npx mocha) /.test(command));
}

/** Those of the package that a document belongs to. */
function scriptsFor(file: string): ReadonlySet<string> {
    const own = path.join(ROOT, path.dirname(file), "package.json");
    const packages = [path.join(ROOT, "package.json"), ...(existsSync(own) ? [own] : [])];
    return new Set(
        packages.flatMap((name) => {
            const { scripts = {} } = JSON.parse(readFileSync(name, "utf8")) as { scripts?: object };
            return Object.keys(scripts);
        }),
    );
}

function problemOf(command: string, scripts: ReadonlySet<string>): string | undefined {
    const [runner, ...words] = command.split(/\s+/);
    if (runner === "npx") {
        const missing = words.find((word) => word.startsWith("test/") && !existsSync(path.join(ROOT, word)));
        return missing === undefined ? undefined : `${command}: no ${missing}`;
    }
    const script = words[0] === "run" ? words.find((word, index) => index > 0 && !word.startsWith("-")) : words[0];
    if (script === undefined || (words[0] !== "run" && NPM.has(script))) {
        return undefined;
    }
    if (!scripts.has(script)) {
        return `${command}: there is no script ${script}`;
    }
    const program = OPTIONS[script];
    const usage = program === undefined ? "" : page(program).text;
    const option = words.map((word) => /--[a-z-]+/.exec(word)?.[0]).find((word) => word && !usage.includes(word));
    return program === undefined || option === undefined ? undefined : `${command}: ${program} knows no ${option}`;
}
