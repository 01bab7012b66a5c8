import { watch } from "node:fs";
import * as path from "node:path";

// Editors write a file in several steps; one pause covers them.
const SETTLE_MS = 100;

/**
 * Calls `changed` after a file below one of `folders` (recursively) or directly in `root` was edited. A change that
 * comes while `changed` is still at work leads to one more call afterwards.
 *
 * @returns a function that ends the watch.
 */
export function watchSources(root: string, folders: readonly string[], changed: (file: string) => Promise<void>): () => void {
    let timer: NodeJS.Timeout | undefined;
    let working = false;
    let pending: string | undefined;

    const settle = (): void => {
        timer = setTimeout(() => {
            if (!working && pending !== undefined) {
                void work(pending);
            }
        }, SETTLE_MS);
    };
    const work = async (file: string): Promise<void> => {
        working = true;
        pending = undefined;
        try {
            await changed(file);
        } finally {
            working = false;
            settle();
        }
    };
    const notice = (folder: string) => (_: string, name: string | null): void => {
        if (name === null || !/\.(ts|json|ya?ml|html)$/.test(name) || name.includes("node_modules")) {
            return;
        }
        pending = path.relative(root, path.join(folder, name));
        clearTimeout(timer);
        settle();
    };

    const watchers = [
        watch(root, notice(root)),
        ...folders.map((folder) => watch(path.join(root, folder), { recursive: true }, notice(path.join(root, folder)))),
    ];
    return () => {
        clearTimeout(timer);
        for (const watcher of watchers) {
            watcher.close();
        }
    };
}
