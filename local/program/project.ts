import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** A Pulumi program on disk and the stack to run it as. */
export interface Project {
    readonly name: string;
    readonly stack: string;
    /** The folder that holds `Pulumi.yaml`. */
    readonly directory: string;
    /** Fully qualified configuration keys (`project:key`) and their values, as the engine hands them to a program. */
    readonly config: Readonly<Record<string, string>>;
}

/**
 * Reads `Pulumi.yaml` and `Pulumi.<stack>.yaml`. A value may name what only the running local cloud knows, such as
 * `${local.http}`; `placeholders` are those names and values.
 *
 * @throws Error that names the file, for one that is missing, is not YAML, holds an encrypted value (there is nothing
 *         to decrypt it with), or names an unknown placeholder.
 */
export function readProject(directory: string, stack: string, placeholders: Readonly<Record<string, string>>): Project {
    const projectFile = path.join(directory, "Pulumi.yaml");
    const name = members(readYaml(projectFile), projectFile)["name"];
    if (typeof name !== "string") {
        throw new Error(`${projectFile} has no project name: add a line such as \`name: my-project\``);
    }
    const stackFile = path.join(directory, `Pulumi.${stack}.yaml`);
    const values = members(members(readYaml(stackFile), stackFile)["config"] ?? {}, stackFile);
    const config: Record<string, string> = {};
    for (const [key, raw] of Object.entries(values)) {
        const qualified = key.includes(":") ? key : `${name}:${key}`;
        if (isEncrypted(raw)) {
            throw new Error(
                `${stackFile} encrypts \`${key}\`, which nothing can decrypt here: write a plain value for the local stack`,
            );
        }
        const value = substitute(raw, placeholders, `${stackFile}: \`${key}\``);
        config[qualified] = typeof value === "string" ? value : JSON.stringify(value);
    }
    return { name, stack, directory, config };
}

function readYaml(file: string): unknown {
    try {
        return parse(readFileSync(file, "utf8")) as unknown;
    } catch (cause) {
        throw new Error(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
}

function members(value: unknown, file: string): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new Error(`${file} does not hold a mapping where one is expected`);
    }
    return value as Readonly<Record<string, unknown>>;
}

function isEncrypted(value: unknown): boolean {
    return typeof value === "object" && value !== null && "secure" in value;
}

function substitute(value: unknown, placeholders: Readonly<Record<string, string>>, where: string): unknown {
    if (typeof value === "string") {
        return value.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
            const known = placeholders[name];
            if (known === undefined) {
                throw new Error(
                    `${where} names \${${name}}, but the local cloud knows only ${Object.keys(placeholders).join(", ")}`,
                );
            }
            return known;
        });
    }
    if (Array.isArray(value)) {
        return value.map((item) => substitute(item, placeholders, where));
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value).map(([key, item]) => [key, substitute(item, placeholders, where)]),
        );
    }
    return value;
}
