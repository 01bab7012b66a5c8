import { createHash } from "node:crypto";
import { AwsError } from "../../aws/aws-error";

export const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_ATTRIBUTES = 10;

/** A message attribute as the SDK sends it; binary values as base64. */
export interface MessageAttribute {
    readonly DataType: string;
    readonly StringValue?: string;
    readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a sender gives. */
export interface OutgoingMessage {
    readonly body: string;
    readonly attributes?: MessageAttributes;
    /** Of these AWS knows one, `AWSTraceHeader`. */
    readonly systemAttributes?: MessageAttributes;
    /** 0 to 900. Defaults to the queue's. */
    readonly delaySeconds?: number;
    /** The messages that it is in order with, or the tenant that it belongs to. */
    readonly groupId?: string;
    /** FIFO queues. */
    readonly deduplicationId?: string;
}

/** What a receiver gets. */
export interface ReceivedMessage {
    readonly messageId: string;
    readonly receiptHandle: string;
    readonly body: string;
    readonly md5OfBody: string;
    readonly attributes: MessageAttributes;
    /** `SentTimestamp`, `ApproximateReceiveCount` and so on: all of them, as strings. */
    readonly systemAttributes: Readonly<Record<string, string>>;
}

/** A string attribute, for services that send messages of their own. */
export function stringAttribute(value: string): MessageAttribute {
    return { DataType: "String", StringValue: value };
}

/** @throws AwsError with AWS's code and text. */
export function validateMessage(message: OutgoingMessage): void {
    if (message.body === "") {
        throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
    }
    // https://www.w3.org/TR/REC-xml/#charsets, which SQS keeps to in every protocol.
    if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(message.body)) {
        throw new AwsError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are " +
                "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        );
    }
    const attributes = Object.entries(message.attributes ?? {});
    if (attributes.length > MAX_ATTRIBUTES) {
        throw invalid(
            `Number of message attributes [${attributes.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
        );
    }
    for (const [name, attribute] of attributes) {
        validateAttribute(name, attribute);
    }
    const delay = message.delaySeconds ?? 0;
    if (!Number.isInteger(delay) || delay < 0 || delay > 900) {
        throw invalid(
            `Value ${delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
        );
    }
}

function validateAttribute(name: string, attribute: MessageAttribute): void {
    if (!/^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/.test(name) || /^(aws|amazon)\./i.test(name)) {
        throw invalid(`Invalid attribute name '${name}'.`);
    }
    if (!/^(String|Number|Binary)(\..+)?$/.test(attribute.DataType)) {
        throw invalid(
            `The message attribute '${name}' has an invalid message attribute type, the set of supported type ` +
                "prefixes is Binary, Number, and String.",
        );
    }
    const value = attribute.DataType.startsWith("Binary") ? attribute.BinaryValue : attribute.StringValue;
    if (value === undefined || value === "") {
        throw invalid(
            `The message attribute '${name}' must contain non-empty message attribute value for message attribute ` +
                `type '${attribute.DataType}'.`,
        );
    }
    if (attribute.DataType.startsWith("Number") && !Number.isFinite(Number(value))) {
        throw invalid(`Can't cast the value of message attribute '${name}' to a number.`);
    }
}

/** The bytes that count against the limits: body, and names, types and values of the attributes. */
export function messageBytes(message: OutgoingMessage): number {
    return Object.entries(message.attributes ?? {}).reduce(
        (bytes, [name, attribute]) =>
            bytes + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + attributeValue(attribute).length,
        Buffer.byteLength(message.body),
    );
}

export function md5(content: string | Buffer): string {
    return createHash("md5").update(content).digest("hex");
}

/**
 * The digest that SDKs compare; `undefined` without attributes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
    const names = Object.keys(attributes).sort();
    if (names.length === 0) {
        return undefined;
    }
    const parts = names.flatMap((name) => {
        const attribute = attributes[name] ?? { DataType: "String" };
        const transport = attribute.DataType.startsWith("Binary") ? 2 : 1;
        const value = attributeValue(attribute);
        return [
            ...counted(Buffer.from(name)),
            ...counted(Buffer.from(attribute.DataType)),
            Buffer.from([transport]),
            ...counted(value),
        ];
    });
    return md5(Buffer.concat(parts));
}

function attributeValue(attribute: MessageAttribute): Buffer {
    return attribute.BinaryValue === undefined
        ? Buffer.from(attribute.StringValue ?? "")
        : Buffer.from(attribute.BinaryValue, "base64");
}

function counted(bytes: Buffer): readonly [Buffer, Buffer] {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
}

export function invalid(text: string): AwsError {
    return new AwsError("InvalidParameterValue", text);
}
