import * as pulumi from "@pulumi/pulumi";
import type { Report } from "../../contract/values";
import type { ArgumentKind } from "./argument-kinds";
import { checkArgument } from "./argument-kinds";
import { InputProblems } from "./input-problems";

/** One argument of a component: what it may be, and what it is where it is not given. */
export interface Argument {
    readonly kind: ArgumentKind;
    readonly required?: boolean;
    readonly preset?: unknown;
}

export type ArgumentTable<Args> = { readonly [Name in keyof Required<Args>]: Argument };

/** Adds what is wrong with those values that are known now. */
export function addProblems(
    table: Readonly<Record<string, Argument>>,
    args: object,
    problems: Pick<InputProblems, "add">,
): void {
    const values: Readonly<Record<string, unknown>> = { ...args };
    for (const [name, { kind, required }] of Object.entries(table)) {
        const value = values[name];
        if (value !== undefined) {
            const report: Report = (reason, path = "") => {
                problems.add(`${name}${path}`, reason);
            };
            checkArgument(kind, value, report, isLater);
        } else if (required === true) {
            problems.add(name, "is missing");
        }
    }
}

/**
 * The arguments, of which each value that is known later is checked then, in the value that is passed on.
 *
 * @param component what cannot be created with a wrong one, for example `PushGateway "push"`
 */
export function checkedArguments<Args extends object>(
    component: string,
    table: Readonly<Record<string, Argument>>,
    args: Args,
): Args {
    const checked = Object.entries({ ...args }).map(([name, value]: [string, unknown]) => {
        const argument = Object.entries(table).find(([key]) => key === name)?.[1];
        return [name, argument === undefined ? value : checkedValue(component, name, argument.kind, value)];
    });
    // The same members, of the same types.
    return Object.fromEntries(checked) as Args;
}

/** A value whose parts are known later as one that is known later as a whole; any other as it is. */
export function checkedValue(component: string, path: string, kind: ArgumentKind, value: unknown): unknown {
    if (kind.type === "record" && isPlainObject(value)) {
        const fields = { ...kind.optional, ...kind.required };
        return Object.fromEntries(
            Object.entries(value).map(([name, member]: [string, unknown]) => {
                const field = fields[name];
                return [name, field === undefined ? member : checkedValue(component, `${path}.${name}`, field, member)];
            }),
        );
    }
    if (!isLater(value) && !(Array.isArray(value) && value.some(isLater))) {
        return value;
    }
    return pulumi.all([value as pulumi.Input<object>]).apply(([known]) => {
        const problems = new InputProblems(component);
        checkArgument(kind, known, (reason, part = "") => {
            problems.add(`${path}${part}`, reason);
        });
        problems.throwLater();
        return known;
    });
}

export function isLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function isPlainObject(value: unknown): value is object {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !isLater(value);
}
