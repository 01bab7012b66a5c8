import type { Graph } from "./graph";

/** An IAM statement as the graph has it. */
export interface Statement {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Principal?: unknown;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The statements of the inline policy `<name>-policy`. */
export function statementsOf(graph: Graph, name: string): Statement[] {
    return parsePolicy(graph.one("aws:iam/rolePolicy:RolePolicy", `${name}-policy`).inputs["policy"]);
}

/** All statements of a graph: of roles, of who may assume them, and of queues; each with where it is. */
export function allStatements(graph: Graph): { readonly at: string; readonly statement: Statement }[] {
    return graph.resources.flatMap(({ name, inputs }) =>
        [inputs["policy"], inputs["assumeRolePolicy"]]
            .filter((policy) => policy !== undefined)
            .flatMap(parsePolicy)
            .map((statement) => ({ at: name, statement })),
    );
}

export function listOf(value: string | readonly string[] | undefined): readonly string[] {
    return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

function parsePolicy(policy: unknown): Statement[] {
    if (typeof policy !== "string") {
        throw new Error(`A policy is JSON text, not ${typeof policy}`);
    }
    return (JSON.parse(policy) as { Statement: Statement[] }).Statement;
}
