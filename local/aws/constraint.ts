/** AWS's text for a member of a request that breaks a constraint of the API's model. */
export function constraintText(value: string, member: string, constraint: string): string {
    return `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`;
}

export const NOT_NULL = "Member must not be null";
