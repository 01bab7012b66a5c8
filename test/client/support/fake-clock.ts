import type { Clock } from "../../../client/clock";

interface Timer {
    readonly at: number;
    readonly order: number;
    readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
    private time: number;
    private count = 0;
    private readonly timers = new Set<Timer>();

    constructor(startMs = Date.UTC(2026, 0, 1)) {
        this.time = startMs;
    }

    now(): number {
        return this.time;
    }

    after(ms: number, callback: () => void): () => void {
        this.count += 1;
        const timer = { at: this.time + ms, order: this.count, callback };
        this.timers.add(timer);
        return () => {
            this.timers.delete(timer);
        };
    }

    /** Lets time pass, and calls what is due in its order; also what that sets in turn. */
    advance(ms: number): void {
        const end = this.time + ms;
        for (let timer = this.nextUntil(end); timer !== undefined; timer = this.nextUntil(end)) {
            this.timers.delete(timer);
            this.time = Math.max(this.time, timer.at);
            timer.callback();
        }
        this.time = end;
    }

    /** Lets time pass in which no timer rings: the computer sleeps. */
    sleep(ms: number): void {
        this.time += ms;
    }

    /** When the next timer rings, if there is one. */
    get nextAt(): number | undefined {
        return this.timers.size === 0 ? undefined : Math.min(...[...this.timers].map(({ at }) => at));
    }

    /** How many timers are set. */
    get pending(): number {
        return this.timers.size;
    }

    private nextUntil(end: number): Timer | undefined {
        const due = [...this.timers].filter((timer) => timer.at <= end);
        return due.sort((a, b) => a.at - b.at || a.order - b.order)[0];
    }
}
