export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
    info(message: string, fields?: LogFields): void;
    warn(message: string, fields?: LogFields): void;
    error(message: string, fields?: LogFields): void;
}

/** Takes one line, without its line break. */
export type WriteLine = (line: string) => void;

/**
 * A log of one JSON object per line. It goes to standard output as it is: Lambda's `console` would put a time stamp and
 * a level before it, which CloudWatch then cannot read as JSON.
 */
export function createLog(write: WriteLine = writeToStandardOutput): Log {
    const at =
        (level: string) =>
        (message: string, fields: LogFields = {}) => {
            write(JSON.stringify({ level, message, time: new Date().toISOString(), ...fields }, describeErrors));
        };
    return { info: at("info"), warn: at("warn"), error: at("error") };
}

export function writeToStandardOutput(line: string): void {
    process.stdout.write(`${line}\n`);
}

/** An Error has no enumerable members, so that JSON would show nothing of it. */
function describeErrors(_key: string, value: unknown): unknown {
    if (value instanceof Error) {
        const { name, message, stack, cause } = value;
        // A cause that is no Error may hold anything, a circular request object among others.
        return { name, message, stack, cause: cause instanceof Error ? cause : undefined };
    }
    return typeof value === "bigint" ? String(value) : value;
}
