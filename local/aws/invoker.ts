import type { AwsCall, Principal } from "./authorization";

/** Condition keys that the way of the call adds: `lambda:InvokedViaFunctionUrl`, for example. */
export type CallContext = AwsCall["context"];

/** What a Lambda function answered. */
export type InvocationResult =
    | { readonly ok: true; readonly payload: unknown }
    | {
          readonly ok: false;
          readonly errorType: string;
          readonly errorMessage: string;
          readonly stack?: readonly string[];
      };

/** How gateways, rules, event sources and the Invoke API reach a function of the graph. */
export interface FunctionInvoker {
    /**
     * Runs the function once and returns what it returned or threw, after its role's and resource policy's check.
     * Rejects with an `AwsError` only where AWS itself would (no such function, access denied, too many requests).
     */
    invoke(functionArn: string, payload: unknown, caller: Principal, context?: CallContext): Promise<InvocationResult>;
    /** Queues an asynchronous invocation: up to two retries, then the function's failure destination. */
    invokeAsync(functionArn: string, payload: unknown, caller: Principal): Promise<void>;
}
