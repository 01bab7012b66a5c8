import { createHash } from "node:crypto";
import { AwsError } from "../../aws/aws-error";
import type { QueueSettings } from "./attributes";
import { invalid, type OutgoingMessage } from "./message";

/** For how long a second message with the same deduplication id is taken for the first. */
const DEDUPLICATION_MS = 300_000;

/** 1 to 128 letters, digits and punctuation: no blank, no umlaut. */
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Checks what only a FIFO queue asks of a message, or only a standard queue takes. A message group is for both: it orders
 * a FIFO queue, and makes a standard queue fair.
 *
 * @throws AwsError with AWS's code and text
 */
export function validateGroup({ fifo }: QueueSettings, message: OutgoingMessage): void {
    const { groupId, deduplicationId, delaySeconds } = message;
    for (const [name, id] of [
        ["MessageGroupId", groupId],
        ["MessageDeduplicationId", deduplicationId],
    ] as const) {
        if (id !== undefined && !ID.test(id)) {
            throw invalid(
                `Value ${id} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and ` +
                    "punctuation characters. 1 to 128 in length.",
            );
        }
    }
    const unfit =
        fifo === undefined
            ? ([["MessageDeduplicationId", deduplicationId]] as const)
            : ([["DelaySeconds", delaySeconds]] as const);
    for (const [name, value] of unfit) {
        if (value !== undefined) {
            throw invalid(
                `Value ${value} for parameter ${name} is invalid. Reason: The request include parameter that is not ` +
                    "valid for this queue type.",
            );
        }
    }
    if (fifo !== undefined && groupId === undefined) {
        throw new AwsError("MissingParameter", "The request must contain the parameter MessageGroupId.");
    }
    if (fifo?.contentBased === false && deduplicationId === undefined) {
        throw invalid(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        );
    }
}

/** What a FIFO queue says of a message that it took. The number grows with each, also over restarts. */
export interface Accepted {
    readonly messageId: string;
    readonly sequenceNumber: string;
}

/** The messages that a FIFO queue took in the last five minutes, also those that are deleted by now. */
export class Deduplication {
    private readonly accepted = new Map<string, Accepted & { readonly at: number }>();
    private last = 0n;

    /** What became of an earlier message that this one repeats. */
    find(key: string, now: number): Accepted | undefined {
        for (const [known, { at }] of this.accepted) {
            if (at > now - DEDUPLICATION_MS) {
                break;
            }
            this.accepted.delete(known);
        }
        return this.accepted.get(key);
    }

    remember(key: string, messageId: string, sequenceNumber: string, at: number): void {
        this.accepted.set(key, { messageId, sequenceNumber, at });
    }

    /** Twenty digits, as AWS's, so that they compare as text, too. */
    nextNumber(now: number): string {
        const byTime = BigInt(Math.floor(now)) * 10_000_000n;
        this.last = byTime > this.last ? byTime : this.last + 1n;
        return String(this.last);
    }
}

/** By what a message of a FIFO queue is taken for a repetition: its id, or its body, in the queue or in its group. */
export function deduplicationKey(
    { contentBased, perGroup }: { readonly contentBased: boolean; readonly perGroup: boolean },
    { body, groupId = "", deduplicationId }: OutgoingMessage,
): { readonly key: string; readonly id: string } {
    const id = deduplicationId ?? (contentBased ? createHash("sha256").update(body).digest("hex") : "");
    return { key: perGroup ? `${groupId} ${id}` : id, id };
}
