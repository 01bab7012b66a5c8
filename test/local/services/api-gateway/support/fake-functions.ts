import type { Principal } from "../../../../../local/aws/authorization";
import { AwsError } from "../../../../../local/aws/aws-error";
import type { FunctionInvoker, InvocationResult } from "../../../../../local/aws/invoker";

/** An event as a function sees it; tests look into it freely. */
export interface FunctionEvent {
    readonly [member: string]: unknown;
    readonly requestContext: Readonly<Record<string, unknown>>;
}

export type Handler = (event: FunctionEvent, caller: Principal) => unknown;

export interface Invocation {
    readonly functionName: string;
    readonly event: FunctionEvent;
    readonly caller: Principal;
}

/** Functions that are closures of the test, invoked as Lambda would: what they throw becomes an error result. */
export class FakeFunctions implements Pick<FunctionInvoker, "invoke"> {
    /** Every invocation so far, in order. */
    readonly invocations: Invocation[] = [];
    readonly #handlers = new Map<string, Handler>();
    readonly #waiting: { readonly functionName: string; readonly resolve: (event: FunctionEvent) => void }[] = [];

    define(functionName: string, handler: Handler): void {
        this.#handlers.set(functionName, handler);
    }

    /** The events that one function got. */
    eventsOf(functionName: string): readonly FunctionEvent[] {
        return this.invocations
            .filter((invocation) => invocation.functionName === functionName)
            .map(({ event }) => event);
    }

    /** The next event that the function gets, from now on. */
    nextEventOf(functionName: string): Promise<FunctionEvent> {
        return new Promise((resolve) => {
            this.#waiting.push({ functionName, resolve });
        });
    }

    async invoke(functionArn: string, payload: unknown, caller: Principal): Promise<InvocationResult> {
        const functionName = functionArn.split(":").at(-1) ?? "";
        const event = JSON.parse(JSON.stringify(payload)) as FunctionEvent;
        const handler = this.#handlers.get(functionName);
        if (handler === undefined) {
            throw new AwsError("ResourceNotFoundException", `Function not found: ${functionArn}`, 404);
        }
        this.#record({ functionName, event, caller });
        try {
            return { ok: true, payload: (await handler(event, caller)) ?? null };
        } catch (error) {
            if (error instanceof AwsError) {
                throw error;
            }
            return {
                ok: false,
                errorType: "Error",
                errorMessage: error instanceof Error ? error.message : String(error),
            };
        }
    }

    #record(invocation: Invocation): void {
        this.invocations.push(invocation);
        const at = this.#waiting.findIndex(({ functionName }) => functionName === invocation.functionName);
        if (at >= 0) {
            this.#waiting.splice(at, 1)[0]?.resolve(invocation.event);
        }
    }
}
