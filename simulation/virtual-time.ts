import { setImmediate } from "node:timers/promises";

/** What happens at one moment, in the order in which it was asked for. */
interface Moment {
    readonly actions: (() => void)[];
}

const NOTHING = (): void => undefined;

/**
 * Time that passes only where somebody lets it: what runs against its `clock`, `sleep` and `after` runs as in real time,
 * but hours take as long as their CPU work. Times are whole milliseconds, as `Date.now()` gives them.
 */
export class VirtualTime {
    private readonly moments = new Map<number, Moment>();
    private readonly ticks = new MinHeap();
    private time: number;
    private waiting = 0;

    constructor(startsAt = Date.UTC(2024, 0, 1)) {
        this.time = startsAt;
    }

    readonly clock = (): number => this.time;

    readonly now = (): number => this.time;

    readonly sleep = (milliseconds: number): Promise<void> =>
        new Promise((resolve) => {
            this.after(milliseconds, resolve);
        });

    /** Runs something after so many milliseconds; fractions are rounded up. Returns what calls it off. */
    after(milliseconds: number, action: () => void): () => void {
        const at = this.time + Math.max(0, Math.ceil(milliseconds));
        const moment = this.momentAt(at);
        let isOver = false;
        const index = moment.actions.push(() => {
            isOver = true;
            this.waiting--;
            action();
        });
        this.waiting++;
        return () => {
            if (!isOver) {
                isOver = true;
                this.waiting--;
                moment.actions[index - 1] = NOTHING;
            }
        };
    }

    /** How much is yet to happen. */
    get pending(): number {
        return this.waiting;
    }

    /** When something may happen next; `undefined` where nobody waits for anything. */
    get nextAt(): number | undefined {
        return this.ticks.first;
    }

    /** Lets so much time pass, and what is due happen, with what follows from it at once. */
    advance(milliseconds: number): void {
        const end = this.time + Math.ceil(milliseconds);
        for (let at = this.ticks.first; at !== undefined && at <= end; at = this.ticks.first) {
            this.goTo(at);
        }
        this.time = end;
    }

    /** Lets time pass in which nothing happens, whatever was due: a computer sleeps. */
    skip(milliseconds: number): void {
        this.time += Math.ceil(milliseconds);
    }

    /** Lets time pass while there is something to wait for and `goOn` holds. */
    async run(goOn: () => boolean = () => true): Promise<void> {
        // Whatever runs until it waits, runs before time goes on: a turn of the event loop empties the microtasks.
        await setImmediate();
        for (let at = this.ticks.first; at !== undefined && goOn(); at = this.ticks.first) {
            this.goTo(at);
            await setImmediate();
        }
    }

    private goTo(at: number): void {
        this.ticks.pop();
        const actions = this.moments.get(at)?.actions ?? [];
        this.moments.delete(at);
        this.time = Math.max(this.time, at);
        for (const action of actions) {
            action();
        }
    }

    private momentAt(at: number): Moment {
        const known = this.moments.get(at);
        if (known !== undefined) {
            return known;
        }
        const moment = { actions: [] };
        this.moments.set(at, moment);
        this.ticks.push(at);
        return moment;
    }
}

class MinHeap {
    private readonly items: number[] = [];

    get first(): number | undefined {
        return this.items[0];
    }

    push(value: number): void {
        const { items } = this;
        let index = items.push(value) - 1;
        while (index > 0) {
            const parent = (index - 1) >> 1;
            const above = items[parent] ?? -Infinity;
            if (above <= value) {
                break;
            }
            items[index] = above;
            index = parent;
        }
        items[index] = value;
    }

    /** Takes the first away. */
    pop(): void {
        const { items } = this;
        const last = items.pop();
        if (last === undefined || items.length === 0) {
            return;
        }
        let index = 0;
        for (;;) {
            const left = 2 * index + 1;
            const right = left + 1;
            const child = (items[right] ?? Infinity) < (items[left] ?? Infinity) ? right : left;
            const below = items[child];
            if (below === undefined || below >= last) {
                break;
            }
            items[index] = below;
            index = child;
        }
        items[index] = last;
    }
}
