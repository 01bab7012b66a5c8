import type { Registration } from "./resource";

/** The inputs of one resource, read with errors that name the resource, the input and what it may be. */
export class Inputs {
    constructor(private readonly registration: Registration) {}

    string(name: string): string {
        const value = this.optionalString(name);
        if (value === undefined) {
            throw this.error(`\`${name}\` is missing`);
        }
        return value;
    }

    optionalString(name: string): string | undefined {
        return this.#optional(name, "a string", (value) => typeof value === "string");
    }

    optionalNumber(name: string): number | undefined {
        return this.#optional(name, "a number", (value) => typeof value === "number");
    }

    flag(name: string): boolean {
        return this.#optional(name, "true or false", (value) => typeof value === "boolean") ?? false;
    }

    /** One of a few words; `fallback` where the input is absent. */
    choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
        const value = this.optionalString(name) ?? fallback;
        const chosen = choices.find((choice) => choice === value);
        if (chosen === undefined) {
            const given = value === undefined ? "missing" : `"${value}"`;
            throw this.error(`\`${name}\` is ${given}; the local cloud serves ${choices.join(", ")}`);
        }
        return chosen;
    }

    strings(name: string): readonly string[] {
        const isStrings = (value: unknown): value is readonly string[] =>
            Array.isArray(value) && value.every((item) => typeof item === "string");
        return this.#optional(name, "a list of strings", isStrings) ?? [];
    }

    /** A map of strings, as pairs. */
    stringMap(name: string): readonly (readonly [string, string])[] {
        const isMap = (value: unknown): value is Readonly<Record<string, string>> =>
            typeof value === "object" &&
            value !== null &&
            Object.values(value).every((item) => typeof item === "string");
        return Object.entries(this.#optional(name, "a map of strings", isMap) ?? {});
    }

    /** A structure's own inputs. */
    structure(name: string): Inputs | undefined {
        const value = this.#optional(name, "an object", isStructure);
        return value === undefined ? undefined : new Inputs({ ...this.registration, inputs: value });
    }

    structures(name: string): readonly Inputs[] {
        const isList = (value: unknown): value is readonly Readonly<Record<string, unknown>>[] =>
            Array.isArray(value) && value.every(isStructure);
        const list = this.#optional(name, "a list of objects", isList) ?? [];
        return list.map((inputs) => new Inputs({ ...this.registration, inputs }));
    }

    /** Refuses inputs that would mean something in AWS and nothing here. */
    refuse(reason: string, ...names: readonly string[]): void {
        const given = names.find((name) => !isAbsent(this.registration.inputs[name]));
        if (given !== undefined) {
            throw this.error(`\`${given}\` ${reason}`);
        }
    }

    /** Does `work`, and says of an error in which resource it is. */
    within<T>(work: () => T): T {
        try {
            return work();
        } catch (cause) {
            throw this.error(cause instanceof Error ? cause.message : String(cause), cause);
        }
    }

    error(problem: string, cause?: unknown): Error {
        const { type, name } = this.registration;
        return new Error(`${type} "${name}": ${problem}`, cause === undefined ? {} : { cause });
    }

    #optional<T>(name: string, kind: string, is: (value: unknown) => value is T): T | undefined {
        const value = this.registration.inputs[name] ?? undefined;
        if (value === undefined || is(value)) {
            return value;
        }
        throw this.error(`\`${name}\` must be ${kind}, not ${JSON.stringify(value)}`);
    }
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        value === false ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
