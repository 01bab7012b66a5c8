/** The server's refusal of a subscription. */
export class PushError extends Error {
    override readonly name = "PushError";

    constructor(
        /** One of the wire protocol's: `bad_request`, `forbidden`, `unknown_namespace`, `too_many_subscriptions`… */
        readonly code: string,
        message: string,
        readonly channel: string,
    ) {
        super(`${channel}: ${message} (${code})`);
    }
}
