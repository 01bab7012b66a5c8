import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { bundleSource } from "../../../components/lambda/function-bundle";
import { ProgramError } from "../../../components/validation/program-error";

const FIXTURES = path.join(__dirname, "../fixtures");
const ENTRY = path.join(FIXTURES, "hello.ts");

describe("bundleSource", () => {
    let directory: string;

    before(async () => {
        directory = await realpath(await mkdtemp(path.join(tmpdir(), "bundle-")));
    });

    after(() => rm(directory, { recursive: true }));

    it("makes one file that exports the handler", async () => {
        const file = path.join(directory, "index.js");
        await writeFile(file, bundleSource(ENTRY));
        const { handler } = createRequire(__filename)(file) as { handler: () => Promise<string> };
        assert.equal(await handler(), "hello, world");
    });

    it("gives the same bytes for the same source", () => {
        assert.equal(bundleSource(ENTRY), bundleSource(ENTRY));
    });

    it("gives the same bytes whichever directory the program runs in", () => {
        const here = process.cwd();
        const expected = bundleSource(ENTRY);
        try {
            process.chdir(FIXTURES);
            assert.equal(bundleSource("hello.ts"), expected);
        } finally {
            process.chdir(here);
        }
    });

    it("gives the same bytes wherever the checkout is", async () => {
        const copy = path.join(directory, "elsewhere");
        await cp(FIXTURES, copy, { recursive: true });
        // Of the compiler's settings, whether the code is strict shows in the output.
        await cp(path.join(__dirname, "../../../tsconfig.json"), path.join(copy, "tsconfig.json"));
        assert.equal(bundleSource(path.join(copy, "hello.ts")), bundleSource(ENTRY));
    });

    it("gives other bytes for another source", async () => {
        const copy = path.join(directory, "changed");
        await cp(FIXTURES, copy, { recursive: true });
        await writeFile(path.join(copy, "greeting.ts"), 'export const greeting = "goodbye";\n');
        assert.notEqual(bundleSource(path.join(copy, "hello.ts")), bundleSource(ENTRY));
    });

    it("gives AWS clients the role's credentials from the environment, and no other providers", async () => {
        const source = bundleSource(path.join(FIXTURES, "aws-client.ts"));
        assert.doesNotMatch(source, /credential-provider-(sso|ini|process|imds)/);
        const file = path.join(directory, "aws-client.js");
        await writeFile(file, source);
        const load = `require(${JSON.stringify(file)}).handler().then((answer) => console.log(JSON.stringify(answer)))`;
        const run = async (env: Record<string, string>): Promise<unknown> => {
            const { stdout } = await promisify(execFile)(process.execPath, ["-e", load], { env });
            return JSON.parse(stdout);
        };
        const role = { AWS_ACCESS_KEY_ID: "ASIA1", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
        const { accessKeyId, secretAccessKey, sessionToken } = (await run(role)) as Record<string, string>;
        assert.deepEqual([accessKeyId, secretAccessKey, sessionToken], ["ASIA1", "secret", "token"]);
        await assert.rejects(run({}), /The environment has no AWS_ACCESS_KEY_ID/);
    });

    it("takes an imported page as its text", async () => {
        await writeFile(path.join(directory, "page.html"), "<h1>Grüße</h1>");
        await writeFile(
            path.join(directory, "page.ts"),
            'import page from "./page.html"; export const handler = () => page;',
        );
        assert.match(bundleSource(path.join(directory, "page.ts")), /<h1>Grüße<\/h1>/);
    });

    it("says in one error which function cannot be bundled, and why, line by line", async () => {
        const broken = path.join(directory, "broken.ts");
        await writeFile(
            broken,
            'import { a } from "./a";\nimport { b } from "./b";\nexport const handler = () => a(b);\n',
        );
        assert.throws(
            () => bundleSource(broken),
            (error) => {
                assert.ok(error instanceof ProgramError);
                assert.equal(
                    error.message,
                    `The function ${broken} cannot be bundled:\n` +
                        '  broken.ts:1:18: Could not resolve "./a"\n' +
                        '  broken.ts:2:18: Could not resolve "./b"',
                );
                return true;
            },
        );
    });
});
