import { claimNameProblem } from "./claims";
import { originAdvice } from "./origins";

/** Tells what is wrong with a value; `path` leads to the part in question, such as `.rateLimit` or `[0]`. */
export type Report = (reason: string, path?: string) => void;

/** What a value may be: the one place that knows its range. */
export type Kind = ScalarKind | ListKind;

export interface ScalarKind {
    readonly type: "text" | "number" | "boolean";
    /** For people, where there is one: "1 to 1,000". */
    readonly range?: string;
    /** What to write instead of such a value, after "write"; `undefined` where it is right. */
    readonly advice: (value: unknown) => string | undefined;
}

export interface ListKind {
    readonly type: "list";
    readonly item: ScalarKind;
    /** What is wrong with right items side by side. */
    readonly problem?: (items: readonly unknown[]) => string | undefined;
}

export const BOOLEAN: ScalarKind = {
    type: "boolean",
    advice: (value) => (typeof value === "boolean" ? undefined : "true or false"),
};

export const TEXT: ScalarKind = textThat(
    "text without blanks around it",
    (text) => text.trim() !== "" && text === text.trim(),
);

/** Text that can stand in a list that is separated by commas. */
export const IDENTIFIER: ScalarKind = textThat("text without blanks and commas", (text) => /^[^\s,]+$/.test(text));

/** `http:` only on this machine: whoever can change the keys on their way can sign tokens. */
export const SAFE_URL: ScalarKind = textThat("a URL that begins with https://", (text) => {
    const url = URL.canParse(text) && text === text.trim() ? new URL(text) : undefined;
    return url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
});

export const ANY_URL: ScalarKind = textThat("a URL", (text) => URL.canParse(text));

/** A claim that rules can ask for, or a path to one. */
export const CLAIM_NAME: ScalarKind = textThat(
    "a claim about the user, or a dotted path to one, without blanks and commas",
    (text) => /^[^\s,]+$/.test(text) && claimNameProblem(text) === undefined,
);

const ORIGIN: ScalarKind = {
    type: "text",
    advice: (value) => (typeof value === "string" ? originAdvice(value) : "an origin: https://shop.example.com"),
};

/** Origins as browsers send them, `https://*.…` for every host below one, or `*` alone. */
export const ORIGINS: ListKind = {
    type: "list",
    item: ORIGIN,
    problem: (items) =>
        items.length > 1 && items.includes("*")
            ? 'has "*" beside other origins; keep "*" alone to let every page connect, or the others'
            : undefined,
};

export function listOf(item: ScalarKind): ListKind {
    return { type: "list", item };
}

export function wholeNumber(least: number, most: number): ScalarKind {
    const range = `${grouped(least)} to ${grouped(most)}`;
    return {
        type: "number",
        range,
        advice: (value) =>
            typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
                ? undefined
                : `a whole number from ${range}`,
    };
}

export function oneOf(choices: readonly number[]): ScalarKind {
    return {
        type: "number",
        advice: (value) => (choices.some((choice) => choice === value) ? undefined : `one of ${choices.join(", ")}`),
    };
}

/**
 * Reports everything that is wrong with a value.
 *
 * @param isLater whether a value, or a part of one, is known later only, and so is left for then
 */
export function check(
    kind: Kind,
    value: unknown,
    report: Report,
    isLater: (value: unknown) => boolean = () => false,
): void {
    if (isLater(value)) {
        return;
    }
    if (kind.type === "list") {
        checkList(kind, value, report, isLater);
        return;
    }
    const advice = kind.advice(value);
    if (advice !== undefined) {
        report(`is ${shown(value)}; write ${advice}`);
    }
}

function checkList(kind: ListKind, value: unknown, report: Report, isLater: (value: unknown) => boolean): void {
    if (!Array.isArray(value) || value.length === 0) {
        report(`is ${shown(value)}; write a list with at least one item`);
        return;
    }
    value.forEach((item: unknown, index) => {
        check(
            kind.item,
            item,
            (reason, path = "") => {
                report(reason, `[${index}]${path}`);
            },
            isLater,
        );
    });
    const problem = value.some(isLater) ? undefined : kind.problem?.(value);
    if (problem !== undefined) {
        report(problem);
    }
}

/** @param advice what to write instead of other text, after "write" */
export function textThat(advice: string, isRight: (text: string) => boolean): ScalarKind {
    return { type: "text", advice: (value) => (typeof value === "string" && isRight(value) ? undefined : advice) };
}

function isLoopback(hostname: string): boolean {
    return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** A value as an error quotes it. */
export function shown(value: unknown): string {
    // JSON has no word for a function, nor for what is absent.
    const json = (JSON.stringify(value) as string | undefined) ?? String(value);
    return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/**
 * 10000 as people write it: 10,000. Without `toLocaleString`, with which each cold start of a function would load the
 * runtime's tables of languages: some 20 ms.
 */
export function grouped(number: number): string {
    return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
