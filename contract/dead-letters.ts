/**
 * Why a message was not accepted. A closed list, since operators and alarms go by it:
 * - `malformed`: the event has not the form of a message, or a mapping's or source's template does not fit it;
 * - `unknown_namespace`: nobody registered the event's source;
 * - `foreign_namespace`: a channel belongs to another namespace than the event's source;
 * - `payload_too_large`: a frame would exceed API Gateway's 128 KB.
 */
export const REJECTION_CODES = ["malformed", "unknown_namespace", "foreign_namespace", "payload_too_large"] as const;

export type RejectionCode = (typeof REJECTION_CODES)[number];

/**
 * Every reason that a dead letter can have: those of rejected messages, and of accepted ones that were not delivered.
 * - `failed`: the notifier failed three times, and Lambda gave up;
 * - `undeliverable`: EventBridge could not hand the event to the notifier for an hour;
 * - `undelivered`: connections could not be posted to;
 * - `unreplayed`: the same, of messages that a connection had missed;
 * - `received_too_often`: deliverers died ten times with it;
 * - `malformed_delivery`: the delivery queue held something that no deliverer understands.
 */
export const DEAD_LETTER_REASONS = [
    ...REJECTION_CODES,
    "failed",
    "undeliverable",
    "undelivered",
    "unreplayed",
    "received_too_often",
    "malformed_delivery",
] as const;

export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/**
 * The most that SQS takes, and the size of the dead-letter queues: an event of the bus has up to 1 MiB, and EventBridge
 * and Lambda drop a letter that its queue does not take.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const MAX_DEAD_LETTER_BYTES = 1_048_576;

export interface Rejection {
    readonly code: RejectionCode;
    readonly message: string;
}

/** The error that a direct invocation gets instead of a report. Lambda shows `name` as its type. */
export class RejectedMessageError extends Error {
    override readonly name = "RejectedMessageError";
    readonly code: RejectionCode;

    constructor(rejection: Rejection) {
        super(`${rejection.code}: ${rejection.message}`);
        this.code = rejection.code;
    }
}
