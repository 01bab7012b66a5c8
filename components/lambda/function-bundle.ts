import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as esbuild from "esbuild";
import { ProgramError } from "../validation/program-error";
import { ownSourceMap } from "./own-source-map";

/** A function's code, and the map from its lines to those of the source. */
export interface FunctionBundle {
    readonly code: string;
    readonly map: string;
}

/**
 * The code of a function as one file, `index.js`: its entry and everything it imports, the AWS SDK included, so that
 * what runs is what was tested and a cold start reads one file. Beside it `index.js.map`, by which stacks name lines of
 * the source. The same sources give the same bytes, wherever the checkout is and from whichever directory the program
 * runs.
 *
 * @param entry the file that exports `handler`
 * @param files further texts of the archive, by file name
 * @throws ProgramError that names the file and lists what esbuild reports, when it cannot be bundled
 */
export function bundleFunction(entry: string, files: Readonly<Record<string, string>> = {}): pulumi.asset.AssetArchive {
    const { code, map } = bundleSource(entry);
    const texts = Object.entries(files).map(([name, text]) => [name, new pulumi.asset.StringAsset(text)] as const);
    return new pulumi.asset.AssetArchive({
        ...Object.fromEntries(texts),
        "index.js": new pulumi.asset.StringAsset(code),
        "index.js.map": new pulumi.asset.StringAsset(map),
    });
}

/** The texts of `index.js` and of `index.js.map`. */
export function bundleSource(entry: string): FunctionBundle {
    const directory = path.dirname(path.resolve(entry));
    const texts = { code: "", map: "" };
    for (const { path: file, text } of build(entry, path.join(directory, "index.js"))) {
        texts[file.endsWith(".map") ? "map" : "code"] = text;
    }
    return { code: texts.code, map: ownSourceMap(texts.map, directory) };
}

function build(entry: string, outfile: string): readonly esbuild.OutputFile[] {
    try {
        // Synchronous, so that code that does not bundle fails here, as one error, and not in the middle of an update.
        return esbuild.buildSync({
            ...bundleOptions(entry),
            outfile,
            write: false,
            sourcemap: "external",
            sourcesContent: false,
        }).outputFiles;
    } catch (error) {
        throw new ProgramError(`The function ${entry} cannot be bundled:\n${describe(error)}`);
    }
}

/** How functions are bundled, without a place for the output. */
export function bundleOptions(entry: string): esbuild.BuildOptions {
    const absoluteEntry = path.resolve(entry);
    return {
        entryPoints: [absoluteEntry],
        // The output names its sources relative to this directory: any other would depend on who runs the program.
        absWorkingDir: path.dirname(absoluteEntry),
        bundle: true,
        platform: "node",
        format: "cjs",
        // Below the Lambda runtime, because the same bundle also runs on a laptop's Node.js.
        target: "node20",
        // The ES modules of a package, where it has them: unused parts of the AWS SDK can then be left out.
        mainFields: ["module", "main"],
        // Where only this package's dependencies are installed, there are none above the functions.
        nodePaths: [path.join(__dirname, "..", "node_modules")],
        alias: { "@aws-sdk/credential-provider-node": path.join(__dirname, "lambda-credentials.ts") },
        banner: { js: mappedStacks() },
        // A function may import its static page or template.
        loader: { ".html": "text" },
        charset: "utf8",
        legalComments: "none",
        logLevel: "silent",
    };
}

/** What makes a bundle's stacks name lines of the source, as plain JavaScript whose names stay its own. */
function mappedStacks(): string {
    const source = readFileSync(path.join(__dirname, "mapped-stacks.ts"), "utf8");
    return esbuild.transformSync(source, { loader: "ts", format: "iife", platform: "node", target: "node20" }).code;
}

function describe(error: unknown): string {
    if (!isBuildFailure(error)) {
        return error instanceof Error ? error.message : String(error);
    }
    return error.errors
        .map(({ text, location }) =>
            location === null ? text : `${location.file}:${location.line}:${location.column}: ${text}`,
        )
        .map((line) => `  ${line}`)
        .join("\n");
}

function isBuildFailure(error: unknown): error is esbuild.BuildFailure {
    return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
