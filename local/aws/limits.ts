import { AwsError } from "./aws-error";

/** What a service takes as a name or a text when something is created. */
export interface TextLimit {
    /** What it is, for the error: `The name of a pipe`. */
    readonly what: string;
    readonly maximum: number;
    /** What it may consist of. Defaults to anything. */
    readonly pattern?: RegExp;
}

/** As each service's API reference has them. A program learns here, as in AWS, that a name has grown too long. */
export const LIMITS = {
    roleName: { what: "The name of a role", maximum: 64, pattern: /^[\w+=,.@-]+$/ },
    policyName: { what: "The name of a policy", maximum: 128, pattern: /^[\w+=,.@-]+$/ },
    functionDescription: { what: "The description of a function", maximum: 256 },
    ruleName: { what: "The name of a rule", maximum: 64, pattern: /^[.\w-]+$/ },
    ruleDescription: { what: "The description of a rule", maximum: 512 },
    pipeName: { what: "The name of a pipe", maximum: 64, pattern: /^[.\w-]+$/ },
    pipeDescription: { what: "The description of a pipe", maximum: 512 },
    inputTemplate: { what: "The input template of a pipe", maximum: 8_192 },
    logGroupName: { what: "The name of a log group", maximum: 512, pattern: /^[.\w/#-]+$/ },
    alarmName: { what: "The name of an alarm", maximum: 255 },
} as const satisfies Readonly<Record<string, TextLimit>>;

/** @throws AwsError ValidationException that names the text, its length and the limit. */
export function requireText(limit: TextLimit, text: string | undefined): void {
    if (text === undefined) {
        return;
    }
    const { what, maximum, pattern } = limit;
    if (text.length > maximum) {
        const shown = `${text.slice(0, 80)}${text.length > 80 ? "…" : ""}`;
        throw new AwsError(
            "ValidationException",
            `${what} has ${maximum} characters at most, and "${shown}" has ${text.length}`,
        );
    }
    if (pattern?.test(text) === false) {
        throw new AwsError("ValidationException", `${what} cannot be "${text}": it must match ${pattern.source}`);
    }
}
