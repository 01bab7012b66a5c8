import type { Condition } from "../../iam";
import type { Permission } from "../../local/access/permissions";
import type { StackResource } from "../../local/program/graph";

/** A permission as people read it, with the names that resources have in the programs. */
export interface DescribedPermission {
    /** The role or the AWS service that may; `*` for anybody. */
    readonly who: string;
    readonly action: string;
    readonly resource: string;
    /** Its conditions; empty where it has none. */
    readonly when: string;
}

/** From the beginning of an ARN to what stands for it: `sqs:push-delivery-dead-letters`. Longer beginnings first. */
export type LogicalNames = readonly (readonly [arn: string, name: string])[];

/** The names of a graph. */
export function logicalNames(graph: readonly StackResource[]): LogicalNames {
    return graph
        .flatMap(({ request, result: { outputs } }) => [
            ...named(outputs["arn"], request.name),
            ...named(outputs["executionArn"], request.name),
            ...named(outputs["streamArn"], `${request.name} stream`),
        ])
        .sort(([left], [right]) => right.length - left.length);
}

function named(arn: unknown, name: string): LogicalNames {
    return typeof arn === "string" && arn !== "" ? [[arn, `${arn.split(":")[2] ?? ""}:${name}`]] : [];
}

export function describePermission(permission: Permission, names: LogicalNames): DescribedPermission {
    const { holder, principal, action, resource, conditions } = permission;
    return {
        who: principal ?? readable(holder, names),
        action,
        // A trust policy has no resource: it is about the role that has it.
        resource: readable(resource === "*" && principal !== undefined ? holder : resource, names),
        when: conditions.map((condition) => describeCondition(condition, names)).join(", "),
    };
}

function describeCondition({ qualifier, operator, ifExists, key, values }: Condition, names: LogicalNames): string {
    const test = `${qualifier === undefined ? "" : `${qualifier}:`}${operator}${ifExists ? "IfExists" : ""}`;
    return `${key} ${test} ${values.map((value) => readable(value, names)).join(" | ")}`;
}

function readable(pattern: string, names: LogicalNames): string {
    const [arn, name] = names.find(([known]) => pattern.startsWith(known)) ?? ["", ""];
    return `${name}${pattern.slice(arn.length)}`;
}
