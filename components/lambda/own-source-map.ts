import { existsSync } from "node:fs";
import * as path from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";

interface BundleMap {
    readonly sources: readonly string[];
    readonly mappings: string;
}

/**
 * The source map of a bundle without the lines of its packages: theirs are nine tenths of it, and a stack names them
 * well enough by the bundle's lines. It names files as the package does that holds them, the same on every machine.
 *
 * @param json the map as esbuild made it
 * @param directory the bundle's own, to which the map's paths are relative
 */
export function ownSourceMap(json: string, directory: string): string {
    const { sources, mappings } = JSON.parse(json) as BundleMap;
    const root = packageRoot(directory);
    const own: string[] = [];
    const newIndexes = sources.map((source) => {
        const file = path.resolve(directory, source);
        return file.split(path.sep).includes("node_modules") ? -1 : own.push(slashed(path.relative(root, file))) - 1;
    });
    const lines = decode(mappings).map((segments) =>
        segments.map((segment) => {
            const index = segment.length === 1 ? -1 : (newIndexes[segment[1]] ?? -1);
            // A segment without a source ends the one before it.
            return segment.length === 1 || index < 0
                ? ([segment[0]] as [number])
                : ([segment[0], index, segment[2], segment[3]] as [number, number, number, number]);
        }),
    );
    return JSON.stringify({ version: 3, sources: own, names: [], mappings: encode(lines.map(withoutRepeats)) });
}

/** Of segments in a row that all have no source, the first says it for all. */
function withoutRepeats<T extends readonly number[]>(segments: readonly T[]): T[] {
    return segments.filter(({ length }, index) => length > 1 || (segments[index - 1]?.length ?? 1) > 1);
}

function packageRoot(directory: string): string {
    for (let folder = directory; ; folder = path.dirname(folder)) {
        if (existsSync(path.join(folder, "package.json"))) {
            return folder;
        }
        if (folder === path.dirname(folder)) {
            return directory;
        }
    }
}

function slashed(file: string): string {
    return file.split(path.sep).join("/");
}
