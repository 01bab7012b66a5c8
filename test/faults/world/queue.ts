import type { SQSRecord } from "aws-lambda";
import type { QueueEntry } from "../../../functions/deliveries/delivery-queue";
import type { Clock } from "../../../client/clock";
import type { Lambda } from "./lambda";

const VISIBILITY_MS = 180_000;
const MAX_RECEIVES = 10;

/** The delivery queue and its event source: what the deliverer fails on comes back, and in the end is put away. */
export class WorldQueue {
    private count = 0;

    constructor(
        private readonly clock: Clock,
        private readonly lambda: () => Lambda,
        private readonly putLetter: (body: string) => void,
    ) {}

    send({ body, delaySeconds }: QueueEntry): void {
        this.count += 1;
        this.later(delaySeconds * 1_000, body, `message${this.count}`, 1);
    }

    private later(ms: number, body: string, messageId: string, receive: number): void {
        this.clock.after(ms, () => {
            if (receive > MAX_RECEIVES) {
                this.putLetter(body);
                return;
            }
            void this.receive(body, messageId).then((isDone) => {
                if (!isDone) {
                    this.later(VISIBILITY_MS, body, messageId, receive + 1);
                }
            });
        });
    }

    private async receive(body: string, messageId: string): Promise<boolean> {
        try {
            const record = { messageId, body } as SQSRecord;
            const { batchItemFailures } = await this.lambda().invoke("deliver", { Records: [record] });
            return batchItemFailures.length === 0;
        } catch {
            // It threw or died: Lambda leaves its messages where they are.
            return false;
        }
    }
}
