import type { Dice } from "./dice";
import type { Life } from "./life";
import type { ModelQueue, QueuedMessage } from "./queue";
import type { VirtualTime } from "./virtual-time";

/** One execution environment of a function. */
export interface Instance {
    readonly life: Life;
    /** Works off a batch, and answers with what was done of it, as a function with partial batch responses says. */
    run(batch: readonly QueuedMessage[]): Promise<readonly QueuedMessage[]>;
}

export interface FunctionSettings {
    readonly concurrency: number;
    readonly batchSize: number;
    /** Whether the first instances are ready before there is work. */
    readonly warm: boolean;
    /** How likely an instance dies at some moment of a run: then nothing of its batch is deleted. */
    readonly crashes: number;
}

const RECEIVE_MS = { least: 6, mean: 4 };
const INVOKE_MS = { least: 4, mean: 2 };
const COLD_START_MS = { least: 250, mean: 50 };
/** Of an instance that will die: about as long as a run takes, so that some die right after their work. */
const LONGEST_LIFE_MS = 150;
const DELETE_MS = { least: 4, mean: 2 };
/** Lambda makes 1,000 instances of a function in 10 seconds. */
const INSTANCES_PER_SECOND = 100;
/** An event source mapping begins with so many batches at a time, and takes 300 more in a minute. */
const FIRST_POLLERS = 5;
const POLLERS_PER_SECOND = 5;

/** Lambda and the event source mapping between it and the queue. */
export class QueueFunction {
    instances = 0;
    private readonly idle: Instance[] = [];
    private nextInstanceAt = 0;

    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
        private readonly queue: ModelQueue,
        private readonly settings: FunctionSettings,
        private readonly createInstance: () => Instance,
    ) {
        if (settings.warm) {
            for (; this.instances < settings.concurrency; this.instances++) {
                this.idle.push(createInstance());
            }
        }
    }

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
            await this.invoke(batch);
        }
    }

    private async invoke(batch: readonly QueuedMessage[]): Promise<void> {
        const instance = await this.acquire();
        await this.pause(INVOKE_MS);
        if (this.dice.hits(this.settings.crashes)) {
            this.time.after(this.dice.next() * LONGEST_LIFE_MS, () => {
                instance.life.kill();
            });
        }
        const done = await Promise.race([instance.run(batch), instance.life.ended]);
        if (done !== undefined) {
            this.idle.push(instance);
            await this.pause(DELETE_MS);
            done.forEach((message) => {
                this.queue.delete(message);
            });
        }
    }

    private async acquire(): Promise<Instance> {
        const idle = this.idle.pop();
        if (idle !== undefined && !idle.life.isOver) {
            return idle;
        }
        const now = this.time.clock();
        this.nextInstanceAt = Math.max(now, this.nextInstanceAt) + 1_000 / INSTANCES_PER_SECOND;
        this.instances++;
        await this.time.sleep(this.nextInstanceAt - now - 1_000 / INSTANCES_PER_SECOND);
        await this.pause(COLD_START_MS);
        return this.createInstance();
    }

    private pause({ least, mean }: { readonly least: number; readonly mean: number }): Promise<void> {
        return this.time.sleep(this.dice.delay(least, mean));
    }
}
