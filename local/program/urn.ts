import type { Project } from "./project";

export const STACK_TYPE = "pulumi:pulumi:Stack";

/** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
export function createUrn(project: Project, parent: string, type: string, name: string): string {
    const parentType = parent.split("::")[2];
    const qualified = parentType === undefined || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${project.stack}::${project.name}::${qualified}::${name}`;
}
