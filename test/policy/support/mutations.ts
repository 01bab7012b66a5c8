import type { RecordedResource, WireProperties } from "./recorded-stack";

export type Stack = readonly RecordedResource[];
type Change = (properties: WireProperties) => WireProperties;

/** The one resource of that type (its last part) and logical name. */
export function one(stack: Stack, type: string, name: string): RecordedResource {
    const found = stack.filter((resource) => resource.type.endsWith(`:${type}`) && resource.name === name);
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
        throw new Error(`The stack has ${found.length} ${type} "${name}"`);
    }
    return resource;
}

/** The stack with other properties of one resource, before and after its creation. */
export function changed(stack: Stack, type: string, name: string, change: Change): Stack {
    const target = one(stack, type, name);
    return stack.map((resource) =>
        resource === target
            ? { ...resource, inputs: change(resource.inputs), outputs: change(resource.outputs) }
            : resource,
    );
}

/** The stack with some properties of one resource set; `undefined` takes one away. */
export function changedTo(stack: Stack, type: string, name: string, properties: WireProperties): Stack {
    return changed(stack, type, name, (current) => ({ ...current, ...properties }));
}

/** The stack without one resource. */
export function without(stack: Stack, type: string, name: string): Stack {
    const target = one(stack, type, name);
    return stack.filter((resource) => resource !== target);
}

/** The stack with one more resource, at the top level or in a component. */
export function withResource(
    stack: Stack,
    type: string,
    name: string,
    properties: WireProperties,
    parent?: RecordedResource,
): Stack {
    const [prefix = ""] = stack.map(({ urn }) => urn.split("::").slice(0, 2).join("::"));
    const within = parent === undefined ? "" : `${parent.urn.split("::")[2] ?? ""}$`;
    return [
        ...stack,
        {
            urn: `${prefix}::${within}${type}::${name}`,
            type,
            name,
            parent: parent?.urn ?? "",
            protect: false,
            dependencies: [],
            propertyDependencies: {},
            inputs: properties,
            outputs: { id: `${name}-id`, ...properties },
        },
    ];
}

interface WireStatement {
    readonly Effect?: string;
    readonly Action?: unknown;
    readonly NotAction?: unknown;
    readonly Resource?: unknown;
    readonly NotResource?: unknown;
    readonly Condition?: unknown;
}

/** A policy's text as an object, to be changed. */
export function parsed(policy: unknown): { readonly Version: string; readonly Statement: readonly WireStatement[] } {
    return JSON.parse(String(policy)) as { Version: string; Statement: WireStatement[] };
}

/** The stack with one more statement in a role's inline policy. */
export function withStatement(stack: Stack, policyName: string, statement: WireStatement): Stack {
    return changed(stack, "RolePolicy", policyName, (properties) => {
        const document = parsed(properties["policy"]);
        const Statement = [...document.Statement, { Effect: "Allow", ...statement }];
        return { ...properties, policy: JSON.stringify({ ...document, Statement }) };
    });
}

/** The stack with each statement of a policy that allows the action changed. */
export function withStatementOf(
    stack: Stack,
    policyName: string,
    action: string,
    change: (statement: WireStatement) => WireStatement,
): Stack {
    return changed(stack, "RolePolicy", policyName, (properties) => {
        const document = parsed(properties["policy"]);
        let found = 0;
        const Statement = document.Statement.map((statement) => {
            if (![statement.Action].flat().includes(action)) {
                return statement;
            }
            found += 1;
            return change(statement);
        });
        if (found === 0) {
            throw new Error(`${policyName} does not allow ${action}`);
        }
        return { ...properties, policy: JSON.stringify({ ...document, Statement }) };
    });
}
