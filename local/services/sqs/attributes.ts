import { AwsError } from "../../aws/aws-error";

/** The settings of a queue, by the names and in the string form of the SQS API. */
export type QueueAttributes = Readonly<Record<string, string>>;

export interface RedrivePolicy {
    readonly deadLetterTargetArn: string;
    /** 1 to 1,000. */
    readonly maxReceiveCount: number;
}

/** A queue's settings, checked and with AWS's defaults. */
export interface QueueSettings {
    readonly delaySeconds: number;
    readonly maximumMessageSize: number;
    readonly messageRetentionSeconds: number;
    readonly receiveWaitSeconds: number;
    readonly visibilityTimeoutSeconds: number;
    readonly redrive?: RedrivePolicy;
    /** The resource policy, as the JSON text that was set. */
    readonly policy?: string;
}

interface NumberAttribute {
    readonly fallback: number;
    readonly minimum: number;
    readonly maximum: number;
}

const NUMBERS: Readonly<Record<string, NumberAttribute>> = {
    DelaySeconds: { fallback: 0, minimum: 0, maximum: 900 },
    MaximumMessageSize: { fallback: 1_048_576, minimum: 1_024, maximum: 1_048_576 },
    MessageRetentionPeriod: { fallback: 345_600, minimum: 60, maximum: 1_209_600 },
    ReceiveMessageWaitTimeSeconds: { fallback: 0, minimum: 0, maximum: 20 },
    VisibilityTimeout: { fallback: 30, minimum: 0, maximum: 43_200 },
};

/** Kept and answered, without an effect here: there is no encryption at rest in the local cloud. */
const INERT = new Set(["RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]);

/** @throws AwsError InvalidAttributeName, InvalidAttributeValue, or UnsupportedOperation for a FIFO queue. */
export function parseAttributes(attributes: QueueAttributes): QueueSettings {
    for (const name of Object.keys(attributes)) {
        if (name === "FifoQueue") {
            throw new AwsError("UnsupportedOperation", "The local cloud serves standard queues only, not FIFO queues.");
        }
        if (!Object.hasOwn(NUMBERS, name) && !INERT.has(name) && name !== "RedrivePolicy" && name !== "Policy") {
            throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
        }
    }
    return {
        delaySeconds: numberAttribute("DelaySeconds", attributes),
        maximumMessageSize: numberAttribute("MaximumMessageSize", attributes),
        messageRetentionSeconds: numberAttribute("MessageRetentionPeriod", attributes),
        receiveWaitSeconds: numberAttribute("ReceiveMessageWaitTimeSeconds", attributes),
        visibilityTimeoutSeconds: numberAttribute("VisibilityTimeout", attributes),
        redrive: parseRedrivePolicy(attributes["RedrivePolicy"]),
        policy: parsePolicy(attributes["Policy"]),
    };
}

/** What GetQueueAttributes answers of the settings: those that were set, and the defaults of the others. */
export function renderAttributes(attributes: QueueAttributes): QueueAttributes {
    const defaults = Object.entries(NUMBERS).map(([name, { fallback }]): [string, string] => [name, String(fallback)]);
    const set = Object.entries(attributes).filter(([, value]) => value !== "");
    return Object.fromEntries<string>([["SqsManagedSseEnabled", "true"], ...defaults, ...set]);
}

function numberAttribute(name: string, attributes: QueueAttributes): number {
    const { fallback, minimum, maximum } = NUMBERS[name] ?? { fallback: 0, minimum: 0, maximum: 0 };
    const text = attributes[name];
    if (text === undefined) {
        return fallback;
    }
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
        throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
    return value;
}

function parseRedrivePolicy(text: string | undefined): RedrivePolicy | undefined {
    if (text === undefined || text === "") {
        return undefined;
    }
    const policy = parseJson(text, "RedrivePolicy");
    const target = policy["deadLetterTargetArn"];
    // Consoles and some tools write the number as a string, which AWS takes too.
    const count = Number(policy["maxReceiveCount"]);
    if (typeof target !== "string" || !/^arn:aws:sqs:[^:]+:\d{12}:.+$/.test(target)) {
        throw redriveProblem(text, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    }
    if (!Number.isInteger(count) || count < 1 || count > 1_000) {
        throw redriveProblem(
            text,
            "Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.",
        );
    }
    return { deadLetterTargetArn: target, maxReceiveCount: count };
}

function redriveProblem(text: string, reason: string): AwsError {
    return new AwsError(
        "InvalidParameterValue",
        `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
}

function parsePolicy(text: string | undefined): string | undefined {
    if (text === undefined || text === "") {
        return undefined;
    }
    parseJson(text, "Policy");
    return text;
}

function parseJson(text: string, attribute: string): Readonly<Record<string, unknown>> {
    try {
        const value: unknown = JSON.parse(text);
        if (typeof value === "object" && value !== null && !Array.isArray(value)) {
            return { ...value };
        }
    } catch {
        // Answered below, as any other text that is not a JSON object.
    }
    throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${attribute}.`);
}
