import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { transformSync } from "esbuild";
import { AwsError } from "../../../aws/aws-error";
import type { ArchiveFiles } from "../../../resources/resource";

/** A private directory for what must be files: the compiled runtime, and the code of each function version. */
export class Workspace {
    private readonly root = mkdtempSync(path.join(tmpdir(), "push-gateway-local-"));
    private versions = 0;
    /** The runtime of runtime.ts as plain JavaScript: a worker thread of ours has no TypeScript loader. */
    readonly runtimeFile: string;

    constructor() {
        const source = readFileSync(path.join(__dirname, "runtime.ts"), "utf8");
        const { code } = transformSync(source, { loader: "ts", format: "cjs", platform: "node", target: "node20" });
        this.runtimeFile = path.join(this.root, "runtime.cjs");
        writeFileSync(this.runtimeFile, code);
    }

    /** Where functions look for a home directory: an empty one, so that nobody's own AWS profile reaches them. */
    get home(): string {
        return this.root;
    }

    /** Writes the archive into a directory of its own, and returns that. A path out of it throws an `AwsError`. */
    unpack(functionName: string, files: ArchiveFiles): string {
        this.versions += 1;
        const directory = path.join(this.root, `${functionName}-${this.versions}`);
        mkdirSync(directory);
        for (const [name, content] of files) {
            const file = path.resolve(directory, name);
            if (!file.startsWith(directory + path.sep)) {
                throw new AwsError(
                    "InvalidParameterValueException",
                    `The archive of ${functionName} holds a path outside of it: ${name}`,
                );
            }
            mkdirSync(path.dirname(file), { recursive: true });
            writeFileSync(file, content);
        }
        return directory;
    }

    remove(directory: string): void {
        rmSync(directory, { recursive: true, force: true });
    }

    close(): void {
        this.remove(this.root);
    }
}
