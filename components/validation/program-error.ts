import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";

/** An error for the person who runs the program. Pulumi shows its message once, as it is, and no stack. */
export class ProgramError extends pulumi.RunError {
    constructor(message: string) {
        super(message);
        // Pulumi writes "error serializing property …" in front of an error that reaches it through an output, again
        // for each use of that output.
        Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
    }

    /**
     * Pulumi inspects each error it reports, together with the promise it has hung on it; on Node.js 20 that promise
     * leads to the whole runtime, whose text takes half a minute to make and is then thrown away.
     */
    [inspect.custom](): string {
        return this.message;
    }
}
