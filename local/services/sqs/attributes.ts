import { AwsError } from "../../aws/aws-error";

/** The settings of a queue, by the names and in the string form of the SQS API. */
export type QueueAttributes = Readonly<Record<string, string>>;

export interface RedrivePolicy {
    readonly deadLetterTargetArn: string;
    /** 1 to 1,000. */
    readonly maxReceiveCount: number;
}

export interface FifoSettings {
    /** Whether a message without a deduplication id has its body's digest for one. */
    readonly contentBased: boolean;
    /** Whether a message repeats another of its own group alone. */
    readonly perGroup: boolean;
}

/** A queue's settings, checked and with AWS's defaults. */
export interface QueueSettings {
    readonly delaySeconds: number;
    readonly maximumMessageSize: number;
    readonly messageRetentionSeconds: number;
    readonly receiveWaitSeconds: number;
    readonly visibilityTimeoutSeconds: number;
    readonly redrive?: RedrivePolicy;
    /** Absent: a standard queue. */
    readonly fifo?: FifoSettings;
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

/** Of FIFO queues alone, with AWS's defaults first among the values. */
const FIFO: Readonly<Record<string, readonly string[]>> = {
    FifoQueue: ["true"],
    ContentBasedDeduplication: ["false", "true"],
    DeduplicationScope: ["queue", "messageGroup"],
    FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};

/** @throws AwsError InvalidAttributeName, InvalidAttributeValue. */
export function parseAttributes(attributes: QueueAttributes): QueueSettings {
    const isFifo = attributes["FifoQueue"] !== undefined;
    for (const [name, value] of Object.entries(attributes)) {
        const isKnown = Object.hasOwn(NUMBERS, name) || INERT.has(name) || ["RedrivePolicy", "Policy"].includes(name);
        const values = isFifo ? FIFO[name] : undefined;
        if (!isKnown && values === undefined) {
            throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
        }
        if (values?.includes(value) === false) {
            throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
        }
    }
    return {
        delaySeconds: numberAttribute("DelaySeconds", attributes),
        maximumMessageSize: numberAttribute("MaximumMessageSize", attributes),
        messageRetentionSeconds: numberAttribute("MessageRetentionPeriod", attributes),
        receiveWaitSeconds: numberAttribute("ReceiveMessageWaitTimeSeconds", attributes),
        visibilityTimeoutSeconds: numberAttribute("VisibilityTimeout", attributes),
        ...(isFifo ? { fifo: fifoSettings(attributes) } : {}),
        redrive: parseRedrivePolicy(attributes["RedrivePolicy"]),
        policy: parsePolicy(attributes["Policy"]),
    };
}

function fifoSettings(attributes: QueueAttributes): FifoSettings {
    const perGroup = attributes["DeduplicationScope"] === "messageGroup";
    if (attributes["FifoThroughputLimit"] === "perMessageGroupId" && !perGroup) {
        throw new AwsError(
            "InvalidAttributeValue",
            "FifoThroughputLimit can be perMessageGroupId only where DeduplicationScope is messageGroup.",
        );
    }
    return { contentBased: attributes["ContentBasedDeduplication"] === "true", perGroup };
}

/** What GetQueueAttributes answers of the settings: those that were set, and the defaults of the others. */
export function renderAttributes(attributes: QueueAttributes): QueueAttributes {
    const defaults = Object.entries(NUMBERS).map(([name, { fallback }]): [string, string] => [name, String(fallback)]);
    const ofFifo = attributes["FifoQueue"] === undefined ? {} : FIFO;
    const fifo = Object.entries(ofFifo).map(([name, [first = ""]]): [string, string] => [name, first]);
    const set = Object.entries(attributes).filter(([, value]) => value !== "");
    return Object.fromEntries<string>([["SqsManagedSseEnabled", "true"], ...defaults, ...fifo, ...set]);
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
