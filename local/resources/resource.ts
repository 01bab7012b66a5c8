/** A resource as a Pulumi program registers it: secrets unwrapped, outputs resolved, archives as files in memory. */
export interface Registration {
    readonly urn: string;
    /** The type token, for example `aws:dynamodb/table:Table`. */
    readonly type: string;
    /** The logical name in the program. */
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}

/** What AWS would answer: the physical id and the properties beyond the inputs (`arn`, `invokeArn`, …). */
export interface Created {
    readonly id: string;
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** How the local cloud serves one resource type, in the manner of a Pulumi provider. */
export interface ResourceBehaviour {
    /** True for a type that has no effect here. People are told of it once. */
    readonly inert?: true;
    create(registration: Registration): Promise<Created> | Created;
    /**
     * Puts changed inputs in service, keeping the id. Without it a change is a delete and a create. One that failed
     * half-way is called again with the same `current`.
     */
    update?(registration: Registration, current: Created): Promise<Created> | Created;
    /** Whether a change is one that `update` cannot make, so that it is a delete and a create after all. */
    replaces?(registration: Registration, current: Created): boolean;
    /** Called again where it failed. */
    delete(current: Created): Promise<void> | void;
}

/** Type token to behaviour. */
export type ResourceBehaviours = Readonly<Record<string, ResourceBehaviour>>;

/** An archive of the graph: path to content. */
export type ArchiveFiles = ReadonlyMap<string, Uint8Array>;
