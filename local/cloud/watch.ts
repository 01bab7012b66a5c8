import * as path from "node:path";
import { watch } from "chokidar";

// Editors write a file in several steps; one pause covers them.
const SETTLE_MS = 100;

/**
 * Calls `changed` after a file below one of `folders` (recursively) or directly in `root` was edited. A change that
 * comes while `changed` is still at work leads to one more call afterwards.
 *
 * @returns once every file is watched: a function that ends the watch.
 */
export async function watchSources(
    root: string,
    folders: readonly string[],
    changed: (file: string) => Promise<void>,
): Promise<() => Promise<void>> {
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
    const notice = (file: string): void => {
        pending = path.relative(root, file);
        clearTimeout(timer);
        settle();
    };

    // Not node's own recursive watch, which on Linux loses sight of a file that an editor replaces.
    const watcher = watch([root, ...folders.map((folder) => path.join(root, folder))], {
        ignoreInitial: true,
        ignored: (file, stats) => isIgnored(root, folders, file, stats?.isFile() === true),
    });
    watcher.on("all", (_, file) => {
        notice(file);
    });
    await new Promise<void>((resolve) => {
        watcher.once("ready", resolve);
    });
    return async () => {
        clearTimeout(timer);
        await watcher.close();
    };
}

/** Of the root itself only the sources directly in it; below the folders all sources but those of installed packages. */
function isIgnored(root: string, folders: readonly string[], file: string, isFile: boolean): boolean {
    const parts = path.relative(root, file).split(path.sep);
    const [top = ""] = parts;
    if (top === "" || parts.includes("node_modules")) {
        return top !== "";
    }
    const isSource = /\.(ts|json|ya?ml|html)$/.test(file);
    return folders.includes(top) ? isFile && !isSource : parts.length > 1 || !isSource;
}
