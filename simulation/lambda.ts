import type { Dice } from "./dice";
import { DiedError } from "./life";
import type { Life } from "./life";
import type { VirtualTime } from "./virtual-time";

/** One execution environment of a function. */
export interface Instance<Event, Answer> {
    readonly life: Life;
    run(event: Event): Promise<Answer>;
}

const INVOKE_MS = { least: 4, mean: 2 };
const COLD_START_MS = { least: 250, mean: 50 };
/** Of an instance that will die: about as long as a run takes, so that some die right after their work. */
const LONGEST_LIFE_MS = 150;
/** Lambda makes 1,000 instances of a function in 10 seconds. */
const INSTANCES_PER_SECOND = 100;
/** A minute before the first retry of an event, two before the second. */
const RETRY_PAUSES_MS = [60_000, 120_000];

export interface FunctionOptions {
    readonly name: string;
    /** How many instances are ready before there is work. Defaults to none. */
    readonly warm?: number;
    /** How likely an instance dies at some moment of a run. Defaults to never. */
    readonly crashes?: number;
}

/** A function of Lambda: one invocation at a time in an environment, which is kept as long as it lives. */
export class ModelFunction<Event, Answer> {
    instances: number;
    private readonly idle: Instance<Event, Answer>[] = [];
    private nextInstanceAt = 0;

    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
        private readonly options: FunctionOptions,
        private readonly createInstance: () => Instance<Event, Answer>,
    ) {
        this.instances = options.warm ?? 0;
        for (let instance = 0; instance < this.instances; instance++) {
            this.idle.push(createInstance());
        }
    }

    /** @throws what the handler throws, or a DiedError where its environment dies first. */
    async invoke(event: Event): Promise<Answer> {
        const instance = await this.acquire();
        await this.pause(INVOKE_MS);
        if (this.dice.hits(this.options.crashes ?? 0)) {
            this.time.after(this.dice.next() * LONGEST_LIFE_MS, () => {
                instance.life.kill();
            });
        }
        try {
            return await Promise.race([instance.run(event), instance.life.ended.then(() => this.mourn())]);
        } finally {
            if (!instance.life.isOver) {
                this.idle.push(instance);
            }
        }
    }

    /**
     * Runs it as often as Lambda does for an event that nobody waits for. Never rejects.
     *
     * @param putAway what becomes of the event after the third failure
     */
    async invokeLater(event: Event, putAway: (error: unknown) => void): Promise<Answer | undefined> {
        for (const pause of [...RETRY_PAUSES_MS, undefined]) {
            try {
                return await this.invoke(event);
            } catch (error) {
                if (pause === undefined) {
                    putAway(error);
                    return undefined;
                }
                await this.time.sleep(pause);
            }
        }
        return undefined;
    }

    private mourn(): never {
        throw new DiedError(this.options.name);
    }

    private async acquire(): Promise<Instance<Event, Answer>> {
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
