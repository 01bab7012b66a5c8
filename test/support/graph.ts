import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";
import { mockOutputs } from "./mock-outputs";
import { holdsSecret, plainValue } from "./plain-value";

/** One resource as the program registered it. */
export interface GraphResource {
    readonly type: string;
    readonly name: string;
    /** Logical name of the parent; empty at the top level. */
    readonly parent: string;
    /** False for components. */
    readonly custom: boolean;
    /** Secrets unwrapped, archives as a map of file to text, unknown values of a preview as `"<unknown>"`. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Inputs that hold a secret, and are encrypted in the state. */
    readonly secretInputs: readonly string[];
    /** Logical names of what it explicitly depends on, or takes outputs from. */
    readonly dependencies: readonly string[];
    readonly protect: boolean;
    /** Names of the outputs that a component registers. */
    readonly outputs: readonly string[];
}

export interface GraphOptions {
    /** Defaults to `push-gateway`. */
    readonly project?: string;
    /** Defaults to `test`. */
    readonly stack?: string;
    /** Runs the program as a preview: outputs of resources are unknown. */
    readonly preview?: boolean;
    /** Configuration by full key, `push-gateway:issuer`. */
    readonly config?: Readonly<Record<string, string>>;
    /** What each referenced stack has for outputs; a `pulumi.secret` among them is secret there. */
    readonly stackOutputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a program registered, by type and name. */
export class Graph {
    constructor(readonly resources: readonly GraphResource[]) {}

    /** Type, name and parent of each resource, in order of type and name: the identity that a rename would change. */
    get identities(): string[] {
        return this.resources.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort();
    }

    /** The one resource of that type and name. */
    one(type: string, name: string): GraphResource {
        const found = this.resources.filter((resource) => resource.type === type && resource.name === name);
        const [resource] = found;
        if (resource === undefined || found.length > 1) {
            const names = this.resources
                .filter((candidate) => candidate.type === type)
                .map((candidate) => candidate.name);
            throw new Error(
                `The graph has ${found.length} ${type} "${name}"; of that type there are: ${names.join(", ")}`,
            );
        }
        return resource;
    }

    ofType(type: string): GraphResource[] {
        return this.resources.filter((resource) => resource.type === type);
    }
}

/**
 * Runs `program` under Pulumi's mocks and returns the graph it registers, once every registration is done.
 *
 * What this does not prove: that AWS accepts any of it. The mocks take every input, make up the outputs
 * (`mock-outputs.ts`), and know neither the provider's schema nor replacement, deletion or real URNs. The local cloud
 * runs the same programs through the SDK's own `cmd/run`; only AWS itself knows what AWS says.
 *
 * @throws Error when the program fails, or registers a type that `mock-outputs.ts` does not know
 */
export async function recordGraph(program: () => unknown, options: GraphOptions = {}): Promise<Graph> {
    const { graph, errors } = await run(program, options);
    if (errors.length > 0) {
        throw new Error(errors.join("\n"));
    }
    return graph;
}

/** The messages with which a program fails, each once, and what it had registered by then. */
export async function recordFailure(
    program: () => unknown,
    options: GraphOptions = {},
): Promise<{ errors: string[]; graph: Graph }> {
    const { graph, errors } = await run(program, options);
    if (errors.length === 0) {
        throw new Error("The program was expected to fail");
    }
    return { errors, graph };
}

async function run(program: () => unknown, options: GraphOptions): Promise<{ graph: Graph; errors: string[] }> {
    const resources: GraphResource[] = [];
    const errors = new Set<string>();
    pulumi.runtime.setAllConfig({ ...options.config });
    await pulumi.runtime.setMocks(
        { newResource: mockResource(resources, options, errors), call: rejectInvoke },
        options.project ?? "push-gateway",
        options.stack ?? "test",
        options.preview ?? false,
    );
    const details = recordDetails();
    await collectingRejections(errors, async () => {
        try {
            await program();
        } catch (error) {
            errors.add(messageOf(error));
        }
        const drained = pulumi.runtime.disconnect().then(() => true);
        await Promise.race([drained, quietAfterFailure(errors, resources, drained)]);
    });
    return {
        graph: new Graph(
            resources.map((resource) => ({ ...resource, ...details.get(`${resource.type} ${resource.name}`) })),
        ),
        errors: [...errors],
    };
}

function mockResource(
    resources: GraphResource[],
    options: GraphOptions,
    errors: Set<string>,
): (args: pulumi.runtime.MockResourceArgs) => Promise<pulumi.runtime.MockResourceResult> {
    return async (args) => {
        const inputs = (await plainValue(args.inputs)) as Record<string, unknown>;
        const { type, name, custom = true } = args;
        const secretInputs = Object.entries(args.inputs as object)
            .filter(([, value]) => holdsSecret(value))
            .map(([key]) => key);
        resources.push({
            type,
            name,
            custom,
            inputs,
            secretInputs,
            parent: "",
            dependencies: [],
            protect: false,
            outputs: [],
        });
        if (type === "pulumi:pulumi:StackReference") {
            const stack = String(inputs["name"]);
            if (stack === "<unknown>") {
                return { id: undefined, state: {} };
            }
            const outputs = options.stackOutputs?.[stack] ?? {};
            return { id: stack, state: { name: stack, outputs, secretOutputNames: await secretNames(outputs) } };
        }
        const outputs = mockOutputs(type, name, inputs);
        if (outputs === undefined) {
            errors.add(`The mocks do not know ${type} ("${name}"): add what AWS would answer to mock-outputs.ts`);
        }
        return options.preview === true
            ? { id: undefined, state: args.inputs as Record<string, unknown> }
            : { id: custom ? `${name}-id` : undefined, state: { ...(args.inputs as object), ...outputs } };
    };
}

/** The names of a stack's outputs that are secret, as the engine tells them. */
async function secretNames(outputs: Readonly<Record<string, unknown>>): Promise<string[]> {
    const secret = Object.entries(outputs).map(async ([name, value]) =>
        pulumi.Output.isInstance(value) && (await pulumi.isSecret(value)) ? [name] : [],
    );
    return (await Promise.all(secret)).flat();
}

/** Ours derive everything from resources; an invoke would lose the provider that a user gave. */
function rejectInvoke({ token }: pulumi.runtime.MockCallArgs): never {
    const details = `The program invokes ${token}, which no test expects`;
    throw Object.assign(new Error(details), { details });
}

type Details = Pick<GraphResource, "parent" | "dependencies" | "protect" | "outputs">;

/** What a request carries beside the inputs. Mocks are not told of it, so this listens in on their monitor. */
function recordDetails(): ReadonlyMap<string, Details> {
    const details = new Map<string, Details>();
    const record = (request: ResourceRequest, protect: boolean): void => {
        details.set(`${request.getType()} ${request.getName()}`, {
            parent: nameOf(request.getParent()),
            dependencies: [...new Set(request.getDependenciesList().map(nameOf))].sort(),
            protect,
            outputs: [],
        });
    };
    const monitor = getMonitor() as unknown as MockMonitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = async (request: ResourceRequest & { getProtect(): boolean | undefined }, callback) => {
        record(request, request.getProtect() ?? false);
        await register(request, callback);
    };
    const read = monitor.readResource.bind(monitor);
    monitor.readResource = async (request: ResourceRequest, callback) => {
        record(request, false);
        await read(request, callback);
    };
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (request: OutputsRequest, callback) => {
        const key = `${typeOf(request.getUrn())} ${nameOf(request.getUrn())}`;
        const known = details.get(key);
        if (known !== undefined) {
            details.set(key, { ...known, outputs: Object.keys(request.getOutputs()?.toJavaScript() ?? {}).sort() });
        }
        registerOutputs(request, callback);
    };
    return details;
}

interface OutputsRequest {
    getUrn(): string;
    getOutputs(): { toJavaScript(): object } | undefined;
}

interface ResourceRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
}

/** `urn:pulumi:stack::project::parent:type$own:type::name` */
function typeOf(urn: string): string {
    return urn.split("::").at(-2)?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? "";
}

/** A failed registration rejects every output that came of it, most of them with nobody to notice. */
async function collectingRejections(errors: Set<string>, action: () => Promise<void>): Promise<void> {
    const listeners = process.listeners("unhandledRejection");
    const collect = (error: unknown): void => {
        errors.add(messageOf(error));
    };
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", collect);
    try {
        await action();
        // Rejections are reported after the microtasks in which they happen.
        await new Promise((resolve) => setImmediate(resolve));
    } finally {
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) {
            process.on("unhandledRejection", listener);
        }
    }
}

/**
 * A resource that waits for one whose registration failed waits for ever, and so does `disconnect`; a real program just
 * ends, since nothing keeps its process alive. So after a failure it suffices that nothing more happens.
 */
async function quietAfterFailure(
    errors: ReadonlySet<string>,
    resources: readonly GraphResource[],
    drained: Promise<boolean>,
): Promise<void> {
    const QUIET_TURNS = 100;
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
        const turn = new Promise<boolean>((resolve) => setImmediate(resolve, false));
        if (await Promise.race([drained, turn])) {
            return;
        }
        if (errors.size === 0 || seen !== errors.size + resources.length) {
            seen = errors.size + resources.length;
            quiet = 0;
        }
    }
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
