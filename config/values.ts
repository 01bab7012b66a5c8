import { isIPv4 } from "node:net";
import { isObject } from "../contract/json";
import { originAdvice } from "../contract/origins";

/** Tells what is wrong with a value; `path` leads to the part in question, such as `.rateLimit` or `[0]`. */
export type Report = (reason: string, path?: string) => void;

/** Reads a configuration value. Where it cannot, it reports why and returns `undefined`. */
export type Parse<T> = (value: unknown, report: Report) => T | undefined;

type Parsed<P> = P extends Parse<infer T> ? T : never;
type Fields = Readonly<Record<string, Parse<unknown>>>;

export const text: Parse<string> = (value, report) => {
    if (typeof value === "string" && value.trim() !== "" && value === value.trim()) {
        return value;
    }
    report(`is ${shown(value)}; write text without blanks around it`);
    return undefined;
};

/** Text that travels in a comma-separated list. */
export const identifier: Parse<string> = (value, report) => {
    if (typeof value === "string" && /^[^\s,]+$/.test(value)) {
        return value;
    }
    report(`is ${shown(value)}; write text without blanks and commas`);
    return undefined;
};

/** `http:` only on this machine: a person who can change the keys on their way can sign tokens. */
export const httpUrl: Parse<string> = (value, report) => {
    const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
    if (typeof value === "string" && safe && value === value.trim()) {
        return value;
    }
    report(`is ${shown(value)}; write a URL that begins with https://`);
    return undefined;
};

export const boolean: Parse<boolean> = (value, report) => {
    if (value === true || value === "true") {
        return true;
    }
    if (value === false || value === "false") {
        return false;
    }
    report(`is ${shown(value)}; write true or false`);
    return undefined;
};

export const cidrBlock: Parse<string> = (value, report) => {
    const [, address = "", size = ""] = /^(.+)\/(\d+)$/.exec(typeof value === "string" ? value : "") ?? [];
    if (typeof value === "string" && isIPv4(address) && Number(size) >= 16 && Number(size) <= 24) {
        return value;
    }
    report(`is ${shown(value)}; write a range of /16 to /24, such as 10.0.0.0/16`);
    return undefined;
};

export function wholeNumber(least: number, most: number): Parse<number> {
    return (value, report) => {
        const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
        if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) {
            return number;
        }
        report(`is ${shown(value)}; write a whole number from ${least} to ${most}`);
        return undefined;
    };
}

export function oneOf(choices: readonly number[]): Parse<number> {
    return (value, report) => {
        const found = choices.find((choice) => String(choice) === String(value));
        if (found === undefined) {
            report(`is ${shown(value)}; write one of ${choices.join(", ")}`);
        }
        return found;
    };
}

export function listOf<T>(item: Parse<T>): Parse<T[]> {
    return (value, report) => {
        const list = fromJson(value);
        if (!Array.isArray(list) || list.length === 0) {
            report(`is ${shown(value)}; write a list with at least one item`);
            return undefined;
        }
        return list.flatMap((element: unknown, index) => {
            const parsed = item(element, (reason, path = "") => {
                report(reason, `[${index}]${path}`);
            });
            return parsed === undefined ? [] : [parsed];
        });
    };
}

export function oneOrListOf<T>(item: Parse<T>): Parse<T[]> {
    const list = listOf(item);
    return (value, report) => {
        if (Array.isArray(fromJson(value))) {
            return list(value, report);
        }
        const parsed = item(value, report);
        return parsed === undefined ? undefined : [parsed];
    };
}

/** Origins as browsers send them, or `*` alone. */
export const origins: Parse<string[]> = (value, report) => {
    const parsed = listOf(origin)(value, report);
    if (parsed !== undefined && parsed.length > 1 && parsed.includes("*")) {
        report('has "*" beside other origins; keep "*" alone to let every page connect, or the others');
    }
    return parsed;
};

const origin: Parse<string> = (value, report) => {
    const advice = typeof value === "string" ? originAdvice(value) : "an origin: https://shop.example.com";
    if (advice !== undefined) {
        report(`is ${shown(value)}; write ${advice}`);
    }
    return advice === undefined ? String(value) : undefined;
};

/** An object with exactly these members; other names are reported. */
export function record<R extends Fields, O extends Fields>(
    required: R,
    optional: O,
): Parse<{ [K in keyof R]: Parsed<R[K]> } & { [K in keyof O]?: Parsed<O[K]> }> {
    const fields: Fields = { ...optional, ...required };
    return (value, report) => {
        const object = fromJson(value);
        if (!isObject(object)) {
            report(`is ${shown(value)}; write an object with ${Object.keys(fields).join(", ")}`);
            return undefined;
        }
        const members = new Map<string, unknown>(Object.entries(object));
        for (const name of [...members.keys()].filter((key) => !Object.hasOwn(fields, key))) {
            report(`is not known; there are only ${Object.keys(fields).join(", ")}`, `.${name}`);
        }
        const parsed: Record<string, unknown> = {};
        for (const [name, parse] of Object.entries(fields)) {
            const at: Report = (reason, path = "") => {
                report(reason, `.${name}${path}`);
            };
            if (members.has(name)) {
                parsed[name] = parse(members.get(name), at);
            } else if (Object.hasOwn(required, name)) {
                at("is missing");
            }
        }
        // Complete and of these types, or something was reported and nobody uses it.
        return parsed as { [K in keyof R]: Parsed<R[K]> } & { [K in keyof O]?: Parsed<O[K]> };
    };
}

/** Pulumi hands a list or an object to a program as JSON text. */
function fromJson(value: unknown): unknown {
    if (typeof value !== "string") {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

function shown(value: unknown): string {
    const json = JSON.stringify(value);
    return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

function isLoopback(hostname: string): boolean {
    return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
