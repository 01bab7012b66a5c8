export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one variable: its value, or throws an Error whose message says what is wrong with it. */
export type Variable<T> = (environment: Environment) => T;

/** Thrown at cold start, with everything that is wrong with the function's environment. */
export class EnvironmentError extends Error {
    override readonly name = "EnvironmentError";
    readonly code = "invalid_environment";

    constructor(readonly problems: readonly string[]) {
        super(`The function's environment is not usable: ${problems.join("; ")}`);
    }
}

/** Reads all variables before it throws, so that one look at the log shows all that is missing. */
export function readEnvironment<T>(
    environment: Environment,
    variables: { readonly [K in keyof T]: Variable<T[K]> },
): T {
    const problems: string[] = [];
    const values: Partial<T> = {};
    for (const name in variables) {
        try {
            values[name] = variables[name](environment);
        } catch (error) {
            problems.push(error instanceof Error ? error.message : String(error));
        }
    }
    if (problems.length > 0) {
        throw new EnvironmentError(problems);
    }
    return values as T;
}

export function text(name: string): Variable<string> {
    return (environment) => {
        const value = environment[name];
        if (value === undefined || value === "") {
            throw new Error(`${name} is not set`);
        }
        return value;
    };
}

export function optional<T>(variable: (name: string) => Variable<T>, name: string): Variable<T | undefined> {
    return (environment) => (isSet(environment, name) ? variable(name)(environment) : undefined);
}

export function withDefault<T>(variable: (name: string) => Variable<T>, name: string, value: T): Variable<T> {
    return (environment) => (isSet(environment, name) ? variable(name)(environment) : value);
}

/** Comma separated; blanks around the items and empty items do not count. */
export function list(name: string): Variable<readonly string[]> {
    return (environment) => {
        const items = text(name)(environment)
            .split(",")
            .map((item) => item.trim())
            .filter((item) => item !== "");
        if (items.length === 0) {
            throw new Error(`${name} is an empty list`);
        }
        return items;
    };
}

export function url(name: string): Variable<URL> {
    return (environment) => {
        const value = text(name)(environment);
        if (!URL.canParse(value)) {
            throw new Error(`${name} is not a URL: ${value}`);
        }
        return new URL(value);
    };
}

export function positiveInteger(name: string): Variable<number> {
    return (environment) => {
        const value = Number(text(name)(environment));
        if (!Number.isSafeInteger(value) || value <= 0) {
            throw new Error(`${name} is not a positive integer: ${environment[name]}`);
        }
        return value;
    };
}

export function boolean(name: string): Variable<boolean> {
    return (environment) => {
        const value = text(name)(environment);
        if (value !== "true" && value !== "false") {
            throw new Error(`${name} is neither "true" nor "false": ${value}`);
        }
        return value === "true";
    };
}

function isSet(environment: Environment, name: string): boolean {
    return environment[name] !== undefined && environment[name] !== "";
}
