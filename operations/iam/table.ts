import type { DescribedPermission } from "./describe";

export interface PermissionRow extends DescribedPermission {
    /** It can allow no call: `*` alone grants its action. */
    readonly grantsNothing: boolean;
    /** Calls that it allowed. */
    readonly used: number;
    /** Calls that would have been denied without it. */
    readonly needed: number;
}

export interface PermissionTable {
    readonly text: string;
    /** How many permissions no call needed. */
    readonly excess: number;
}

const HEADINGS = ["who", "may", "on", "if", "used"];

/** A line for each permission, those of one role or service together, and a verdict below. */
export function permissionTable(permissions: readonly PermissionRow[]): PermissionTable {
    const sorted = [...permissions].sort((left, right) => sortKey(left).localeCompare(sortKey(right), "en"));
    const cells = [HEADINGS, ...sorted.map(cellsOf)];
    const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
    const lines = cells.map((row) =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
    const [heading = "", ...rows] = lines;
    const excess = permissions.filter(({ needed }) => needed === 0).length;
    const rule = widths.map((width) => "-".repeat(width)).join("  ");
    return { text: [heading, rule, ...rows, "", verdict(permissions, excess)].join("\n"), excess };
}

function cellsOf(permission: PermissionRow, index: number, all: readonly PermissionRow[]): readonly string[] {
    const { who, action, resource, when, used } = permission;
    return [who === all[index - 1]?.who ? "" : who, action, resource, when, `${used}${mark(permission)}`];
}

function mark({ used, needed, grantsNothing }: PermissionRow): string {
    if (grantsNothing) {
        return "  GRANTS NOTHING: AWS grants this action on * alone";
    }
    if (needed > 0) {
        return "";
    }
    return used === 0 ? "  UNUSED" : "  NEEDLESS: others allow the same";
}

function sortKey({ who, resource, action }: PermissionRow): string {
    return [who, resource, action].join("\n");
}

function verdict(permissions: readonly PermissionRow[], excess: number): string {
    const holders = new Set(permissions.map(({ who }) => who)).size;
    return excess === 0
        ? `${permissions.length} permissions of ${holders} roles and services: each was needed by some call.`
        : `${excess} of ${permissions.length} permissions could be left out: no call needed them.`;
}
