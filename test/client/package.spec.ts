import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import * as ts from "typescript";

const run = promisify(execFile);
const CLIENT = resolve(__dirname, "../../client");
const COMPILER = require.resolve("typescript/bin/tsc");

describe("the client's package", () => {
    it("is under 7.5 KB for a page, minified and gzipped, with all that it needs", async () => {
        const { outputFiles } = await build({
            entryPoints: [join(CLIENT, "index.ts")],
            bundle: true,
            minify: true,
            format: "esm",
            target: "es2022",
            platform: "browser",
            write: false,
        });
        const [bundle] = outputFiles;
        assert.ok(bundle !== undefined);
        const bytes = gzipSync(bundle.contents, { level: 9 }).length;
        assert.ok(bytes < 7_680, `${bytes} bytes`);
    });

    describe("as it is published", () => {
        let directory: string;

        before(async function () {
            this.timeout(60_000);
            directory = await mkdtemp(join(tmpdir(), "push-client-"));
            const installed = join(directory, "node_modules/push-gateway-client");
            await mkdir(installed, { recursive: true });
            await run(process.execPath, [
                COMPILER,
                "-p",
                join(CLIENT, "tsconfig.build.json"),
                "--outDir",
                join(installed, "dist"),
            ]);
            const manifest = await readFile(join(CLIENT, "package.json"), "utf8");
            await writeFile(join(installed, "package.json"), manifest);
        });

        after(async () => {
            await rm(directory, { recursive: true, force: true });
        });

        it("is an ES module that Node loads as it is, and that exports two classes and a function", async () => {
            const program = 'import * as client from "push-gateway-client"; console.log(Object.keys(client).join());';
            await writeFile(join(directory, "program.mjs"), program);
            const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: directory });
            assert.equal(stdout.trim(), "PushClient,PushError,encodeSegment");
        });

        for (const resolution of ["Node10", "Node16", "NodeNext", "Bundler"] as const) {
            it(`is found by a program with \`moduleResolution: ${resolution}\``, () => {
                const { resolvedModule } = ts.resolveModuleName(
                    "push-gateway-client",
                    join(directory, "program.mts"),
                    { moduleResolution: ts.ModuleResolutionKind[resolution] },
                    ts.sys,
                    undefined,
                    undefined,
                    ts.ModuleKind.ESNext,
                );
                assert.match(resolvedModule?.resolvedFileName ?? "not found", /dist\/index\.d\.ts$/);
            });
        }

        it("has types for strict programs, with the browser's WebSocket and with that of ws", async function () {
            this.timeout(60_000);
            await symlink(resolve(__dirname, "../../node_modules/ws"), join(directory, "node_modules/ws"));
            await symlink(resolve(__dirname, "../../node_modules/@types"), join(directory, "node_modules/@types"));
            const program = [
                'import { PushClient, type Gap, type PushMessage } from "push-gateway-client";',
                'import { WebSocket as NodeWebSocket } from "ws";',
                "const storage = sessionStorage;",
                'new PushClient("wss://a", { token: async () => "jwt", storage, WebSocket });',
                'const client = new PushClient("wss://a", { WebSocket: NodeWebSocket });',
                'client.subscribe("a/b", { message: (m: PushMessage) => m.data, gap: (g: Gap) => g.reason });',
                "// @ts-expect-error: a channel is a string",
                "client.subscribe(1, () => undefined);",
            ];
            await writeFile(join(directory, "program.mts"), program.join("\n"));
            const strict = ["--strict", "--noEmit", "--skipLibCheck", "--lib", "es2022,dom", "--types", "node"];
            const esm = ["--module", "nodenext", "--target", "es2022"];
            await run(process.execPath, [COMPILER, ...strict, ...esm, "program.mts"], { cwd: directory }).catch(
                (error: unknown) => {
                    throw new Error(String((error as { stdout?: unknown }).stdout));
                },
            );
        });
    });
});
