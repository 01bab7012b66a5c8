import { createHash } from "node:crypto";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DeliveryTask } from "./task";
import { serializeTask } from "./task";
import type { Backoff, Random, Sleep } from "../runtime/backoff";
import { jitter, retry } from "../runtime/retry";

/** Where deliveries wait for a deliverer. */
export interface DeliveryQueue {
    /**
     * Resolves once all of the tasks are stored: until then nothing is safe.
     *
     * @param delaySeconds how long they stay invisible, 0 to 900.
     */
    send(tasks: readonly DeliveryTask[], delaySeconds: number): Promise<void>;
}

/** One message for the queue. */
export interface QueueEntry {
    readonly body: string;
    readonly delaySeconds: number;
    readonly group: string;
}

/** Hands up to ten messages to the queue, and answers with those that it did not take. */
export type SendBatch = (entries: readonly QueueEntry[]) => Promise<readonly QueueEntry[]>;

/** Thrown when SQS keeps handing messages back. */
export class UnsentDeliveriesError extends Error {
    override readonly name = "UnsentDeliveriesError";
    readonly code = "unsent_deliveries";
}

const BATCH_ENTRIES = 10;
/** Of one message as of a batch: 256 KiB in every Region and setting (1 MiB in some). */
const BATCH_BYTES = 256 * 1024;
const ATTEMPTS = 5;
const BACKOFF: Backoff = { baseMs: 50, capMs: 1_000 };

/** Sends tasks in as few batches as SQS allows. */
export function createDeliveryQueue(sendBatch: SendBatch, sleep: Sleep, random: Random): DeliveryQueue {
    return {
        async send(tasks, delaySeconds) {
            for (const batch of toBatches(tasks.map((task) => toEntry(task, delaySeconds)))) {
                await sendAll(batch);
            }
        },
    };

    async function sendAll(batch: readonly QueueEntry[]): Promise<void> {
        let unsent = batch;
        const pause = jitter(BACKOFF, { sleep, random });
        await retry({ attempts: ATTEMPTS, pause, mayChange: () => unsent.length > 0 }, async () => {
            unsent = await sendBatch(unsent);
        });
        if (unsent.length > 0) {
            const count = unsent.length;
            throw new UnsentDeliveriesError(`SQS did not take ${count} deliveries in ${ATTEMPTS} attempts.`);
        }
    }
}

/** Calls SQS. Where no client is given it is loaded with the first call, since most messages need no queue. */
export function sqsBatches(queueUrl: string, client?: SQSClient): SendBatch {
    return async (entries) => {
        const { SQSClient, SendMessageBatchCommand } = await import("@aws-sdk/client-sqs");
        client ??= new SQSClient({ requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } });
        const { Failed = [] } = await client.send(
            new SendMessageBatchCommand({
                QueueUrl: queueUrl,
                Entries: entries.map(({ body, delaySeconds, group }, index) => ({
                    Id: String(index),
                    MessageBody: body,
                    DelaySeconds: delaySeconds,
                    MessageGroupId: group,
                })),
            }),
        );
        return Failed.flatMap(({ Id }) => entries[Number(Id)] ?? []);
    };
}

/**
 * The group makes the queue a fair one: when one message's chunks pile up, those of others are handed out
 * first, and replays.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
function toEntry(task: DeliveryTask, delaySeconds: number): QueueEntry {
    const group = createHash("sha256").update(groupOf(task)).digest("hex");
    return { body: serializeTask(task), delaySeconds, group };
}

function groupOf(task: DeliveryTask): string {
    return task.kind === "replay" ? task.connection.connectionId : `${task.push.channel}\n${task.push.id}`;
}

function toBatches(entries: readonly QueueEntry[]): readonly (readonly QueueEntry[])[] {
    const batches: QueueEntry[][] = [];
    let bytes = BATCH_BYTES;
    for (const entry of entries) {
        const size = Buffer.byteLength(entry.body);
        const last = batches.at(-1);
        if (last === undefined || last.length === BATCH_ENTRIES || bytes + size > BATCH_BYTES) {
            batches.push([entry]);
            bytes = size;
        } else {
            last.push(entry);
            bytes += size;
        }
    }
    return batches;
}
