import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as esbuild from "esbuild";
import { ProgramError } from "../validation/program-error";

/**
 * The code of a function as one file, `index.js`: its entry and everything it imports, the AWS SDK included, so that
 * what runs is what was tested and a cold start reads one file. The same sources give the same bytes, wherever the
 * checkout is and from whichever directory the program runs.
 *
 * @param entry the file that exports `handler`
 * @throws ProgramError that names the file and lists what esbuild reports, when it cannot be bundled
 */
export function bundleFunction(entry: string): pulumi.asset.AssetArchive {
    return new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(bundleSource(entry)) });
}

/** The text of `index.js`. */
export function bundleSource(entry: string): string {
    try {
        // Synchronous, so that code that does not bundle fails here, as one error, and not in the middle of an update.
        const { outputFiles } = esbuild.buildSync({ ...bundleOptions(entry), write: false });
        return outputFiles.map((file) => file.text).join("");
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
        // A function may import its static page or template.
        loader: { ".html": "text" },
        charset: "utf8",
        legalComments: "none",
        logLevel: "silent",
    };
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
