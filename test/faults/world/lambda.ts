import type { Handlers, Surroundings } from "./functions";
import { createHandlers } from "./functions";
import type { Trouble } from "./requests";
import { Environment } from "./requests";

interface Sandbox {
    readonly environment: Environment;
    readonly handlers: Handlers;
}

/** A minute before the first retry of an event, two before the second. */
const RETRY_PAUSES_MS = [60_000, 120_000];

/** Runs functions: one invocation at a time in an environment, which is kept as long as it lives. */
export class Lambda {
    private readonly idle = new Map<string, Sandbox[]>();

    constructor(
        private readonly surroundings: Surroundings,
        private readonly trouble: Trouble,
    ) {}

    /** Rejects where the function threw, or died. */
    async invoke<Name extends keyof Handlers>(
        name: Name,
        event: Parameters<Handlers[Name]>[0],
    ): Promise<Awaited<ReturnType<Handlers[Name]>>> {
        const sandbox = this.idle.get(name)?.pop() ?? this.start(name);
        const handler = sandbox.handlers[name] as (input: unknown) => Promise<Awaited<ReturnType<Handlers[Name]>>>;
        try {
            const result = await handler(event);
            if (sandbox.environment.isDead) {
                throw new Error(`${name} died`);
            }
            return result;
        } finally {
            if (!sandbox.environment.isDead) {
                this.idle.set(name, [...(this.idle.get(name) ?? []), sandbox]);
            }
        }
    }

    /** Runs the notifier on an event as often as Lambda does, then puts away what it failed on. Never rejects. */
    async notify(event: unknown): Promise<void> {
        for (const pause of [...RETRY_PAUSES_MS, undefined]) {
            try {
                await this.invoke("notify", event);
                return;
            } catch (error) {
                if (pause === undefined) {
                    this.surroundings.putLetter(
                        JSON.stringify({
                            requestContext: { requestId: this.surroundings.newId(), condition: "RetriesExhausted" },
                            requestPayload: event,
                            responsePayload: { errorMessage: String(error) },
                        }),
                    );
                    return;
                }
                await this.surroundings.sleep(pause);
            }
        }
    }

    private start(name: string): Sandbox {
        const environment = new Environment(name, this.trouble);
        return { environment, handlers: createHandlers(this.surroundings, environment) };
    }
}
