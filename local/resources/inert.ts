import type { ResourceBehaviour } from "./resource";

/** A type that is accepted, with the outputs that programs refer to, and without effect. */
export function inert(create: ResourceBehaviour["create"]): ResourceBehaviour {
    return { inert: true, create, update: create, delete: () => undefined };
}
