import * as path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "./cloud/local-cloud";
import { onOrphaned } from "./cloud/orphan";
import { writeOutputs } from "./cloud/outputs";
import { watchSources } from "./cloud/watch";
import { policyReport } from "./push-gateway/policies";
import { PROGRAMS, SOURCES, SUMMARY } from "./push-gateway/push-gateway";
import { readyBlock } from "./push-gateway/ready";

const ROOT = path.resolve(__dirname, "..");

const USAGE = `${SUMMARY}

  npm start -- [--port N] [--aws-port N] [--watch] [--verbose]

  --port N       WebSocket gateway, Function URLs and token issuer (default 4510; 0 picks a free one)
  --aws-port N   endpoint for AWS SDKs and the AWS CLI (default 4566; 0 picks a free one)
  --watch        deploy again when a function or a component changes
  --verbose      print what the functions log

  LOCAL_DYNAMODB_ENDPOINT   uses the DynamoDB at this URL instead of the embedded one`;

interface Arguments {
    readonly port: number;
    readonly awsPort: number;
    readonly watch: boolean;
    readonly verbose: boolean;
}

async function main(): Promise<void> {
    const args = readArguments();
    if (args === undefined) {
        console.log(USAGE);
        return;
    }
    const started = performance.now();
    const ending = endingSignal();
    const print = (line: string): void => {
        console.log(line);
    };
    const cloud = await LocalCloud.start({
        root: ROOT,
        programs: PROGRAMS,
        port: args.port,
        awsPort: args.awsPort,
        report: print,
        log: args.verbose ? print : () => undefined,
        signal: ending,
        services: { dynamoDb: { endpoint: process.env["LOCAL_DYNAMODB_ENDPOINT"] } },
    });
    const stopWatching = args.watch
        ? await watchSources(ROOT, SOURCES, (file) => redeploy(cloud, file))
        : () => Promise.resolve();
    writeOutputs(ROOT, cloud.outputs);
    print(readyBlock(cloud.outputs, (performance.now() - started) / 1_000));
    await judge(cloud);
    await aborted(ending);
    await stopWatching();
    await cloud.close();
}

async function redeploy(cloud: LocalCloud, file: string): Promise<void> {
    const started = performance.now();
    try {
        await cloud.deploy();
        writeOutputs(ROOT, cloud.outputs);
        console.log(`${file} changed: deployed again (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
        await judge(cloud);
    } catch (error) {
        // A half-typed edit is no reason to end: what was in service stays, and the next save tries again.
        console.error(`${file} changed, but cannot be deployed: ${messageOf(error)}`);
    }
}

/** Says what a pull request would be told of the graphs. The cloud serves them all the same. */
async function judge(cloud: LocalCloud): Promise<void> {
    console.log(await policyReport(cloud.graph));
}

/** Aborts on Ctrl-C or a request to terminate; what is under way, even a program that is still loading, then ends. */
function endingSignal(): AbortSignal {
    const controller = new AbortController();
    const end = (): void => {
        controller.abort();
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
    // Whoever starts it without npm may well end before it.
    if (process.env["npm_lifecycle_event"] !== undefined) {
        onOrphaned(end);
    }
    return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        if (signal.aborted) {
            resolve();
        }
        signal.addEventListener("abort", () => {
            resolve();
        });
    });
}

function readArguments(): Arguments | undefined {
    const { values } = parseArgs({
        options: {
            port: { type: "string", default: "4510" },
            "aws-port": { type: "string", default: "4566" },
            watch: { type: "boolean", default: false },
            verbose: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) {
        return undefined;
    }
    return {
        port: portNumber("--port", values.port),
        awsPort: portNumber("--aws-port", values["aws-port"]),
        watch: values.watch,
        verbose: values.verbose,
    };
}

function portNumber(option: string, text: string): number {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535 || text.trim() === "") {
        throw new Error(`${option} takes a number from 0 to 65535, not "${text}"`);
    }
    return port;
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

main().then(
    () => process.exit(0),
    (error: unknown) => {
        if (error instanceof Error && error.name === "AbortError") {
            process.exit(0);
        }
        console.error(`npm start: ${messageOf(error)}`);
        process.exit(1);
    },
);
