import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
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
        await writeFile(file, bundleSource(ENTRY).code);
        const { handler } = createRequire(__filename)(file) as { handler: () => Promise<string> };
        assert.equal(await handler(), "hello, world");
    });

    it("gives the same bytes for the same source", () => {
        assert.deepEqual(bundleSource(ENTRY), bundleSource(ENTRY));
    });

    it("gives the same bytes whichever directory the program runs in", () => {
        const here = process.cwd();
        const expected = bundleSource(ENTRY);
        try {
            process.chdir(FIXTURES);
            assert.deepEqual(bundleSource("hello.ts"), expected);
        } finally {
            process.chdir(here);
        }
    });

    it("gives the same bytes wherever the checkout is", async () => {
        const copy = path.join(directory, "elsewhere");
        await cp(FIXTURES, copy, { recursive: true });
        // Of the compiler's settings, whether the code is strict shows in the output.
        await cp(path.join(__dirname, "../../../tsconfig.json"), path.join(copy, "tsconfig.json"));
        assert.equal(bundleSource(path.join(copy, "hello.ts")).code, bundleSource(ENTRY).code);
    });

    it("gives other bytes for another source", async () => {
        const copy = path.join(directory, "changed");
        await cp(FIXTURES, copy, { recursive: true });
        await writeFile(path.join(copy, "greeting.ts"), 'export const greeting = "goodbye";\n');
        assert.notEqual(bundleSource(path.join(copy, "hello.ts")).code, bundleSource(ENTRY).code);
    });

    it("gives AWS clients the role's credentials from the environment, and no other providers", async () => {
        const source = bundleSource(path.join(FIXTURES, "aws-client.ts")).code;
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
        assert.match(bundleSource(path.join(directory, "page.ts")).code, /<h1>Grüße<\/h1>/);
    });

    describe("gives stacks that name lines of the source", () => {
        const SOURCE = [
            'import { createHash } from "node:crypto";',
            "interface Order { readonly id: string }",
            "const fail = (order: Order): never => {",
            "    throw new TypeError(`No price for ${order.id}`);",
            "};",
            'export const handler = (): never => fail({ id: createHash("sha1").digest("hex").slice(0, 0) + "42" });',
            "",
        ].join("\n");
        let folder: string;
        let file: string;
        before(async () => {
            folder = path.join(directory, "shop");
            const entry = path.join(folder, "functions/price/index.ts");
            await mkdir(path.dirname(entry), { recursive: true });
            await writeFile(path.join(folder, "package.json"), "{}");
            await writeFile(entry, SOURCE);
            const { code, map } = bundleSource(entry);
            await mkdir(path.join(folder, "deployed"));
            file = path.join(folder, "deployed/index.js");
            await writeFile(file, code);
            await writeFile(`${file}.map`, map);
        });

        const stackOf = async (what: string): Promise<string> => {
            const script = `try { require(${JSON.stringify(file)}).handler() } catch (error) { console.log(${what}) }`;
            const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
            return stdout;
        };

        it("by the path in their package, wherever they run", async () => {
            const [first, second, third] = (await stackOf("error.stack")).split("\n");
            assert.equal(first, "TypeError: No price for 42");
            assert.match(second ?? "", /^ {4}at fail \(functions\/price\/index\.ts:4:11\)$/);
            assert.match(third ?? "", /functions\/price\/index\.ts:6:\d+/);
        });

        it("and with the bundle's own where the map is missing", async () => {
            await rename(`${file}.map`, `${file}.gone`);
            try {
                assert.match(
                    await stackOf("error.stack"),
                    /^TypeError: No price for 42\n {4}at fail \(.*index\.js:\d+:\d+\)/,
                );
            } finally {
                await rename(`${file}.gone`, `${file}.map`);
            }
        });

        it("for which a start reads no map", async () => {
            await writeFile(`${file}.map`, "not JSON");
            const script = `require(${JSON.stringify(file)}); console.log("loaded")`;
            const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
            assert.equal(stdout, "loaded\n");
        });
    });

    it("maps its own sources alone, not those of packages", () => {
        const { map } = bundleSource(path.join(FIXTURES, "aws-client.ts"));
        const { sources } = JSON.parse(map) as { sources: string[] };
        assert.deepEqual(sources.sort(), [
            "components/lambda/lambda-credentials.ts",
            "test/components/fixtures/aws-client.ts",
        ]);
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
