import { readFileSync } from "node:fs";
import type { SourceMapPayload } from "node:module";
import { SourceMap } from "node:module";

// This file stands at the beginning of each function's bundle. The map is read with the first stack that somebody
// looks at, so that a cold start reads none; Node's own `--enable-source-maps` reads it as soon as the bundle loads.
interface Frame extends NodeJS.CallSite {
    /** As V8 writes it: `publish (/var/task/index.js:31337:11)`. */
    toString(): string;
}

const MAP_FILE = `${__filename}.map`;
let map: SourceMap | undefined;

Error.prepareStackTrace = (error: unknown, frames: readonly Frame[]) =>
    [String(error), ...frames.map((frame) => `    at ${inSource(frame)}`)].join("\n");

/** `publish (functions/publishing/publisher.ts:42:11)` in place of a line in a bundle of thousands. */
function inSource(frame: Frame): string {
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    if (frame.getFileName() !== __filename || line === null || column === null) {
        return String(frame);
    }
    const entry = readMap().findEntry(line - 1, column - 1);
    return "originalSource" in entry
        ? String(frame).replace(
              `${__filename}:${line}:${column}`,
              () => `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
          )
        : String(frame);
}

function readMap(): SourceMap {
    map ??= new SourceMap(JSON.parse(readMapFile()) as SourceMapPayload);
    return map;
}

function readMapFile(): string {
    try {
        return readFileSync(MAP_FILE, "utf8");
    } catch {
        // Somebody deployed the bundle without it: the bundle's own lines are better than no stack.
        return '{"version":3,"sources":[],"names":[],"mappings":""}';
    }
}
