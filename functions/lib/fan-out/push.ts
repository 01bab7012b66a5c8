/** One message on one channel: what every connection in the channel's audience is posted. */
export interface Push {
    readonly namespace: string;
    /** The message's idempotency key. */
    readonly id: string;
    readonly channel: string;
    /** The frame, as text, without characters that a queue refuses. */
    readonly frame: string;
    /** When it was first handed to the fan-out, in epoch milliseconds: its age counts from here. */
    readonly publishedAt: number;
}
