export type Cancel = () => void;

/** How the gateway waits: injected, so that two hours pass at once in a test. */
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
