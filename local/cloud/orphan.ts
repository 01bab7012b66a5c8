import type { Cancel } from "../time/timers";

/** Not often enough to cost anything, and soon enough for ports to be free when somebody starts again. */
const LOOK_MS = 500;

/**
 * Calls back once this process has lost the one that started it. A signal to npm alone ends npm and its shell, and
 * leaves their child behind, with the ports. On Windows a process keeps its parent's id, so nothing is called there.
 */
export function onOrphaned(orphaned: () => void, parentId: () => number = () => process.ppid): Cancel {
    const parent = parentId();
    const looking = setInterval(() => {
        if (parentId() !== parent) {
            clearInterval(looking);
            orphaned();
        }
    }, LOOK_MS);
    looking.unref();
    return () => {
        clearInterval(looking);
    };
}
