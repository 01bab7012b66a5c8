import type { Principal } from "../aws/authorization";

/** A request that a function makes to the cloud. */
export interface FunctionRequest {
    readonly functionName: string;
    /** For example `dynamodb:PutItem`, or `execute-api:ManageConnections`. */
    readonly operation: string;
}

/**
 * Decides whether the execution environment that makes a request dies on it: before the request takes effect, or right
 * after, without the answer. Undefined for neither. For tests of what a crash leaves behind.
 */
export type Crashes = (request: FunctionRequest) => "before" | "after" | undefined;

/** Who made a request, and what it asks for. */
export interface CrashableRequest {
    readonly principal: Principal;
    /** Each execution environment has a key of its own, by which it is known. */
    readonly accessKeyId: string;
    readonly operation: string;
}

/** Stands around the requests of functions, and ends those that are to die. */
export class FunctionCrashes {
    readonly #dead = new Set<string>();

    /** @param kill ends the execution environment with that access key; resolves once nothing of it runs any more. */
    constructor(
        private readonly decide: Crashes,
        private readonly kill: (accessKeyId: string) => Promise<void>,
    ) {}

    /** Carries a request out. Undefined: there is nobody left to answer. */
    async around<T>(
        { principal, accessKeyId, operation }: CrashableRequest,
        carryOut: () => T | Promise<T>,
    ): Promise<T | undefined> {
        // What else was on its way when it died is never sent.
        if (this.#dead.has(accessKeyId)) {
            return undefined;
        }
        const death =
            principal.kind === "role" ? this.decide({ functionName: principal.sessionName, operation }) : undefined;
        if (death === undefined) {
            return carryOut();
        }
        this.#dead.add(accessKeyId);
        try {
            if (death === "after") {
                await carryOut();
            }
        } finally {
            await this.kill(accessKeyId);
        }
        return undefined;
    }
}
