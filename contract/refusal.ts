/** The closed list of codes that a client can be answered with. */
export const ERROR_CODES = [
    "bad_request",
    "forbidden",
    "unknown_namespace",
    "too_many_subscriptions",
    "payload_too_large",
    "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why a client does not get what it asked for. The message is for its developer. */
export interface Refusal {
    readonly code: ErrorCode;
    readonly message: string;
}
