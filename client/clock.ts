/** Time, as the client sees it. */
export interface Clock {
    /** Milliseconds since 1970. */
    now(): number;
    /** Calls back once after some milliseconds. Returns the function that prevents it. */
    after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
    now: () => Date.now(),
    after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => {
            clearTimeout(timer);
        };
    },
};
