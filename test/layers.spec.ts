import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "..");

/** A repository in which every layer keeps to itself. */
const ORDERLY: Readonly<Record<string, string>> = {
    "client/index.ts": "export const client = 1;",
    "components/index.ts": 'import { notify } from "../functions/notify"; export const component = notify;',
    "components/back.ts": "export {};",
    "components/circle.ts": 'import type * as back from "./back"; export type Circle = typeof back;',
    "contract/frames.ts": "export interface Frame { readonly type: string }",
    "functions/notify/index.ts":
        'import { SQS } from "@aws-sdk/client-sqs"; import "../transports/api-gateway/sender"; export const notify = SQS;',
    "functions/deliveries/delivery-queue.ts": 'import { SQS } from "@aws-sdk/client-sqs"; export const queue = SQS;',
    "functions/posting/attempt.ts": 'import type { Frame } from "../../contract/frames"; export type Attempt = Frame;',
    "functions/transports/api-gateway/sender.ts": "export const sender = 1;",
    "iam/index.ts": "export const evaluate = 1;",
    "local/cloud.ts": 'import { evaluate } from "../iam"; export const cloud = evaluate;',
    "simulation/world.ts": 'import { notify } from "../functions/notify"; export const world = notify;',
    "test/world.spec.ts": 'import { world } from "../simulation/world"; export const tested = world;',
};

/** A file of one line that breaks each rule. */
const PLANTED: Readonly<Record<string, readonly [file: string, line: string]>> = {
    "no-circles": ["components/back.ts", 'import type { Circle } from "./circle"; export type Back = Circle;'],
    "contract-imports-nothing": ["contract/planted.ts", 'import "../iam";'],
    "client-imports-nothing-of-ours": ["client/planted.ts", 'export type { Frame } from "../contract/frames";'],
    "product-imports-no-test": ["simulation/planted.ts", 'import "../test/support/fake";'],
    "logic-imports-no-sdk": ["functions/posting/sdk.ts", 'import "@aws-sdk/client-sqs";'],
    "functions-import-contract-alone": ["functions/posting/planted.ts", 'import "../../iam";'],
    "logic-knows-no-transport": ["functions/posting/gateway.ts", 'import "../transports/api-gateway/sender";'],
    "local-cloud-is-an-oracle": ["local/planted.ts", 'import "../functions/posting/attempt";'],
    "iam-imports-contract-alone": ["iam/planted.ts", 'import "../functions/posting/attempt";'],
};

interface Violation {
    readonly from: string;
    /** Of a circle, its files. */
    readonly cycle?: readonly { readonly name: string }[];
    readonly rule: { readonly name: string };
}

describe("The layers of the repository", () => {
    let folder: string;
    let kept: readonly Violation[];
    let broken: readonly Violation[];
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "layers-"));
        symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"), "dir");
        write("tsconfig.json", '{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node10" } }');
        write("test/support/fake.ts", "export const fake = 1;");
        Object.entries(ORDERLY).forEach(([file, text]) => {
            write(file, text);
        });
        kept = violations();
        Object.values(PLANTED).forEach(([file, line]) => {
            write(file, line);
        });
        broken = violations();
    });
    after(() => {
        rmSync(folder, { recursive: true });
    });

    const write = (file: string, text: string): void => {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        writeFileSync(path.join(folder, file), text);
    };

    const violations = (): readonly Violation[] => {
        const folders = ["client", "components", "contract", "functions", "iam", "local", "simulation", "test"];
        const config = path.join(ROOT, ".dependency-cruiser.cjs");
        const cruiser = path.join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
        const args = [cruiser, "--config", config, "--output-type", "json", ...folders];
        const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
        assert.equal(stderr, "");
        return (JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary.violations;
    };

    it("are kept by a tree in which each keeps to itself", () => {
        assert.deepEqual(kept, []);
    });

    for (const [name, [file, line]] of Object.entries(PLANTED)) {
        it(`are broken, by the rule ${name}, with \`${line}\` in ${file}`, () => {
            const found = broken
                .filter(({ from, cycle = [] }) => [from, ...cycle.map((one) => one.name)].includes(file))
                .map(({ rule }) => rule.name);
            assert.ok(found.includes(name), `the rules that it breaks: ${found.join(", ") || "none"}`);
        });
    }

    it("have a planted line for each rule", async () => {
        const { default: config } = (await import(path.join(ROOT, ".dependency-cruiser.cjs"))) as {
            default: { forbidden: readonly { name: string }[] };
        };
        assert.deepEqual(config.forbidden.map(({ name }) => name).sort(), Object.keys(PLANTED).sort());
    });
});
