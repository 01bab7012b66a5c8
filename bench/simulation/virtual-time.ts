import { setImmediate } from "node:timers/promises";

/**
 * Time that passes only where somebody waits for it. What runs against its `clock` and `sleep` runs as in real time,
 * but a fan-out of minutes takes as long as its CPU work. Times are whole milliseconds, as `Date.now()` gives them.
 */
export class VirtualTime {
    private readonly due = new Map<number, (() => void)[]>();
    private readonly ticks = new MinHeap();
    private now: number;

    constructor(startsAt = Date.UTC(2024, 0, 1)) {
        this.now = startsAt;
    }

    readonly clock = (): number => this.now;

    readonly sleep = (milliseconds: number): Promise<void> =>
        new Promise((resolve) => {
            this.after(milliseconds, resolve);
        });

    /** Runs something after so many milliseconds; fractions are rounded up. */
    after(milliseconds: number, action: () => void): void {
        const at = this.now + Math.max(0, Math.ceil(milliseconds));
        const actions = this.due.get(at);
        if (actions === undefined) {
            this.due.set(at, [action]);
            this.ticks.push(at);
        } else {
            actions.push(action);
        }
    }

    /** Lets time pass while there is something to wait for and `goOn` holds. */
    async run(goOn: () => boolean = () => true): Promise<void> {
        // Whatever runs until it waits, runs before time goes on: a turn of the event loop empties the microtasks.
        await setImmediate();
        while (this.ticks.size > 0 && goOn()) {
            const at = this.ticks.pop();
            const actions = this.due.get(at) ?? [];
            this.due.delete(at);
            this.now = at;
            for (const action of actions) {
                action();
            }
            await setImmediate();
        }
    }
}

class MinHeap {
    private readonly items: number[] = [];

    get size(): number {
        return this.items.length;
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

    pop(): number {
        const { items } = this;
        const top = items[0] ?? Infinity;
        const last = items.pop();
        if (last === undefined || items.length === 0) {
            return top;
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
        return top;
    }
}
