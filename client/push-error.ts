import type { ErrorCode } from "./frames.js";

/** The server's refusal of a subscription. */
export class PushError extends Error {
    override readonly name = "PushError";

    constructor(
        readonly code: ErrorCode,
        message: string,
        readonly channel: string,
    ) {
        super(`${channel}: ${message} (${code})`);
    }
}
