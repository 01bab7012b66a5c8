/*
 * What a sandbox and the runtime in its worker thread say to each other. Payloads travel as JSON text: a function sees
 * what went over the wire, never an object shared with its caller.
 */

export interface RuntimeSettings {
    readonly taskRoot: string;
    /** As configured: `index.handler`. */
    readonly handler: string;
    /** For example `nodejs24.x`. */
    readonly runtime: string;
    readonly functionName: string;
    readonly functionArn: string;
    readonly memoryMb: number;
    readonly logGroupName: string;
    readonly logStreamName: string;
}

export interface InvokeMessage {
    readonly requestId: string;
    readonly payload: string;
    /** Epoch milliseconds. */
    readonly deadline: number;
}

/** An error as Lambda reports it in a response body. */
export interface FunctionError {
    readonly errorType: string;
    readonly errorMessage: string;
    readonly trace: readonly string[];
}

export type RuntimeMessage =
    | { readonly type: "ready" }
    /** The handler could not be loaded. */
    | { readonly type: "init-error"; readonly error: FunctionError }
    | { readonly type: "log"; readonly text: string }
    | { readonly type: "result"; readonly requestId: string; readonly payload: string }
    /** The handler threw or rejected. */
    | { readonly type: "error"; readonly requestId: string; readonly error: FunctionError }
    /** Something threw outside the handler's promise; the thread ends. */
    | { readonly type: "fatal"; readonly error: FunctionError };
