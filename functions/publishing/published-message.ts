/** A message as it was accepted: of a registered namespace, for channels of that namespace. */
export interface PublishedMessage {
    readonly namespace: string;
    readonly event: string;
    /** Distinct, and at least one. */
    readonly channels: readonly string[];
    /** JSON text. */
    readonly data: string;
    /** Connections that do not get it, such as the one whose user caused it. */
    readonly except: ReadonlySet<string>;
    /** The idempotency key. */
    readonly id: string;
    /** ISO 8601. */
    readonly time: string;
    /** Digits without leading zeros: of two messages about the same thing, the one with the larger number is later. */
    readonly sequence?: string;
}
