import type { Authorize, Principal } from "../../../aws/authorization";
import type { FunctionInvoker } from "../../../aws/invoker";
import { assumeRole } from "../../../signing/role-session";
import type { Timers } from "../../../time/timers";

/** How a call of a function ended. */
export type CallResult =
    | { readonly kind: "returned"; readonly payload: unknown }
    /** The function threw, crashed or took longer than it may itself. */
    | { readonly kind: "failed"; readonly message: string }
    /** The function was still at work when the caller stopped waiting. */
    | { readonly kind: "timedOut"; readonly message: string }
    /** The function was never reached: it does not exist, or the gateway may not invoke it. */
    | { readonly kind: "unreachable"; readonly message: string };

export interface FunctionCall {
    readonly functionArn: string;
    /** The role to act under, or undefined to call as API Gateway itself. */
    readonly credentialsArn: string | undefined;
    /** The route or authorizer on whose behalf the call is made: what a function's permission names as its source. */
    readonly sourceArn: string;
    readonly event: unknown;
    readonly timeoutMillis: number;
}

/** Invokes the functions behind routes and authorizers, and waits no longer than it must. */
export class FunctionCalls {
    constructor(
        private readonly invoker: Pick<FunctionInvoker, "invoke">,
        private readonly timers: Timers,
        private readonly authorize: Authorize,
    ) {}

    /** Never rejects. */
    async call(call: FunctionCall): Promise<CallResult> {
        const { promise: timeout, cancel } = this.#timeout(call.timeoutMillis);
        try {
            return await Promise.race([this.#invoke(call), timeout]);
        } finally {
            cancel();
        }
    }

    async #invoke(call: FunctionCall): Promise<CallResult> {
        try {
            const result = await this.invoker.invoke(call.functionArn, call.event, this.#callerOf(call));
            return result.ok
                ? { kind: "returned", payload: result.payload }
                : { kind: "failed", message: result.errorMessage };
        } catch (error) {
            return { kind: "unreachable", message: error instanceof Error ? error.message : String(error) };
        }
    }

    #callerOf({ credentialsArn, sourceArn }: FunctionCall): Principal {
        const service = { service: "apigateway.amazonaws.com", sourceArn };
        return credentialsArn === undefined
            ? { kind: "service", ...service }
            : assumeRole(this.authorize, service, credentialsArn, "BackplaneAssumeRoleSession");
    }

    #timeout(milliseconds: number): { readonly promise: Promise<CallResult>; readonly cancel: () => void } {
        let cancel = (): void => undefined;
        const promise = new Promise<CallResult>((resolve) => {
            cancel = this.timers.after(milliseconds, () => {
                resolve({ kind: "timedOut", message: `no answer within ${milliseconds} ms` });
            });
        });
        return { promise, cancel };
    }
}
