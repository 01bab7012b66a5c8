export type Cancel = () => void;

/** How services wait: injected, so that two hours pass at once in a test. */
export interface Timers {
    /** Calls `run` once, after the given time, unless cancelled before. */
    after(milliseconds: number, run: () => void): Cancel;
}

export const systemTimers: Timers = {
    after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        // A pending limit is no reason for the process to stay.
        timer.unref();
        return () => {
            clearTimeout(timer);
        };
    },
};

/** A clock, in epoch milliseconds, and timers that ring by it. */
export interface Time {
    readonly clock: () => number;
    readonly timers: Timers;
}
