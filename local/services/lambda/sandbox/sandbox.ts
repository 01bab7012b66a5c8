import { Worker } from "node:worker_threads";
import type { FunctionError, InvokeMessage, RuntimeMessage, RuntimeSettings } from "./protocol";

/** Lambda gives a function this long to load, whatever its timeout. */
const INIT_LIMIT_MS = 10_000;

export interface SandboxOptions {
    /** The compiled runtime.ts. */
    readonly runtimeFile: string;
    readonly settings: RuntimeSettings;
    /** All that the function sees in `process.env`. */
    readonly environment: Readonly<Record<string, string>>;
    readonly timeoutSeconds: number;
    /** Epoch milliseconds until which the credentials in the environment are good. */
    readonly credentialsExpireAt: number;
    readonly log: (requestId: string, text: string) => void;
}

export interface Invocation {
    readonly requestId: string;
    /** JSON text. */
    readonly payload: string;
    /** Gets every line that the function logs meanwhile. */
    readonly onLog?: (text: string) => void;
}

export type Outcome =
    { readonly ok: true; readonly payload: string } | { readonly ok: false; readonly error: FunctionError };

interface Running {
    readonly invocation: Invocation;
    readonly settle: (outcome: Outcome) => void;
    timer: NodeJS.Timeout | undefined;
}

/**
 * One execution environment of a function, in a thread of its own. It runs one invocation at a time and lives on
 * between them, as in Lambda; unlike there, timers of the function also run between invocations.
 */
export class Sandbox {
    private readonly worker: Worker;
    private running: Running | undefined;
    private ready = false;
    private ended = false;
    private initError: FunctionError | undefined;

    constructor(private readonly options: SandboxOptions) {
        this.worker = new Worker(options.runtimeFile, {
            workerData: options.settings,
            env: options.environment,
            // Else the thread inherits this process's flags, and loads a TypeScript compiler it has no use for.
            execArgv: [],
            stdout: true,
            stderr: true,
            resourceLimits: { maxOldGenerationSizeMb: options.settings.memoryMb },
        });
        this.worker.on("message", (message: RuntimeMessage) => {
            this.receive(message);
        });
        // Out of memory, mostly: the runtime itself reports what the function throws.
        this.worker.on("error", (error) => {
            this.fail({ errorType: "Runtime.ExitError", errorMessage: this.exitText(error.message), trace: [] });
        });
        this.worker.on("exit", (code) => {
            const reason =
                code === 0
                    ? "Runtime exited without providing a reason"
                    : `Runtime exited with error: exit status ${code}`;
            this.fail({ errorType: "Runtime.ExitError", errorMessage: this.exitText(reason), trace: [] });
        });
    }

    /** The key of the credentials in its environment, which no other sandbox has. */
    get accessKeyId(): string {
        return this.options.environment["AWS_ACCESS_KEY_ID"] ?? "";
    }

    /** True once the sandbox can run nothing any more. */
    get isOver(): boolean {
        return this.ended;
    }

    get credentialsExpireAt(): number {
        return this.options.credentialsExpireAt;
    }

    /** Runs the handler once. Never rejects: whatever goes wrong in the thread is the outcome. */
    invoke(invocation: Invocation): Promise<Outcome> {
        return new Promise((resolve) => {
            const running: Running = {
                invocation,
                settle: (outcome) => {
                    clearTimeout(running.timer);
                    this.running = undefined;
                    resolve(outcome);
                },
                timer: undefined,
            };
            this.running = running;
            if (this.ready) {
                this.begin(running);
            } else if (this.initError !== undefined) {
                this.fail(this.initError);
            } else {
                this.limit(running, Math.max(INIT_LIMIT_MS, this.timeoutMs));
            }
        });
    }

    /** Ends the thread, in the middle of what it does; resolves once it runs no more. */
    async terminate(): Promise<void> {
        this.ended = true;
        await this.worker.terminate();
    }

    private get timeoutMs(): number {
        return this.options.timeoutSeconds * 1_000;
    }

    private begin(running: Running): void {
        const { requestId, payload } = running.invocation;
        this.limit(running, this.timeoutMs);
        this.worker.postMessage({ requestId, payload, deadline: Date.now() + this.timeoutMs } satisfies InvokeMessage);
    }

    private limit(running: Running, milliseconds: number): void {
        clearTimeout(running.timer);
        running.timer = setTimeout(() => {
            const text = `Task timed out after ${(milliseconds / 1_000).toFixed(2)} seconds`;
            const { requestId, onLog } = running.invocation;
            onLog?.(text);
            this.options.log(requestId, text);
            this.fail({
                errorType: "Sandbox.Timedout",
                errorMessage: `RequestId: ${requestId} Error: ${text}`,
                trace: [],
            });
        }, milliseconds);
    }

    private receive(message: RuntimeMessage): void {
        switch (message.type) {
            case "ready":
                this.ready = true;
                if (this.running !== undefined) {
                    this.begin(this.running);
                }
                break;
            case "init-error":
                this.initError = message.error;
                if (this.running !== undefined) {
                    this.fail(message.error);
                }
                break;
            case "log":
                this.running?.invocation.onLog?.(message.text);
                this.options.log(this.running?.invocation.requestId ?? "", message.text);
                break;
            case "result":
                this.settle(message.requestId, { ok: true, payload: message.payload });
                break;
            case "error":
                this.settle(message.requestId, { ok: false, error: message.error });
                break;
            case "fatal":
                this.fail(message.error);
                break;
        }
    }

    private settle(requestId: string, outcome: Outcome): void {
        if (this.running?.invocation.requestId === requestId) {
            this.running.settle(outcome);
        }
    }

    /** Ends the thread, and what it was running with it. */
    private fail(error: FunctionError): void {
        this.running?.settle({ ok: false, error });
        void this.terminate();
    }

    private exitText(reason: string): string {
        return `RequestId: ${this.running?.invocation.requestId ?? ""} Error: ${reason}`;
    }
}
