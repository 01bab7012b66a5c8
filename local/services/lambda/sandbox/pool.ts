import type { Invocation, Outcome, Sandbox } from "./sandbox";

export interface PoolOptions {
    readonly create: () => Sandbox;
    /** How many sandboxes there are at most; further invocations wait their turn. */
    readonly maximum: number;
    /** How long a sandbox is kept without work. */
    readonly idleMs: number;
    readonly clock: () => number;
    /** A sandbox whose credentials expire sooner than this is not used again. */
    readonly credentialMarginMs: number;
}

interface Waiter {
    readonly resolve: (sandbox: Sandbox) => void;
    readonly reject: (reason: Error) => void;
}

interface IdleSandbox {
    readonly sandbox: Sandbox;
    readonly timer: NodeJS.Timeout;
}

/** The warm sandboxes of one version of a function. */
export class SandboxPool {
    /** The one used last is used next, so that those beyond the need go idle and are ended. */
    private readonly idle: IdleSandbox[] = [];
    private readonly all = new Set<Sandbox>();
    private readonly waiting: Waiter[] = [];
    private retired = false;

    constructor(private readonly options: PoolOptions) {}

    /** How many sandboxes there are, busy or idle. */
    get size(): number {
        return this.all.size;
    }

    async run(invocation: Invocation): Promise<Outcome> {
        const sandbox = await this.acquire();
        const outcome = await sandbox.invoke(invocation);
        this.release(sandbox);
        return outcome;
    }

    /** Ends idle sandboxes now and each busy one after its invocation: a new version has taken over. */
    retire(): void {
        this.retired = true;
        for (const { sandbox, timer } of this.idle.splice(0)) {
            clearTimeout(timer);
            this.end(sandbox);
        }
    }

    /** Ends the sandbox with that access key, in the middle of what it does. */
    async kill(accessKeyId: string): Promise<void> {
        const found = [...this.all].filter((sandbox) => sandbox.accessKeyId === accessKeyId);
        await Promise.all(found.map((sandbox) => sandbox.terminate()));
    }

    /** Ends all sandboxes and what they run. Invocations that still wait for one are rejected. */
    async close(): Promise<void> {
        for (const waiter of this.waiting.splice(0)) {
            waiter.reject(new Error("the local cloud is ending"));
        }
        const sandboxes = [...this.all];
        this.retire();
        await Promise.all(sandboxes.map((sandbox) => sandbox.terminate()));
    }

    private acquire(): Promise<Sandbox> | Sandbox {
        for (let candidate = this.idle.pop(); candidate !== undefined; candidate = this.idle.pop()) {
            clearTimeout(candidate.timer);
            if (this.isUsable(candidate.sandbox)) {
                return candidate.sandbox;
            }
            this.end(candidate.sandbox);
        }
        if (this.all.size < this.options.maximum) {
            return this.start();
        }
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject });
        });
    }

    private release(sandbox: Sandbox): void {
        const usable = this.isUsable(sandbox) && (!this.retired || this.waiting.length > 0);
        if (!usable) {
            this.end(sandbox);
        }
        const next = this.waiting.shift();
        if (next !== undefined) {
            next.resolve(usable ? sandbox : this.start());
        } else if (usable) {
            this.rest(sandbox);
        }
    }

    private rest(sandbox: Sandbox): void {
        const timer = setTimeout(() => {
            this.idle.splice(
                this.idle.findIndex((entry) => entry.sandbox === sandbox),
                1,
            );
            this.end(sandbox);
        }, this.options.idleMs);
        timer.unref();
        this.idle.push({ sandbox, timer });
    }

    private start(): Sandbox {
        const sandbox = this.options.create();
        this.all.add(sandbox);
        return sandbox;
    }

    private end(sandbox: Sandbox): void {
        this.all.delete(sandbox);
        void sandbox.terminate();
    }

    private isUsable(sandbox: Sandbox): boolean {
        return !sandbox.isOver && sandbox.credentialsExpireAt - this.options.clock() > this.options.credentialMarginMs;
    }
}
