import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DeadLetterReason, Rejection } from "../../contract/dead-letters";
import { MAX_DEAD_LETTER_BYTES } from "../../contract/dead-letters";
import type { JsonObject } from "../../contract/json";
import { isObject, jsonText } from "../../contract/json";

/** A connection that a message could not be posted to, and why. */
export interface Undelivered {
    readonly connectionId: string;
    /** Epoch milliseconds. */
    readonly connectedAt: number;
    readonly reason: string;
}

/** A message on one channel, and the connections that did not get it. */
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

/** The queue counts the attributes, too. */
const MAX_BODY_BYTES = MAX_DEAD_LETTER_BYTES - 1024;
/** Reason and text, without the channel, which both the text and a member of its own name. */
const LETTER_HEAD_BYTES = 1024;

/**
 * Letters as JSON: `{reason, message, event}` of a rejected one, `{reason, message, channel, frame, connections}` of
 * the rest.
 */
export function createDeadLetters(put: PutLetter): DeadLetters {
    return {
        async rejected({ code, message }, event) {
            await put(code, letterOf({ code, message }, event));
        },
        async undelivered({ channel, frame, connections }) {
            const room = MAX_BODY_BYTES - Buffer.byteLength(frame) - 2 * channel.length;
            for (const part of splitToFit(connections, room)) {
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

/**
 * The letter of a rejected event. It always fits: the event is kept whole where it can be; otherwise without its detail,
 * then without any member over 1 KB, then without itself. What is left out says how much it was. The publisher still
 * has it, and an operator finds by the rest whom to ask.
 */
function letterOf({ code, message }: Rejection, event: unknown): string {
    for (const kept of [event, without(event, isDetail), without(event, isLong)]) {
        const letter = jsonText({ reason: code, message, event: kept });
        if (Buffer.byteLength(letter) <= MAX_BODY_BYTES) {
            return letter;
        }
    }
    return jsonText({ reason: code, message: message.slice(0, LETTER_HEAD_BYTES), event: leftOut(event) });
}

type MemberTest = (name: string, text: string) => boolean;

const isDetail: MemberTest = (name) => name === "detail";
const isLong: MemberTest = (_name, text) => Buffer.byteLength(text) > 1024;

function without(event: unknown, unwanted: MemberTest): JsonObject | null {
    if (!isObject(event)) {
        return null;
    }
    return Object.fromEntries(
        Object.entries(event).map(([name, value]) => [name, unwanted(name, jsonText(value)) ? leftOut(value) : value]),
    );
}

function leftOut(value: unknown): string {
    return `(left out: ${Buffer.byteLength(jsonText(value))} bytes)`;
}
