import { arn } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import type { InputSettings, TargetInputOf } from "./input";
import { compileInput } from "./input";
import { EventPattern } from "../../patterns/pattern";

export interface RuleSettings {
    readonly name: string;
    /** JSON text. */
    readonly eventPattern: string;
    readonly description?: string;
    readonly enabled: boolean;
}

export interface TargetSettings extends InputSettings {
    /** Unique in its rule. */
    readonly id: string;
    /** A Lambda function or a standard SQS queue. */
    readonly arn: string;
    /** The role for the delivery. Without one, EventBridge calls as itself and the target's resource policy decides. */
    readonly roleArn?: string;
    readonly retryPolicy?: {
        /** 0 to 185. Defaults to 185. */
        readonly maximumRetryAttempts?: number;
        /** 60 to 86,400. Defaults to 86,400. */
        readonly maximumEventAgeInSeconds?: number;
    };
    readonly deadLetterArn?: string;
}

export interface Target extends TargetSettings {
    readonly kind: "lambda" | "sqs";
    readonly inputOf: TargetInputOf;
}

/** A rule in service: its compiled pattern, and its targets in the order in which they were put. */
export class Rule {
    readonly targets = new Map<string, Target>();
    readonly arn: string;
    private settingsNow: RuleSettings;
    private pattern: EventPattern;

    constructor(
        readonly busName: string,
        settings: RuleSettings,
    ) {
        this.arn = arn("events", `rule/${busName === DEFAULT_BUS ? "" : `${busName}/`}${settings.name}`);
        this.settingsNow = settings;
        this.pattern = EventPattern.compile(settings.eventPattern);
    }

    get settings(): RuleSettings {
        return this.settingsNow;
    }

    update(settings: RuleSettings): void {
        this.pattern = EventPattern.compile(settings.eventPattern);
        this.settingsNow = settings;
    }

    matches(event: unknown): boolean {
        return this.settingsNow.enabled && this.pattern.matches(event);
    }

    /** @throws AwsError for a target that the local cloud does not serve, or bad settings. AWS's limit is 5 targets. */
    putTarget(settings: TargetSettings): void {
        if (this.targets.size >= 5 && !this.targets.has(settings.id)) {
            throw new AwsError(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed: a rule has 5 targets at most.",
            );
        }
        requireRange(settings.retryPolicy?.maximumRetryAttempts, 0, 185, "MaximumRetryAttempts");
        requireRange(settings.retryPolicy?.maximumEventAgeInSeconds, 60, 86_400, "MaximumEventAgeInSeconds");
        this.targets.set(settings.id, { ...settings, kind: targetKind(settings.arn), inputOf: compileInput(settings) });
    }
}

/** The bus that every account has. */
export const DEFAULT_BUS = "default";

function targetKind(targetArn: string): Target["kind"] {
    const service = targetArn.split(":")[2];
    if (service === "lambda" || service === "sqs") {
        return service;
    }
    throw new AwsError(
        "ValidationException",
        `The local cloud serves Lambda functions and SQS queues as rule targets, not ${targetArn}`,
    );
}

function requireRange(value: number | undefined, minimum: number, maximum: number, name: string): void {
    if (value !== undefined && (!Number.isInteger(value) || value < minimum || value > maximum)) {
        throw new AwsError(
            "ValidationException",
            `${name} must be a whole number from ${minimum} to ${maximum}, not ${value}`,
        );
    }
}
