import type { Clock } from "../../../client/clock";
import type { Time, Timers } from "../../../local/time/timers";

interface Alarm {
    readonly at: number;
    readonly run: () => void;
    cancel: () => void;
}

/**
 * Time that passes as the system's does, and that a test can move on besides: an hour then passes at once for whoever
 * goes by it, a client, the gateway or the queues, while requests go on as ever.
 */
export class MovableTime implements Clock, Time {
    readonly #alarms = new Set<Alarm>();
    #ahead = 0;

    readonly clock = (): number => this.now();

    readonly timers: Timers = { after: (milliseconds, run) => this.after(milliseconds, run) };

    now(): number {
        return Date.now() + this.#ahead;
    }

    after(milliseconds: number, run: () => void): () => void {
        const alarm: Alarm = { at: this.now() + milliseconds, run, cancel: () => undefined };
        this.#alarms.add(alarm);
        this.#set(alarm);
        return () => {
            this.#drop(alarm);
        };
    }

    /** Moves on. What should have rung meanwhile rings now, in its order, as after a computer's sleep. */
    advance(milliseconds: number): void {
        this.#ahead += milliseconds;
        for (const alarm of [...this.#alarms].sort((one, other) => one.at - other.at)) {
            if (!this.#alarms.has(alarm)) {
                // An earlier one cancelled it.
            } else if (alarm.at <= this.now()) {
                this.#ring(alarm);
            } else {
                alarm.cancel();
                this.#set(alarm);
            }
        }
    }

    #set(alarm: Alarm): void {
        const timer = setTimeout(() => {
            this.#ring(alarm);
        }, alarm.at - this.now());
        // What is waited for is something else: an alarm alone is no reason for the run to go on.
        timer.unref();
        alarm.cancel = () => {
            clearTimeout(timer);
        };
    }

    #ring(alarm: Alarm): void {
        this.#drop(alarm);
        alarm.run();
    }

    #drop(alarm: Alarm): void {
        alarm.cancel();
        this.#alarms.delete(alarm);
    }
}
