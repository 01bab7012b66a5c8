import { randomUUID } from "node:crypto";
import { AwsError } from "../../aws/aws-error";
import type { MessageAttributes, OutgoingMessage, ReceivedMessage } from "./message";
import { md5 } from "./message";

/** A message in its queue. Times are epoch milliseconds. */
export interface StoredMessage {
    readonly id: string;
    readonly body: string;
    readonly attributes: MessageAttributes;
    readonly traceHeader?: string;
    readonly senderId: string;
    sentAt: number;
    readonly groupId?: string;
    readonly deduplicationId?: string;
    /** FIFO queues. Twenty digits. */
    sequenceNumber?: string;
    visibleAt: number;
    receiveCount: number;
    firstReceivedAt: number;
    /** Set once the message has been moved to this queue as a dead letter. */
    deadLetterSourceArn?: string;
}

export function toStored(message: OutgoingMessage, senderId: string, now: number, visibleAt: number): StoredMessage {
    return {
        id: randomUUID(),
        body: message.body,
        attributes: message.attributes ?? {},
        traceHeader: message.systemAttributes?.["AWSTraceHeader"]?.StringValue,
        senderId,
        sentAt: now,
        groupId: message.groupId,
        deduplicationId: message.deduplicationId,
        visibleAt,
        receiveCount: 0,
        firstReceivedAt: 0,
    };
}

/** The message as its receiver gets it, with a receipt handle that is good until the message is received again. */
export function toReceived(message: StoredMessage, queue: string): ReceivedMessage {
    return {
        messageId: message.id,
        receiptHandle: Buffer.from(`${queue}:${message.id}:${message.receiveCount}`).toString("base64"),
        body: message.body,
        md5OfBody: md5(message.body),
        attributes: message.attributes,
        systemAttributes: {
            SenderId: message.senderId,
            SentTimestamp: String(message.sentAt),
            ApproximateReceiveCount: String(message.receiveCount),
            ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
            ...optional("MessageGroupId", message.groupId),
            ...optional("MessageDeduplicationId", message.deduplicationId),
            ...optional("SequenceNumber", message.sequenceNumber),
            ...(message.traceHeader === undefined ? {} : { AWSTraceHeader: message.traceHeader }),
            ...(message.deadLetterSourceArn === undefined
                ? {}
                : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
        },
    };
}

function optional(name: string, value: string | undefined): Readonly<Record<string, string>> {
    return value === undefined ? {} : { [name]: value };
}

/** @throws AwsError ReceiptHandleIsInvalid for a handle that is not of this queue. */
export function parseReceipt(
    receiptHandle: string,
    queue: string,
): { readonly id: string; readonly receiveCount: number } {
    const [instance, id = "", count] = Buffer.from(receiptHandle, "base64").toString("utf8").split(":");
    if (instance !== queue) {
        throw new AwsError(
            "ReceiptHandleIsInvalid",
            `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
            404,
        );
    }
    return { id, receiveCount: Number(count) };
}
