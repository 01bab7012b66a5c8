import type { QueueEntry, SendBatch } from "../functions/deliveries/delivery-queue";
import type { Dice } from "./dice";
import type { VirtualTime } from "./virtual-time";

export interface QueuedMessage {
    readonly id: number;
    readonly body: string;
    receives: number;
    deleted: boolean;
}

export interface QueueSettings {
    readonly visibilityMs: number;
    readonly maxReceives: number;
    /** How likely a message that was received is handed out once more. */
    readonly duplicates: number;
    /** How likely one entry of a batch is not taken. */
    readonly unsent: number;
    /** What becomes of a message that was received too often. */
    readonly putAway: (body: string) => void;
}

const SEND_MS = { least: 6, mean: 4 };

/** SQS: at least once, in no order, with delays, visibility time-outs and a dead-letter queue. */
export class ModelQueue {
    sent = 0;
    private readonly visible: QueuedMessage[] = [];
    private readonly waiting: (() => void)[] = [];
    private alive = 0;

    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
        private readonly settings: QueueSettings,
    ) {}

    /** Whether no message is left: neither visible, nor delayed, nor received and not deleted. */
    get isEmpty(): boolean {
        return this.alive === 0;
    }

    readonly sendBatch: SendBatch = async (entries) => {
        await this.time.sleep(this.dice.delay(SEND_MS.least, SEND_MS.mean));
        const unsent = entries.filter(() => this.dice.hits(this.settings.unsent));
        entries
            .filter((entry) => !unsent.includes(entry))
            .forEach((entry) => {
                this.add(entry);
            });
        return unsent;
    };

    /** Up to `maximum` messages, or fewer at once; waits for the first. */
    async receive(maximum: number): Promise<readonly QueuedMessage[]> {
        for (;;) {
            const taken = this.take(maximum);
            if (taken.length > 0) {
                return taken;
            }
            await new Promise<void>((resolve) => this.waiting.push(resolve));
        }
    }

    delete(message: QueuedMessage): void {
        if (!message.deleted) {
            message.deleted = true;
            this.alive--;
        }
    }

    private add({ body, delaySeconds }: QueueEntry): void {
        this.sent++;
        this.alive++;
        const message = { id: this.sent, body, receives: 0, deleted: false };
        this.time.after(delaySeconds * 1_000, () => {
            this.show(message);
        });
    }

    private show(message: QueuedMessage): void {
        if (message.deleted) {
            return;
        }
        if (message.receives >= this.settings.maxReceives) {
            this.settings.putAway(message.body);
            this.delete(message);
            return;
        }
        this.visible.push(message);
        this.waiting.shift()?.();
    }

    private take(maximum: number): readonly QueuedMessage[] {
        const taken: QueuedMessage[] = [];
        while (taken.length < maximum && this.visible.length > 0) {
            // Standard queues hand messages out in about, but not quite, the order in which they came.
            const index = Math.floor(this.dice.next() * Math.min(20, this.visible.length));
            const [message] = this.visible.splice(index, 1);
            if (message !== undefined && !message.deleted) {
                message.receives++;
                taken.push(message);
                const again = this.dice.hits(this.settings.duplicates) ? 10 : this.settings.visibilityMs;
                this.time.after(again, () => {
                    this.show(message);
                });
            }
        }
        return taken;
    }
}
