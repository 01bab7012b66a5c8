/**
 * Why a message was not accepted. A closed list, since operators and alarms go by it:
 * - `malformed`: the event has not the form of a message, or a mapping's or source's template does not fit it;
 * - `unknown_namespace`: nobody registered the event's source;
 * - `foreign_namespace`: a channel belongs to another namespace than the event's source;
 * - `payload_too_large`: a frame would exceed API Gateway's 128 KB.
 */
export type RejectionCode = "malformed" | "unknown_namespace" | "foreign_namespace" | "payload_too_large";

export interface Rejection {
    readonly code: RejectionCode;
    readonly message: string;
}

/** What a direct invocation gets instead of a report. Lambda shows `name` as the error's type. */
export class RejectedMessageError extends Error {
    override readonly name = "RejectedMessageError";
    readonly code: RejectionCode;

    constructor(rejection: Rejection) {
        super(`${rejection.code}: ${rejection.message}`);
        this.code = rejection.code;
    }
}
