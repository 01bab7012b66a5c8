import { isDeepStrictEqual } from "node:util";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../resources/resource";
import type { RegistrationRequest, RegistrationResult } from "./monitor";

/** A resource of a deployed stack. */
export interface StackResource {
    readonly urn: string;
    readonly request: RegistrationRequest;
    readonly result: RegistrationResult;
}

/**
 * What one stack has in service. It says so truly also after a change that failed half-way: what was deleted is
 * forgotten at once, and what may be half-changed counts as changed until a later deployment has put it in service.
 */
export class Graph {
    private readonly resources = new Map<string, StackResource>();
    /** URNs of resources to put in service again, even if the program asks for what it asked for before. */
    private readonly unsettled = new Set<string>();
    /** By the URN of a `StackReference`, how much the other stack had deleted when it was read last. */
    private readonly readings = new Map<string, number>();
    private deletions = 0;

    constructor(private readonly behaviours: ResourceBehaviours) {}

    /** In the order in which the program registered them last. */
    get all(): readonly StackResource[] {
        return [...this.resources.values()];
    }

    /** How many resources were deleted so far. What another stack built on one of them may have gone with it. */
    get deleted(): number {
        return this.deletions;
    }

    find(urn: string): StackResource | undefined {
        return this.resources.get(urn);
    }

    /** Notes a resource that is in service as it stands, such as a component. */
    keep(resource: StackResource): void {
        // A resource that the program registers again takes its new place in the order.
        this.resources.delete(resource.urn);
        this.resources.set(resource.urn, resource);
    }

    /** Gives a component the outputs that it registered. It keeps its place in the order. */
    complete(urn: string, outputs: Readonly<Record<string, unknown>>): void {
        const resource = this.resources.get(urn);
        if (resource !== undefined) {
            this.resources.set(urn, { ...resource, result: { ...resource.result, outputs } });
        }
    }

    /** Puts a resource in service, or the change of one that is. */
    async put(urn: string, request: RegistrationRequest): Promise<StackResource> {
        const behaviour = this.behaviourOf(request);
        const created = await this.apply(behaviour, { urn, ...request });
        this.unsettled.delete(urn);
        const result = { urn, id: created.id, outputs: { ...request.inputs, ...created.outputs } };
        const resource = { urn, request, result };
        this.keep(resource);
        return resource;
    }

    /** Notes the reading of another stack, which has deleted so many resources up to now. */
    refer(reference: StackResource, deleted: number): void {
        if (this.readings.get(reference.urn) !== deleted) {
            this.unsettleDependents(reference.urn);
        }
        this.readings.set(reference.urn, deleted);
        this.keep(reference);
    }

    /** Deletes every resource but these, dependents first. */
    async removeAllBut(urns: ReadonlySet<string>): Promise<void> {
        const gone = this.all.filter(({ urn }) => !urns.has(urn));
        for (const resource of gone.reverse()) {
            await this.remove(resource);
        }
    }

    /** Has everything that was made of this resource put in service again when it is next registered. */
    private unsettleDependents(urn: string): void {
        for (const { urn: dependent, request } of this.resources.values()) {
            if (request.dependencies.includes(urn)) {
                this.unsettled.add(dependent);
            }
        }
    }

    private async apply(behaviour: ResourceBehaviour, registration: Registration): Promise<Created> {
        const existing = this.resources.get(registration.urn);
        if (existing === undefined) {
            return behaviour.create(registration);
        }
        const changed = !isDeepStrictEqual(existing.request.inputs, registration.inputs);
        if (!changed && !this.unsettled.has(registration.urn)) {
            return existing.result;
        }
        if (behaviour.update !== undefined && behaviour.replaces?.(registration, existing.result) !== true) {
            this.unsettled.add(registration.urn);
            return behaviour.update(registration, existing.result);
        }
        await this.remove(existing);
        return behaviour.create(registration);
    }

    private async remove({ urn, request, result }: StackResource): Promise<void> {
        this.unsettled.add(urn);
        await this.behaviours[request.type]?.delete(result);
        this.unsettled.delete(urn);
        this.resources.delete(urn);
        // Its successor may have the same id, so that nothing else tells those that were made of it.
        this.unsettleDependents(urn);
        this.deletions += request.custom ? 1 : 0;
    }

    private behaviourOf(request: RegistrationRequest): ResourceBehaviour {
        const behaviour = this.behaviours[request.type];
        if (behaviour === undefined) {
            throw new Error(
                `${request.type} "${request.name}" is of a type that the local cloud does not serve; it serves ` +
                    Object.keys(this.behaviours).sort().join(", "),
            );
        }
        return behaviour;
    }
}
