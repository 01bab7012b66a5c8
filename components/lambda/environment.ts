import * as pulumi from "@pulumi/pulumi";
import type { SettingTable } from "../../functions/runtime/settings";
import { settingText } from "../../functions/runtime/settings";

type Given<Type> = [Type] extends [readonly (infer Item)[]] ? pulumi.Input<pulumi.Input<Item>[]> : pulumi.Input<Type>;

/** A value for each setting of a function that Lambda does not set itself. One with a default may be `undefined`. */
export type GivenSettings<Table> = {
    readonly [
        Name in keyof Table as Table[Name] extends { readonly presence: "lambda" } ? never : Name
    ]: Table[Name] extends { convert(given: infer Type): unknown; readonly presence: infer Present }
        ? Given<Type> | MayBeLeftOut<Present>
        : never;
};

type MayBeLeftOut<Present> = Present extends "optional" ? undefined : never;

/**
 * The environment by which a function reads these settings. Every setting must be named, those with a default too: a
 * variable that the component forgets, or that the function does not know, does not compile.
 */
export function environmentOf<Table extends SettingTable>(
    table: Table,
    given: GivenSettings<Table>,
): Record<string, pulumi.Input<string>> {
    const values: Readonly<Record<string, unknown>> = given;
    const environment: Record<string, pulumi.Input<string>> = {};
    for (const [name, { variable, preset }] of Object.entries(table)) {
        const value = values[name] ?? preset;
        if (value !== undefined) {
            environment[variable] = typeof value === "string" ? value : pulumi.output(value).apply(settingText);
        }
    }
    return environment;
}
