import type { Kind, ScalarKind } from "../../contract/values";
import { ANY_URL, BOOLEAN, check, listOf, TEXT, wholeNumber } from "../../contract/values";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether whoever deploys the function must give the setting, or may, or cannot, since Lambda itself sets it. */
export type Presence = "required" | "optional" | "lambda";

/** One setting of a function, and the variable that it travels in. Who deploys gives a `Given`, the function has a `Read`. */
export interface Setting<Given, Present extends Presence, Read = Given> {
    readonly variable: string;
    readonly kind: Kind;
    readonly presence: Present;
    /** What it is where nobody gives it. */
    readonly preset?: Given | undefined;
    convert(given: Given): Read;
}

/** All settings of a function, by the names that it uses. */
export type SettingTable = Readonly<Record<string, AnySetting>>;

interface AnySetting extends Omit<Setting<never, Presence, unknown>, "preset"> {
    readonly preset?: unknown;
}

/** The settings as the function has them. */
export type SettingsOf<Table> = {
    readonly [Name in keyof Table]: Table[Name] extends { convert(given: never): infer Read } ? Read : never;
};

/** Thrown at cold start, with everything that is wrong with the function's environment. */
export class EnvironmentError extends Error {
    override readonly name = "EnvironmentError";
    readonly code = "invalid_environment";

    constructor(readonly problems: readonly string[]) {
        super(`The function's environment is not usable: ${problems.join("; ")}`);
    }
}

/** Reads all settings before it throws, so that one look at the log shows all that is wrong. */
export function readSettings<Table extends SettingTable>(environment: Environment, table: Table): SettingsOf<Table> {
    const problems: string[] = [];
    const settings = Object.entries(table).map(([name, setting]) => {
        return [name, readSetting(environment, setting, problems)] as const;
    });
    if (problems.length > 0) {
        throw new EnvironmentError(problems);
    }
    // Complete, and each as its setting says.
    return Object.fromEntries(settings) as SettingsOf<Table>;
}

/** What a variable holds for a value of its setting. */
export function settingText(value: unknown): string {
    return Array.isArray(value) ? value.join(",") : String(value);
}

export function text(variable: string, kind: ScalarKind = TEXT): Setting<string, "required"> {
    return { variable, kind, presence: "required", convert: (given) => given };
}

export function url(variable: string): Setting<string, "required", URL> {
    return { variable, kind: ANY_URL, presence: "required", convert: (given) => new URL(given) };
}

/** Separated by commas; blanks around the items and empty items do not count. */
export function list(variable: string, kind: Kind = listOf(TEXT)): Setting<readonly string[], "required"> {
    return { variable, kind, presence: "required", convert: (given) => given };
}

export function integer(variable: string, least: number, most: number): Setting<number, "required"> {
    return { variable, kind: wholeNumber(least, most), presence: "required", convert: (given) => given };
}

export function boolean(variable: string): Setting<boolean, "required"> {
    return { variable, kind: BOOLEAN, presence: "required", convert: (given) => given };
}

/** A setting that need not be given, and then is `preset`. */
export function withDefault<Given, Read>(
    setting: Setting<Given, "required", Read>,
    preset: Given,
): Setting<Given, "optional", Read> & { readonly preset: Given } {
    return { ...setting, presence: "optional", preset };
}

/** A setting that need not be given, and then is not there. */
export function optional<Given>(setting: Setting<Given, "required">): Setting<Given, "optional", Given | undefined> {
    return { ...setting, presence: "optional" };
}

/**
 * A variable that Lambda itself sets.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function fromLambda(variable: "AWS_REGION" | "AWS_LAMBDA_FUNCTION_NAME"): Setting<string, "lambda"> {
    return { ...text(variable), presence: "lambda" };
}

function readSetting(environment: Environment, setting: AnySetting, problems: string[]): unknown {
    const { variable, kind, presence, preset } = setting;
    const found = environment[variable] ?? "";
    if (found === "" && preset !== undefined) {
        return setting.convert(preset as never);
    }
    if (found === "") {
        if (presence !== "optional") {
            problems.push(`${variable} is not set`);
        }
        return undefined;
    }
    const before = problems.length;
    const value = parse(kind, found);
    check(kind, value, (reason, path = "") => problems.push(`${variable}${path} ${reason}`));
    return problems.length === before ? setting.convert(value as never) : undefined;
}

/** The value that the text stands for; the text itself where it stands for none, for the check to refuse. */
function parse(kind: Kind, found: string): unknown {
    switch (kind.type) {
        case "list":
            return found
                .split(",")
                .map((item) => item.trim())
                .filter((item) => item !== "");
        case "number":
            return found.trim() === "" || Number.isNaN(Number(found)) ? found : Number(found);
        case "boolean":
            return found === "true" ? true : found === "false" ? false : found;
        case "text":
            return found;
    }
}
