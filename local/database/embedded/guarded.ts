import type { Callback } from "dynalite/db";

/** Dynalite calls back from timers: what its code then throws would end the process. */
export function guarded<T>(onCrash: (error: unknown) => void, callback: Callback<T>): Callback<T> {
    return (error, value) => {
        try {
            callback(error, value);
        } catch (crash) {
            onCrash(crash);
        }
    };
}
