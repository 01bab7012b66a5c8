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
    /** What the program exports, once it has said so. */
    outputs: Readonly<Record<string, unknown>> = {};

    constructor(private readonly context: DeploymentContext) {}

    async register(request: RegistrationRequest): Promise<RegistrationResult> {
        const urn = this.claim(request);
        if (request.remote) {
            throw new Error(
                `${request.type} "${request.name}" is built by a provider plugin, which the local cloud does not run`,
            );
        }
        if (request.custom && !request.type.startsWith("pulumi:providers:")) {
            return (await this.context.graph.put(urn, request)).result;
        }
        const result = request.custom
            ? { urn, id: request.name, outputs: request.inputs }
            : { urn, id: "", outputs: {} };
        this.context.graph.keep({ urn, request, result });
        return result;
    }

    registerOutputs(urn: string, outputs: Readonly<Record<string, unknown>>): void {
        if (this.context.graph.find(urn)?.request.type === STACK_TYPE) {
            this.outputs = outputs;
        }
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
        const registration = { ...request, custom: true, remote: false, propertyDependencies: {}, protect: false };
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

    private claim({ parent, type, name }: Pick<RegistrationRequest, "parent" | "type" | "name">): string {
        const urn = createUrn(this.context.project, parent, type, name);
        if (this.seen.has(urn)) {
            throw new Error(`two resources have the same URN ${urn}: give one of them another name`);
        }
        this.seen.add(urn);
        return urn;
    }
}
