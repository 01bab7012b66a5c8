import type { ResourceBehaviours } from "../resources/resource";
import type { FindStack } from "./deployment";
import { Deployment } from "./deployment";
import type { StackResource } from "./graph";
import { Graph } from "./graph";
import type { Project } from "./project";
import { runProgram } from "./run-program";

export interface StackDependencies {
    readonly behaviours: ResourceBehaviours;
    readonly log: (severity: "info" | "warning", message: string) => void;
}

/**
 * A stack of the local cloud: runs its program and keeps what the program registered in service. Deploying again
 * applies the difference, as `pulumi up` does: unchanged resources are left alone, what is gone is deleted.
 */
export class LocalStack {
    private readonly resources: Graph;
    private stackOutputs: Readonly<Record<string, unknown>> = {};

    constructor(private readonly dependencies: StackDependencies) {
        this.resources = new Graph(dependencies.behaviours);
    }

    /** Of the last deployment whose program succeeded. */
    get outputs(): Readonly<Record<string, unknown>> {
        return this.stackOutputs;
    }

    /** How many resources were deleted so far. */
    get deleted(): number {
        return this.resources.deleted;
    }

    /** The graph in the order of registration. */
    get graph(): readonly StackResource[] {
        return this.resources.all;
    }

    /**
     * Runs the program and puts its graph in service.
     *
     * @throws ProgramError when the program fails; what an earlier deployment had put in service stays.
     */
    async deploy(project: Project, findStack: FindStack, signal?: AbortSignal): Promise<void> {
        const deployment = new Deployment({ ...this.dependencies, project, graph: this.resources, findStack });
        await runProgram(project, deployment, signal);
        this.stackOutputs = deployment.commit();
        await this.resources.removeAllBut(deployment.seen);
    }

    /** Deletes every resource, dependents first. */
    async destroy(): Promise<void> {
        await this.resources.removeAllBut(new Set());
    }
}
