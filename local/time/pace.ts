/**
 * How the services of the local cloud pause where AWS would, before a retry or while a batch fills. A laptop need not
 * wait a minute between two attempts, so the pauses can be compressed; ages and limits count the pauses that AWS
 * would have made.
 */
export interface Pace {
    /** Resolves after the pause, or at once when `signal` aborts. Never rejects. */
    wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Pauses of `scale` times their length: 1 is AWS's own pace, 0 does not pause at all. */
export function scaledPace(scale: number): Pace {
    return { wait: (milliseconds, signal) => pause(milliseconds * scale, signal) };
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        if (signal?.aborted === true) {
            resolve();
            return;
        }
        const done = (): void => {
            clearTimeout(timer);
            signal?.removeEventListener("abort", done);
            resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal?.addEventListener("abort", done);
    });
}
