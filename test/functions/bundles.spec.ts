import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { bundleOptions } from "../../components/lambda/function-bundle";

const ROOT = path.resolve(__dirname, "../..");

const REGISTRY = { REGISTRY_TABLE: "registry" };
const NAMESPACES = { NAMESPACE_TABLE: "namespaces" };
const MESSAGE_LOG = { MESSAGE_LOG_TABLE: "message-log" };
const CALLBACK = { MANAGEMENT_ENDPOINT: "https://abc123.execute-api.us-east-1.amazonaws.com/v1" };

const DELIVERIES = { DELIVERY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/0/deliveries" };

const FAN_OUT = {
    ...DELIVERIES,
    DEAD_LETTER_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/0/dead-letters",
    AWS_LAMBDA_FUNCTION_NAME: "push-notify",
};

interface Expectation {
    readonly environment: Readonly<Record<string, string>>;
    /** Packages whose code the bundle needs, and those that must not get into it. */
    readonly has: readonly string[];
    readonly hasNot: readonly string[];
    readonly maxKilobytes: number;
}

const FUNCTIONS: Readonly<Record<string, Expectation>> = {
    authorize: {
        environment: {
            ISSUER: "https://login.example.com",
            AUDIENCE: "push",
            ALLOWED_ORIGINS: "*",
        },
        has: ["aws-jwt-verify"],
        hasNot: ["@aws-sdk/", "@smithy/", "undici"],
        maxKilobytes: 66,
    },
    connect: {
        environment: { ...REGISTRY, ...NAMESPACES, ...DELIVERIES },
        has: ["@aws-sdk/lib-dynamodb", "@aws-sdk/client-sqs"],
        hasNot: ["@aws-sdk/client-apigatewaymanagementapi", "undici", "aws-jwt-verify"],
        maxKilobytes: 750,
    },
    disconnect: {
        environment: REGISTRY,
        has: ["@aws-sdk/lib-dynamodb"],
        hasNot: ["@aws-sdk/client-apigatewaymanagementapi", "@aws-sdk/client-sqs", "undici", "aws-jwt-verify"],
        maxKilobytes: 600,
    },
    message: {
        environment: {
            ...REGISTRY,
            ...NAMESPACES,
            ...MESSAGE_LOG,
            ...DELIVERIES,
            ...CALLBACK,
        },
        has: ["@aws-sdk/lib-dynamodb", "@aws-sdk/client-sqs", "undici"],
        hasNot: ["@aws-sdk/client-apigatewaymanagementapi", "aws-jwt-verify"],
        maxKilobytes: 1_300,
    },
    notify: {
        environment: {
            ...REGISTRY,
            ...NAMESPACES,
            ...MESSAGE_LOG,
            ...CALLBACK,
            ...FAN_OUT,
        },
        has: ["@aws-sdk/lib-dynamodb", "@aws-sdk/client-sqs", "undici"],
        hasNot: ["@aws-sdk/client-apigatewaymanagementapi", "aws-jwt-verify"],
        maxKilobytes: 1_300,
    },
    deliver: {
        environment: { ...REGISTRY, ...MESSAGE_LOG, ...CALLBACK, ...FAN_OUT },
        has: ["@aws-sdk/lib-dynamodb", "@aws-sdk/client-sqs", "undici"],
        hasNot: ["@aws-sdk/client-apigatewaymanagementapi", "aws-jwt-verify"],
        maxKilobytes: 1_300,
    },
};

/** As functions are bundled for Lambda, and loaded there: on their own, with nothing but their environment. */
describe("The bundle of", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "bundles-"));
    });
    after(() => rm(folder, { recursive: true }));

    for (const [name, { environment, has, hasNot, maxKilobytes }] of Object.entries(FUNCTIONS)) {
        describe(name, () => {
            let outfile: string;
            let packages: ReadonlySet<string>;
            let bytes: number;
            before(async () => {
                outfile = path.join(folder, name, "index.js");
                const { metafile } = await build({
                    ...bundleOptions(path.join(ROOT, "functions", name, "index.ts")),
                    outfile,
                    metafile: true,
                });
                const [output] = Object.values(metafile.outputs);
                assert.ok(output !== undefined);
                packages = new Set(Object.keys(output.inputs).map(packageOf));
                bytes = output.bytes;
            });

            it("loads in a process of its own, and has a handler", async () => {
                assert.equal(await load(outfile, { AWS_REGION: "us-east-1", ...environment }), "function");
            });

            it("names every variable that is missing", async () => {
                await assert.rejects(load(outfile, {}), (error: Error) => {
                    for (const variable of Object.keys(environment)) {
                        assert.match(error.message, new RegExp(`${variable} is not set`));
                    }
                    return true;
                });
            });

            it("contains what it needs, and is small", () => {
                const contains = (wanted: string): boolean =>
                    [...packages].some((one) => one === wanted || (wanted.endsWith("/") && one.startsWith(wanted)));
                assert.deepEqual(
                    has.filter((wanted) => !contains(wanted)),
                    [],
                );
                assert.deepEqual(hasNot.filter(contains), []);
                assert.ok(bytes < maxKilobytes * 1_000, `${bytes} bytes`);
            });
        });
    }
});

function packageOf(file: string): string {
    return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "";
}

async function load(file: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const script = `process.stdout.write(typeof require(${JSON.stringify(file)}).handler)`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { env: environment });
    return stdout;
}
