import { createRequire } from "node:module";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readProject } from "../../../local/program/project";
import type { RecordedResource } from "./recorded-stack";
import { recordStack } from "./recorded-stack";

const ROOT = path.join(__dirname, "../../..");
const EXAMPLE = path.join(ROOT, "examples/orders-service");

/** Stands in for what only the running local cloud knows. */
const LOCAL = {
    "local.issuer": "http://127.0.0.1:4510/_issuer",
    "local.http": "http://127.0.0.1:4510",
    "local.httpLocalhost": "http://localhost:4510",
    "local.tokenUrl": "http://127.0.0.1:4510/_issuer/token",
    "local.webhookSecret": "hush",
};

export const ENVIRONMENTS = ["dev", "staging", "prod", "local"] as const;

export interface StackOptions {
    readonly preview?: boolean;
    readonly config?: Readonly<Record<string, string>>;
}

/** Each program is run once for all specs: they change copies of what it registers. */
const recorded = new Map<string, Promise<readonly RecordedResource[]>>();

function once(
    key: readonly unknown[],
    record: () => Promise<readonly RecordedResource[]>,
): Promise<readonly RecordedResource[]> {
    const name = JSON.stringify(key);
    const stack = recorded.get(name) ?? record();
    recorded.set(name, stack);
    return stack;
}

/** The platform stack, with the configuration that the repository has for that environment. */
export function platformStack(
    environment: (typeof ENVIRONMENTS)[number],
    options: StackOptions = {},
): Promise<readonly RecordedResource[]> {
    return once([environment, options], () => recordPlatform(environment, options));
}

/** The example's stack, over the outputs that the platform stack really has. */
export function exampleStack(options: Pick<StackOptions, "preview"> = {}): Promise<readonly RecordedResource[]> {
    return once(["example", options], () => recordExample(options));
}

async function recordPlatform(
    environment: (typeof ENVIRONMENTS)[number],
    { preview, config }: StackOptions,
): Promise<readonly RecordedResource[]> {
    const project = readProject(ROOT, environment, LOCAL);
    return recordStack(() => load(path.join(ROOT, "index.ts")), {
        project: project.name,
        stack: environment,
        preview,
        config: { ...project.config, ...config },
    });
}

async function recordExample({ preview }: StackOptions): Promise<readonly RecordedResource[]> {
    const stackOutputs = await platformOutputs();
    const project = readProject(EXAMPLE, "dev", LOCAL);
    return recordStack(() => (load(path.join(EXAMPLE, "index.ts")) as () => Promise<unknown>)(), {
        project: project.name,
        stack: "dev",
        preview,
        config: { ...project.config, "orders-service:webhookSecret": "hush" },
        stackOutputs: { "organization/push-gateway/dev": stackOutputs },
    });
}

let outputs: Promise<Readonly<Record<string, unknown>>> | undefined;

/** The outputs that the platform stack really has. */
export function platformOutputs(): Promise<Readonly<Record<string, unknown>>> {
    outputs ??= readPlatformOutputs();
    return outputs;
}

async function readPlatformOutputs(): Promise<Readonly<Record<string, unknown>>> {
    const project = readProject(ROOT, "dev", LOCAL);
    let outputs: Readonly<Record<string, unknown>> = {};
    await recordStack(
        async () => {
            const exported = load(path.join(ROOT, "index.ts")) as Record<string, unknown>;
            outputs = await new Promise((resolve) => {
                pulumi.output(exported).apply((values) => {
                    resolve(values);
                });
            });
        },
        { project: project.name, stack: "dev", config: project.config },
    );
    return outputs;
}

/** Runs the program anew, as `pulumi up` does. */
function load(entry: string): unknown {
    const require = createRequire(__filename);
    Reflect.deleteProperty(require.cache, require.resolve(entry));
    return require(entry) as unknown;
}
