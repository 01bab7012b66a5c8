import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { bundleSource } from "../components/lambda/function-bundle";
import type { BenchOptions, Measurement } from "./result";
import { round } from "./result";
import { median } from "./statistics";

const ROOT = path.resolve(__dirname, "..");
const ENVIRONMENT = {
    AWS_REGION: "us-east-1",
    REGISTRY_TABLE: "registry",
    NAMESPACE_TABLE: "namespaces",
    DELIVERY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/0/deliveries",
    MAX_SUBSCRIPTIONS: "100",
    ISSUER: "https://login.example.com",
    AUDIENCE: "push",
    ALLOWED_ORIGINS: "*",
    TOKEN_IN_QUERY: "false",
};
/** What most people's connect function begins with. */
const PEER = `
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const management = new ApiGatewayManagementApiClient({ endpoint: "https://example.com" });
export const handler = async () => {
    await documents.send(new PutCommand({ TableName: "t", Item: {} }));
    await management.send(new PostToConnectionCommand({ ConnectionId: "c", Data: "d" }));
};
`;
/** Prints how long a bundle takes to load, alone. */
const LOADER = `
const start = process.hrtime.bigint();
require(process.argv[1]);
process.stdout.write(String(Number(process.hrtime.bigint() - start) / 1e6));
process.exit();
`;

/** How long the bundles of the functions in a client's way take to load in a process of their own. */
export async function measureLoading({ quick, progress }: BenchOptions): Promise<Measurement> {
    const folder = await mkdtemp(path.join(tmpdir(), "bench-"));
    try {
        const files = await writeBundles(folder);
        const processes = quick ? 5 : 25;
        progress(`${processes} processes for each of ${Object.keys(files).join(", ")}`);
        const times: Record<string, number[]> = { connect: [], authorize: [], sdk: [] };
        for (let turn = 0; turn < processes; turn++) {
            for (const [name, file] of Object.entries(files)) {
                times[name]?.push(await load(file));
            }
        }
        const of = (name: string): number => median(times[name] ?? []);
        const rows = await Promise.all(
            Object.entries(files).map(async ([name, file]) => [
                name === "sdk" ? "the two SDK clients, esbuild's defaults" : `${name}, as deployed`,
                Math.round((await stat(file)).size / 1_000),
                round(of(name)),
            ]),
        );
        return {
            name: "loading",
            title: "Loading a function's bundle in a new process",
            columns: ["bundle", "KB", "ms"],
            rows,
            targets: [
                { what: "connect over the SDK clients", value: of("connect") / of("sdk"), atMost: 0.65 },
                { what: "authorize over the SDK clients", value: of("authorize") / of("sdk"), atMost: 0.35 },
            ],
            notes: [
                `median of ${processes} interleaved processes each; the files are in the disk's cache`,
                "the two: lib-dynamodb and client-apigatewaymanagementapi, `esbuild --bundle --platform=node`",
            ],
        };
    } finally {
        await rm(folder, { recursive: true });
    }
}

async function writeBundles(folder: string): Promise<Readonly<Record<string, string>>> {
    const files: Record<string, string> = {};
    for (const name of ["connect", "authorize"]) {
        files[name] = path.join(folder, `${name}.js`);
        await writeFile(files[name], bundleSource(path.join(ROOT, "functions", name, "index.ts")).code);
    }
    files["sdk"] = path.join(folder, "sdk.js");
    await build({
        stdin: { contents: PEER, resolveDir: ROOT },
        outfile: files["sdk"],
        bundle: true,
        platform: "node",
        logLevel: "silent",
    });
    return files;
}

async function load(file: string): Promise<number> {
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", LOADER, file], {
        env: { ...ENVIRONMENT, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    return Number(stdout);
}
