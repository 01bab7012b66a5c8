import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Dice } from "./dice";
import type { ModelFunction } from "./lambda";
import type { ModelQueue, QueuedMessage } from "./queue";
import type { VirtualTime } from "./virtual-time";

export interface EventSourceSettings {
    readonly concurrency: number;
    readonly batchSize: number;
}

const RECEIVE_MS = { least: 6, mean: 4 };
const DELETE_MS = { least: 4, mean: 2 };
/** An event source mapping begins with so many batches at a time, and takes 300 more in a minute. */
const FIRST_POLLERS = 5;
const POLLERS_PER_SECOND = 5;

/**
 * The event source mapping between a queue and a function, which works off a batch and answers with what was done of it,
 * as a function with partial batch responses says.
 */
export class QueueSource {
    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
        private readonly queue: ModelQueue,
        private readonly settings: EventSourceSettings,
        private readonly consumer: ModelFunction<readonly QueuedMessage[], readonly QueuedMessage[]>,
    ) {}

    start(): void {
        for (let poller = 0; poller < this.settings.concurrency; poller++) {
            const delay = (Math.max(0, poller + 1 - FIRST_POLLERS) / POLLERS_PER_SECOND) * 1_000;
            this.time.after(delay, () => void this.poll());
        }
    }

    private async poll(): Promise<void> {
        for (;;) {
            const batch = await this.queue.receive(this.settings.batchSize);
            await this.pause(RECEIVE_MS);
            // Of a function that threw or died, Lambda leaves the messages where they are.
            const done = await this.consumer.invoke(batch).catch(() => []);
            if (done.length > 0) {
                await this.pause(DELETE_MS);
                done.forEach((message) => {
                    this.queue.delete(message);
                });
            }
        }
    }

    private pause({ least, mean }: { readonly least: number; readonly mean: number }): Promise<void> {
        return this.time.sleep(this.dice.delay(least, mean));
    }
}

/** Works off a batch by a function's own handler, and tells which of its messages are done. */
export function workedOff(
    handle: (event: SQSEvent) => Promise<SQSBatchResponse>,
): (batch: readonly QueuedMessage[]) => Promise<readonly QueuedMessage[]> {
    return async (batch) => {
        const { batchItemFailures } = await handle({ Records: batch.map(toRecord) });
        const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        return batch.filter(({ id }) => !failed.has(String(id)));
    };
}

function toRecord({ id, body }: QueuedMessage): SQSRecord {
    return { messageId: String(id), body } as SQSRecord;
}
