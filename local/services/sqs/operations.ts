import { ACCOUNT_ID, arn } from "../../aws/account";
import type { Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { optionalNumber, optionalString, optionalStrings, optionalStructure } from "../../edge/json-input";
import type { JsonCall, JsonInput, JsonOperation } from "../../edge/json-service";
import { jsonService } from "../../edge/json-service";
import type { EdgeService } from "../../edge/service";
import { answerBatch } from "./batch";
import type { MessageAttribute, MessageAttributes, OutgoingMessage, ReceivedMessage } from "./message";
import { invalid, MAX_MESSAGE_BYTES, md5, md5OfAttributes, messageBytes } from "./message";
import type { Queue, SentMessage } from "./queue";
import { describeQueue } from "./queue-description";
import type { SqsQueues } from "./queues";

/** Codes that the older Query protocol called by another name, which SDKs still offer as `error.Code`. */
const QUERY_CODES: Readonly<Record<string, string>> = {
    QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
    BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
    EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
    InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
    TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    UnsupportedOperation: "AWS.SimpleQueueService.UnsupportedOperation",
};

/** SQS at the edge: the JSON protocol, which SDKs and the AWS CLI have spoken since late 2023. */
export function sqsService(queues: SqsQueues): EdgeService {
    return jsonService({
        name: "sqs",
        targetPrefix: "AmazonSQS",
        version: "1.0",
        errorNamespace: "com.amazonaws.sqs",
        errorHeaders: (error) => ({ "x-amzn-query-error": `${QUERY_CODES[error.code] ?? error.code};Sender` }),
        operations: { ...messageOperations(queues), ...queueOperations(queues) },
    });
}

function messageOperations(queues: SqsQueues): Readonly<Record<string, JsonOperation>> {
    return {
        SendMessage: (input, { principal }) => {
            const queueArn = queueArnOf(input);
            const message = outgoing(input);
            return sent(message, queues.send(queueArn, message, principal));
        },
        SendMessageBatch: (input, { principal }) => {
            const queueArn = queueArnOf(input);
            queues.open(queueArn, "sqs:SendMessage", principal);
            return answerBatch(
                input,
                "SendMessageBatchRequestEntry",
                (entry) => {
                    const message = outgoing(entry);
                    return sent(message, queues.send(queueArn, message, principal));
                },
                requireBatchSize,
            );
        },
        ReceiveMessage: (input, { principal }) => receive(queues, input, principal),
        DeleteMessage: (input, { principal }) => {
            queues.delete(queueArnOf(input), requiredString(input, "ReceiptHandle"), principal);
        },
        DeleteMessageBatch: (input, call) => {
            const queue = open(queues, input, "sqs:DeleteMessage", call);
            return answerBatch(input, "DeleteMessageBatchRequestEntry", (entry) => {
                queue.delete(requiredString(entry, "ReceiptHandle"));
                return {};
            });
        },
        ChangeMessageVisibility: (input, call) => {
            changeVisibility(open(queues, input, "sqs:ChangeMessageVisibility", call), input);
        },
        ChangeMessageVisibilityBatch: (input, call) => {
            const queue = open(queues, input, "sqs:ChangeMessageVisibility", call);
            return answerBatch(input, "ChangeMessageVisibilityBatchRequestEntry", (entry) => {
                changeVisibility(queue, entry);
                return {};
            });
        },
    };
}

function queueOperations(queues: SqsQueues): Readonly<Record<string, JsonOperation>> {
    return {
        GetQueueUrl: (input, { principal }) => {
            const queue = queues.open(arn("sqs", requiredString(input, "QueueName")), "sqs:GetQueueUrl", principal);
            return { QueueUrl: queues.url(queue) };
        },
        GetQueueAttributes: (input, call) => {
            const queue = open(queues, input, "sqs:GetQueueAttributes", call);
            const attributes = describeQueue(queue, optionalStrings(input, "AttributeNames") ?? []);
            return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
        },
        SetQueueAttributes: (input, call) => {
            const queue = open(queues, input, "sqs:SetQueueAttributes", call);
            queues.setAttributes(queue, stringRecord(input, "Attributes"));
        },
        ListQueues: (input, { principal }) => {
            queues.authorize("sqs:ListQueues", principal);
            const prefix = optionalString(input, "QueueNamePrefix") ?? "";
            const urls = queues
                .list()
                .filter(({ name }) => name.startsWith(prefix))
                .map((queue) => queues.url(queue));
            return urls.length === 0 ? {} : { QueueUrls: urls };
        },
        PurgeQueue: (input, call) => {
            open(queues, input, "sqs:PurgeQueue", call).purge();
        },
    };
}

async function receive(queues: SqsQueues, input: JsonInput, principal: Principal): Promise<unknown> {
    const maximum = optionalNumber(input, "MaxNumberOfMessages") ?? 1;
    if (!Number.isInteger(maximum) || maximum < 1 || maximum > 10) {
        throw invalid(
            `Value ${maximum} for parameter MaxNumberOfMessages is invalid. ` +
                "Reason: Must be between 1 and 10, if provided.",
        );
    }
    const messages = await queues.receive(
        queueArnOf(input),
        {
            maximum,
            waitSeconds: inRange(input, "WaitTimeSeconds", 20),
            visibilityTimeoutSeconds: inRange(input, "VisibilityTimeout", 43_200),
        },
        principal,
    );
    const systemNames = [
        ...(optionalStrings(input, "AttributeNames") ?? []),
        ...(optionalStrings(input, "MessageSystemAttributeNames") ?? []),
    ];
    const names = optionalStrings(input, "MessageAttributeNames") ?? [];
    return messages.length === 0 ? {} : { Messages: messages.map((message) => received(message, systemNames, names)) };
}

function received(message: ReceivedMessage, systemNames: readonly string[], names: readonly string[]): unknown {
    const systemAttributes = pick(
        message.systemAttributes,
        (name) => systemNames.includes("All") || systemNames.includes(name),
    );
    const attributes = pick(message.attributes, (name) => names.some((wanted) => isWanted(name, wanted)));
    return {
        MessageId: message.messageId,
        ReceiptHandle: message.receiptHandle,
        Body: message.body,
        MD5OfBody: message.md5OfBody,
        ...(Object.keys(systemAttributes).length === 0 ? {} : { Attributes: systemAttributes }),
        ...(Object.keys(attributes).length === 0
            ? {}
            : { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    };
}

function isWanted(name: string, wanted: string): boolean {
    return wanted === "All" || (wanted.endsWith(".*") ? name.startsWith(wanted.slice(0, -2)) : name === wanted);
}

function pick<T>(members: Readonly<Record<string, T>>, wanted: (name: string) => boolean): Readonly<Record<string, T>> {
    return Object.fromEntries(Object.entries(members).filter(([name]) => wanted(name)));
}

function outgoing(input: JsonInput): OutgoingMessage {
    return {
        body: optionalString(input, "MessageBody") ?? "",
        attributes: messageAttributes(input, "MessageAttributes"),
        systemAttributes: messageAttributes(input, "MessageSystemAttributes"),
        delaySeconds: optionalNumber(input, "DelaySeconds"),
        groupId: optionalString(input, "MessageGroupId"),
        deduplicationId: optionalString(input, "MessageDeduplicationId"),
    };
}

function messageAttributes(input: JsonInput, name: string): MessageAttributes {
    const attributes = optionalStructure(input, name) ?? {};
    return Object.fromEntries(
        Object.keys(attributes).map((key): [string, MessageAttribute] => {
            const attribute = optionalStructure(attributes, key) ?? {};
            return [
                key,
                {
                    DataType: optionalString(attribute, "DataType") ?? "",
                    StringValue: optionalString(attribute, "StringValue"),
                    BinaryValue: optionalString(attribute, "BinaryValue"),
                },
            ];
        }),
    );
}

function sent(message: OutgoingMessage, { messageId, sequenceNumber }: SentMessage): object {
    return {
        MessageId: messageId,
        SequenceNumber: sequenceNumber,
        MD5OfMessageBody: md5(message.body),
        MD5OfMessageAttributes: md5OfAttributes(message.attributes ?? {}),
        MD5OfMessageSystemAttributes: md5OfAttributes(message.systemAttributes ?? {}),
    };
}

function requireBatchSize(entries: readonly JsonInput[]): void {
    const bytes = entries.reduce((sum, entry) => sum + messageBytes(outgoing(entry)), 0);
    if (bytes > MAX_MESSAGE_BYTES) {
        throw new AwsError(
            "BatchRequestTooLong",
            `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
        );
    }
}

function changeVisibility(queue: Queue, input: JsonInput): void {
    const seconds = optionalNumber(input, "VisibilityTimeout");
    if (seconds === undefined) {
        throw missing("VisibilityTimeout");
    }
    queue.changeVisibility(requiredString(input, "ReceiptHandle"), seconds);
}

function open(queues: SqsQueues, input: JsonInput, action: string, { principal }: JsonCall): Queue {
    return queues.open(queueArnOf(input), action, principal);
}

/** Only the URL's path counts, so that a URL still works when the edge has moved to another port or host name. */
function queueArnOf(input: JsonInput): string {
    const url = requiredString(input, "QueueUrl");
    const [account, name, ...rest] = url
        .replace(/^https?:\/\/[^/]*/, "")
        .split("/")
        .filter((part) => part !== "");
    if (account === undefined || name === undefined || rest.length > 0) {
        throw new AwsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`, 404);
    }
    if (account !== ACCOUNT_ID) {
        throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    }
    return arn("sqs", name);
}

function requiredString(input: JsonInput, name: string): string {
    const value = optionalString(input, name);
    if (value === undefined || value === "") {
        throw missing(name);
    }
    return value;
}

function stringRecord(input: JsonInput, name: string): Readonly<Record<string, string>> {
    const record = optionalStructure(input, name);
    if (record === undefined) {
        throw missing(name);
    }
    return Object.fromEntries(Object.keys(record).map((key) => [key, optionalString(record, key) ?? ""]));
}

function inRange(input: JsonInput, name: string, maximum: number): number | undefined {
    const value = optionalNumber(input, name);
    if (value !== undefined && (!Number.isInteger(value) || value < 0 || value > maximum)) {
        throw invalid(
            `Value ${value} for parameter ${name} is invalid. Reason: Must be >= 0 and <= ${maximum}, if provided.`,
        );
    }
    return value;
}

function missing(name: string): AwsError {
    return new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
}
