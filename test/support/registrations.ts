import type { Created, Registration, ResourceBehaviours } from "../../local/resources/resource";

/** A resource as the local stack would hand it over. */
export function registration(type: string, name: string, inputs: Readonly<Record<string, unknown>> = {}): Registration {
    return { urn: `urn:pulumi:local::tested::${type}::${name}`, type, name, inputs };
}

/** Creates resources of the behaviours, as the local stack does. */
export function creator(behaviours: ResourceBehaviours) {
    return async (type: string, name: string, inputs: Readonly<Record<string, unknown>> = {}): Promise<Created> => {
        const behaviour = behaviours[type];
        if (behaviour === undefined) {
            throw new Error(`${type} is not served`);
        }
        return behaviour.create(registration(type, name, inputs));
    };
}

/** Changes a resource in place, which its behaviour must know how to do. */
export async function update(
    behaviours: ResourceBehaviours,
    changed: Registration,
    current: Created,
): Promise<Created> {
    const updated = behaviours[changed.type]?.update?.(changed, current);
    if (updated === undefined) {
        throw new Error(`${changed.type} cannot be updated in place`);
    }
    return updated;
}
