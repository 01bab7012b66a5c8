/** The types of what a resource is in, outermost first, and its own: `…:PushGateway$…$aws:iam/role:Role`. */
export function typeChain(urn: string): readonly string[] {
    return urn.split("::")[2]?.split("$") ?? [];
}

/** Whether the resource was made by a component of one of these types, at whatever depth. */
export function isWithin(urn: string, componentTypes: readonly string[]): boolean {
    return typeChain(urn)
        .slice(0, -1)
        .some((type) => componentTypes.includes(type));
}

/** The part of a URN that says which stack of which project it is. */
export function stackOf(urn: string): string {
    return urn.split("::").slice(0, 2).join("::");
}

/** `prod` of `urn:pulumi:prod::push-gateway::…`. */
export function stackName(urn: string): string {
    return urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "";
}

export function logicalName(urn: string): string {
    return urn.split("::").slice(3).join("::");
}
