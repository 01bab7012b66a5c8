import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DeadLetterReason, Rejection } from "../../contract/dead-letters";
import { isObject, jsonText } from "../../contract/json";

/** A connection that a message could not be posted to, and why. */
export interface Undelivered {
    readonly connectionId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
    readonly reason: string;
}

/** What is left of a message on one channel once everybody else has it. */
export interface UndeliveredMessage {
    readonly channel: string;
    /** The frame, as text. */
    readonly frame: string;
    readonly connections: readonly Undelivered[];
}

/**
 * Where messages go that cannot be published or delivered. Resolves once they are stored: until then nothing is safe.
 */
export interface DeadLetters {
    /** @param event the event as it came in. */
    rejected(rejection: Rejection, event: unknown): Promise<void>;
    undelivered(message: UndeliveredMessage): Promise<void>;
}

/** Stores one letter: its reason, also for a queue's readers to filter by, and its body. */
export type PutLetter = (reason: DeadLetterReason, body: string) => Promise<void>;

/** SQS takes 256 KiB in every Region and setting (1 MiB in some), the attributes included. */
const MAX_BODY_BYTES = 256 * 1024 - 1024;
/** Reason, text and channel. */
const LETTER_HEAD_BYTES = 1024;

/**
 * Letters as JSON: `{reason, message, event}` of a rejected one, `{reason, message, channel, frame, connections}` of
 * the rest.
 */
export function createDeadLetters(put: PutLetter): DeadLetters {
    return {
        async rejected({ code, message }, event) {
            const letter = jsonText({ reason: code, message, event });
            await put(
                code,
                Buffer.byteLength(letter) <= MAX_BODY_BYTES
                    ? letter
                    : jsonText({ reason: code, message, event: withoutDetail(event) }),
            );
        },
        async undelivered({ channel, frame, connections }) {
            for (const part of splitToFit(connections, MAX_BODY_BYTES - Buffer.byteLength(frame))) {
                const message = `${part.length} connections of ${channel} did not get the message.`;
                const head = jsonText({ reason: "undelivered", message, channel, connections: part });
                // The frame is JSON already: parsing a large one to write it again would be for nothing.
                await put("undelivered", `${head.slice(0, -1)},"frame":${frame}}`);
            }
        },
    };
}

/**
 * Puts letters on a queue. The SQS client is loaded with the first letter, since a healthy notifier needs none.
 */
export function sqsQueue(queueUrl: string): PutLetter {
    let client: SQSClient | undefined;
    return async (reason, body) => {
        const { SQSClient, SendMessageCommand } = await import("@aws-sdk/client-sqs");
        client ??= new SQSClient({ requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } });
        await client.send(
            new SendMessageCommand({
                QueueUrl: queueUrl,
                MessageBody: body,
                MessageAttributes: { reason: { DataType: "String", StringValue: reason } },
            }),
        );
    };
}

/** Parts whose JSON has at most `bytes` bytes, next to what else a letter holds. */
function splitToFit(connections: readonly Undelivered[], bytes: number): readonly (readonly Undelivered[])[] {
    let part: Undelivered[] = [];
    const parts = [part];
    let left = bytes - LETTER_HEAD_BYTES;
    for (const connection of connections) {
        const size = Buffer.byteLength(jsonText(connection)) + 1;
        if (size > left && part.length > 0) {
            part = [];
            parts.push(part);
            left = bytes - LETTER_HEAD_BYTES;
        }
        part.push(connection);
        left -= size;
    }
    return parts.filter(({ length }) => length > 0);
}

/** What an operator looks for first. The data itself can be too much for a queue, and is still with the publisher. */
function withoutDetail(event: unknown): unknown {
    if (!isObject(event)) {
        return null;
    }
    const detail = "detail" in event ? JSON.stringify(event["detail"]) : "";
    return { ...event, detail: `(left out: ${Buffer.byteLength(detail)} bytes)` };
}
