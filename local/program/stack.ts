import { isDeepStrictEqual } from "node:util";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../resources/resource";
import type { Engine, RegistrationRequest, RegistrationResult } from "./monitor";
import type { Project } from "./project";
import { runProgram } from "./run-program";
import { answerInvoke } from "./invokes";

/** A resource of a deployed stack. */
export interface StackResource {
    readonly urn: string;
    readonly request: RegistrationRequest;
    readonly result: RegistrationResult;
}

export interface StackDependencies {
    readonly behaviours: ResourceBehaviours;
    /**
     * The outputs of another stack by its full name (`organization/project/stack`), for `StackReference`. May wait for
     * that stack's deployment, so that programs can load side by side.
     */
    readonly referenced: (name: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
    readonly log: (severity: "info" | "warning", message: string) => void;
}

const STACK_TYPE = "pulumi:pulumi:Stack";
const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";

/**
 * A stack of the local cloud: runs its program and keeps what the program registered in service. Deploying again
 * applies the difference, as `pulumi up` does: unchanged resources are left alone, what is gone is deleted.
 */
export class LocalStack {
    private readonly resources = new Map<string, StackResource>();
    private stackOutputs: Readonly<Record<string, unknown>> = {};

    constructor(private readonly dependencies: StackDependencies) {}

    get outputs(): Readonly<Record<string, unknown>> {
        return this.stackOutputs;
    }

    /** The graph in the order of registration. */
    get graph(): readonly StackResource[] {
        return [...this.resources.values()];
    }

    /**
     * Runs the program and puts its graph in service.
     *
     * @throws ProgramError when the program fails; what an earlier deployment had put in service stays.
     */
    async deploy(project: Project, signal?: AbortSignal): Promise<void> {
        const seen = new Set<string>();
        await runProgram(project, this.engine(project, seen), signal);
        await this.remove([...this.resources.keys()].filter((urn) => !seen.has(urn)));
    }

    /** Deletes every resource, dependents first. */
    async destroy(): Promise<void> {
        await this.remove([...this.resources.keys()]);
    }

    private engine(project: Project, seen: Set<string>): Engine {
        return {
            register: async (request) => {
                const urn = createUrn(project, request.parent, request.type, request.name);
                if (seen.has(urn)) {
                    throw new Error(`two resources have the same URN ${urn}: give one of them another name`);
                }
                seen.add(urn);
                const result = await this.putInService(urn, request);
                this.resources.set(urn, { urn, request, result });
                return result;
            },
            registerOutputs: (urn, outputs) => {
                if (this.resources.get(urn)?.request.type === STACK_TYPE) {
                    this.stackOutputs = outputs;
                }
            },
            read: async (type, name, id, inputs) => {
                const urn = createUrn(project, "", type, name);
                return { urn, id, outputs: await this.readExisting(type, name, id, inputs) };
            },
            invoke: answerInvoke,
            log: (severity, message) => {
                // Errors end the deployment and are reported there, once.
                if (severity === "info" || severity === "warning") {
                    this.dependencies.log(severity, message);
                }
            },
        };
    }

    private async putInService(urn: string, request: RegistrationRequest): Promise<RegistrationResult> {
        if (request.remote) {
            throw new Error(`${describe(request)} is built by a provider plugin, which the local cloud does not run`);
        }
        if (!request.custom) {
            return { urn, id: "", outputs: {} };
        }
        if (request.type.startsWith("pulumi:providers:")) {
            return { urn, id: request.name, outputs: request.inputs };
        }
        const behaviour = this.behaviourOf(request);
        const existing = this.resources.get(urn);
        const created = await apply(behaviour, { urn, ...request }, existing);
        return { urn, id: created.id, outputs: { ...request.inputs, ...created.outputs } };
    }

    private behaviourOf(request: RegistrationRequest): ResourceBehaviour {
        const behaviour = this.dependencies.behaviours[request.type];
        if (behaviour === undefined) {
            throw new Error(
                `${describe(request)} is of a type that the local cloud does not serve; it serves ` +
                    Object.keys(this.dependencies.behaviours).sort().join(", "),
            );
        }
        return behaviour;
    }

    private async readExisting(
        type: string,
        name: string,
        id: string,
        inputs: Readonly<Record<string, unknown>>,
    ): Promise<Readonly<Record<string, unknown>>> {
        if (type !== STACK_REFERENCE_TYPE) {
            throw new Error(
                `${type} "${name}" reads an existing resource (${id}), and the local cloud has no resources but its stacks'`,
            );
        }
        const outputs = await this.dependencies.referenced(id);
        if (outputs === undefined) {
            throw new Error(`the stack "${id}", which "${name}" refers to, is not deployed in the local cloud`);
        }
        return { ...inputs, name: id, outputs, secretOutputNames: [] };
    }

    private async remove(urns: readonly string[]): Promise<void> {
        for (const urn of [...urns].reverse()) {
            const resource = this.resources.get(urn);
            if (resource !== undefined) {
                await this.dependencies.behaviours[resource.request.type]?.delete(resource.result);
                this.resources.delete(urn);
            }
        }
    }
}

async function apply(
    behaviour: ResourceBehaviour,
    registration: Registration,
    existing: StackResource | undefined,
): Promise<Created> {
    if (existing === undefined) {
        return behaviour.create(registration);
    }
    if (isDeepStrictEqual(existing.request.inputs, registration.inputs)) {
        return existing.result;
    }
    if (behaviour.update !== undefined) {
        return behaviour.update(registration, existing.result);
    }
    await behaviour.delete(existing.result);
    return behaviour.create(registration);
}

/** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
function createUrn(project: Project, parent: string, type: string, name: string): string {
    const parentType = parent.split("::")[2];
    const qualified = parentType === undefined || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${project.stack}::${project.name}::${qualified}::${name}`;
}

function describe(request: RegistrationRequest): string {
    return `${request.type} "${request.name}"`;
}
