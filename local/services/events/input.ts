import { AwsError } from "../../aws/aws-error";
import { compileJsonPath } from "./json-path";
import { renderTemplate } from "./template";
import { messageOf } from "../../aws/message-of";

/** An event as EventBridge delivers it. */
export interface EventEnvelope {
    readonly version: "0";
    readonly id: string;
    readonly "detail-type": string;
    readonly source: string;
    readonly account: string;
    /** ISO 8601, whole seconds. */
    readonly time: string;
    readonly region: string;
    readonly resources: readonly string[];
    readonly detail: object;
}

/** What a target receives, as a value for functions and as text for queues. */
export interface TargetInput {
    readonly payload: unknown;
    readonly text: string;
}

/** At most one of these may be set; without any, the target receives the whole event. */
export interface InputSettings {
    /** Constant JSON text. */
    readonly input?: string;
    readonly inputPath?: string;
    readonly inputTransformer?: {
        readonly inputPaths?: Readonly<Record<string, string>>;
        readonly inputTemplate: string;
    };
}

export interface InputContext {
    readonly ruleArn: string;
    readonly ruleName: string;
    /** ISO 8601. */
    readonly ingestionTime: string;
}

export type TargetInputOf = (event: EventEnvelope, context: InputContext) => TargetInput;

/** @throws AwsError ValidationException for more than one setting, text that is not JSON, or an unsupported path. */
export function compileInput(settings: InputSettings): TargetInputOf {
    const { input, inputPath, inputTransformer } = settings;
    if ([input, inputPath, inputTransformer].filter((setting) => setting !== undefined).length > 1) {
        throw new AwsError(
            "ValidationException",
            "Only one of Input, InputPath, or InputTransformer must be provided for a target.",
        );
    }
    if (input !== undefined) {
        const constant = { payload: parseJson(input, "Input"), text: input };
        return () => constant;
    }
    if (inputPath !== undefined) {
        const at = compileJsonPath(inputPath);
        return (event) => inputOf(at(event) ?? {});
    }
    if (inputTransformer !== undefined) {
        return compileTransformer(inputTransformer.inputPaths ?? {}, inputTransformer.inputTemplate);
    }
    return inputOf;
}

function compileTransformer(paths: Readonly<Record<string, string>>, template: string): TargetInputOf {
    const variables = new Map(Object.entries(paths).map(([name, path]) => [name, compileJsonPath(path)]));
    return (event, context) => {
        const rendered = renderTemplate(template, (name) => {
            const variable = variables.get(name);
            return variable === undefined ? predefined(name, event, context) : { value: variable(event) };
        });
        return parseRendered(rendered);
    };
}

function predefined(
    name: string,
    event: EventEnvelope,
    context: InputContext,
): { readonly value: unknown } | undefined {
    switch (name) {
        case "aws.events.rule-arn":
            return { value: context.ruleArn };
        case "aws.events.rule-name":
            return { value: context.ruleName };
        case "aws.events.event.ingestion-time":
            return { value: context.ingestionTime };
        case "aws.events.event":
        case "aws.events.event.json":
            return { value: event };
        default:
            return undefined;
    }
}

/** A template of quoted lines is text, one line each; any other is JSON. */
function parseRendered(rendered: string): TargetInput {
    const lines = rendered
        .trim()
        .split(/\r?\n/)
        .map((line) => line.trim());
    if (lines.every((line) => line.length >= 2 && line.startsWith('"') && line.endsWith('"'))) {
        const text = lines.map((line) => line.slice(1, -1)).join("\n");
        return { payload: text, text };
    }
    return inputOf(parseJson(rendered, "The filled-in input template"));
}

function inputOf(payload: unknown): TargetInput {
    return { payload, text: typeof payload === "string" ? payload : JSON.stringify(payload) };
}

function parseJson(text: string, what: string): unknown {
    try {
        return JSON.parse(text);
    } catch (cause) {
        throw new AwsError("ValidationException", `${what} is not valid JSON: ${messageOf(cause)}`);
    }
}
