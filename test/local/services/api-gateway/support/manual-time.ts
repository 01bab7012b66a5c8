import type { Timers } from "../../../../../local/time/timers";

interface Alarm {
    readonly at: number;
    readonly run: () => void;
}

/** A clock that stands still until a test moves it, and timers that ring by it. */
export class ManualTime {
    #now = Date.UTC(2024, 1, 9, 18, 11, 43);
    readonly #alarms = new Set<Alarm>();

    readonly clock = (): number => this.#now;

    readonly timers: Timers = {
        after: (milliseconds, run) => {
            const alarm = { at: this.#now + milliseconds, run };
            this.#alarms.add(alarm);
            return () => {
                this.#alarms.delete(alarm);
            };
        },
    };

    /** How many timers are set. */
    get pending(): number {
        return this.#alarms.size;
    }

    /** Moves the clock, ringing each timer at its time. */
    advance(milliseconds: number): void {
        const end = this.#now + milliseconds;
        for (;;) {
            const [next] = [...this.#alarms].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
            if (next === undefined) {
                this.#now = end;
                return;
            }
            this.#alarms.delete(next);
            this.#now = Math.max(this.#now, next.at);
            next.run();
        }
    }
}
