import { defaultProvider, PROVIDER_PREFIX, providerId } from "./default-providers";
import type { Graph } from "./graph";
import { answerInvoke } from "./invokes";
import type { Engine, ReadRequest, RegistrationRequest, RegistrationResult } from "./monitor";
import type { Project } from "./project";
import { createUrn, STACK_TYPE } from "./urn";

/** What one stack reads of another. */
export interface ReferencedStack {
    readonly outputs: Readonly<Record<string, unknown>>;
    /** How many of its resources were deleted so far. */
    readonly deleted: number;
}

/**
 * Another stack by its full name (`organization/project/stack`), for `StackReference`. May wait for that stack's
 * deployment, so that programs can load side by side.
 */
export type FindStack = (name: string) => Promise<ReferencedStack | undefined>;

export interface DeploymentContext {
    readonly project: Project;
    readonly graph: Graph;
    /** Of this deployment: what it waits for is not an earlier deployment of the other stack. */
    readonly findStack: FindStack;
    readonly log: (severity: "info" | "warning", message: string) => void;
}

const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";

/** One run of a program, in the place of the Pulumi engine. Nothing of it outlives the run but what it put in the graph. */
export class Deployment implements Engine {
    /** URNs of what the program registered in this run. */
    readonly seen = new Set<string>();
    private stack: { readonly urn: string; readonly outputs: Readonly<Record<string, unknown>> } = {
        urn: "",
        outputs: {},
    };

    constructor(private readonly context: DeploymentContext) {}

    async register(request: RegistrationRequest): Promise<RegistrationResult> {
        const { graph } = this.context;
        const urn = this.claim(request);
        if (request.remote) {
            throw new Error(
                `${request.type} "${request.name}" is built by a provider plugin, which the local cloud does not run`,
            );
        }
        if (!request.custom) {
            // Until the component registers its outputs anew, those of the last time stand.
            const result = { urn, id: "", outputs: graph.find(urn)?.result.outputs ?? {} };
            graph.keep({ urn, request, result });
            return { ...result, outputs: {} };
        }
        if (request.type.startsWith(PROVIDER_PREFIX)) {
            const result = { urn, id: providerId(urn), outputs: request.inputs };
            graph.keep({ urn, request, result });
            return result;
        }
        return (await graph.put(urn, { ...request, provider: this.providerOf(request) })).result;
    }

    registerOutputs(urn: string, outputs: Readonly<Record<string, unknown>>): void {
        const resource = this.context.graph.find(urn);
        if (resource === undefined) {
            throw new Error(`outputs are registered for ${urn}, which the program has not registered`);
        }
        if (resource.request.type === STACK_TYPE) {
            this.stack = { urn, outputs };
        } else {
            this.context.graph.complete(urn, outputs);
        }
    }

    /** For a program that succeeded: what it exports counts from now on. One that fails registers what it came to. */
    commit(): Readonly<Record<string, unknown>> {
        const { urn, outputs } = this.stack;
        this.context.graph.complete(urn, outputs);
        return outputs;
    }

    async read(request: ReadRequest): Promise<RegistrationResult> {
        const { type, name, id, parent, inputs } = request;
        if (type !== STACK_REFERENCE_TYPE) {
            throw new Error(
                `${type} "${name}" reads an existing resource (${id}), and the local cloud has no resources but its stacks'`,
            );
        }
        const stack = await this.context.findStack(id);
        if (stack === undefined) {
            throw new Error(`the stack "${id}", which "${name}" refers to, is not deployed in the local cloud`);
        }
        const urn = this.claim({ parent, type, name });
        const result = { urn, id, outputs: { ...inputs, name: id, outputs: stack.outputs, secretOutputNames: [] } };
        const registration: RegistrationRequest = {
            ...request,
            provider: this.providerOf(request),
            custom: true,
            remote: false,
            propertyDependencies: {},
            protect: false,
        };
        this.context.graph.refer({ urn, request: registration, result }, stack.deleted);
        return result;
    }

    readonly invoke = answerInvoke;

    log(severity: "debug" | "info" | "warning" | "error", message: string): void {
        // Errors end the deployment and are reported there, once.
        if (severity === "info" || severity === "warning") {
            this.context.log(severity, message);
        }
    }

    /** `<urn>::<id>` of the provider that serves it: the one that the program names, else its package's default. */
    private providerOf(request: Pick<RegistrationRequest, "type" | "provider" | "version">): string {
        if (request.provider !== "") {
            return request.provider;
        }
        const provider = defaultProvider(this.context.project, request);
        if (!this.seen.has(provider.urn)) {
            this.seen.add(provider.urn);
            this.context.graph.keep(provider);
        }
        return `${provider.urn}::${provider.result.id}`;
    }

    private claim({ parent, type, name }: Pick<RegistrationRequest, "parent" | "type" | "name">): string {
        const urn = createUrn(this.context.project, parent, type, name);
        if (this.seen.has(urn)) {
            throw new Error(`two resources have the same URN ${urn}: give one of them another name`);
        }
        this.seen.add(urn);
        return urn;
    }
}
