import type { Subscriber } from "../tokens/subscriber";

/**
 * How frames get to clients and back. API Gateway's WebSockets are the first transport; the logic of the functions
 * knows this file and no transport, so that another one is a folder beside `api-gateway/`.
 */
export interface Transport {
    /** The largest frame that it carries to a client, in bytes. */
    readonly maxFrameBytes: number;
    /** Makes a frame ready once, for posts to any number of connections. */
    prepare(frame: string): PreparedFrame;
}

/** The part of a transport that posts frames, for code that needs no more of it. */
export type FramePoster = Pick<Transport, "prepare">;

export interface PreparedFrame {
    /** Posts the frame once. Rejects only where the function itself is not fit to post, such as without credentials. */
    postTo(connectionId: string): Promise<PostOutcome>;
}

/** How a post to a connection ended. None of these is an exception. */
export type PostOutcome =
    | { readonly kind: "delivered" }
    /** There is no such connection, or not yet: its handshake is answered before it exists. */
    | { readonly kind: "gone" }
    /** The account's request rate is used up, or this client reads too slowly. */
    | { readonly kind: "throttled"; readonly reason: string }
    /** The transport failed, or did not answer. The frame may have arrived all the same. */
    | { readonly kind: "unavailable"; readonly reason: string }
    /** Trying again does not change it. */
    | { readonly kind: "refused"; readonly reason: string };

/** The user at the other end of a connection, as the transport tells with everything that comes from there. */
export interface Caller {
    readonly connectionId: string;
    /** Epoch milliseconds; the same each time. */
    readonly connectedAt: number;
    /** When the transport ends the connection at the latest, in epoch milliseconds. */
    readonly endsAt: number;
    readonly subscriber: Subscriber;
}

/** A client that asks to be connected. Nothing can be posted to it before the handshake is answered. */
export interface Handshake extends Caller {
    /** The values of all `channels` parameters, as the client wrote them. */
    readonly channels: readonly string[];
}

/** A frame that a client sent. */
export interface IncomingFrame extends Caller {
    readonly text: string;
    /** Whether the transport brings an answer to the client. If not, the function has to post its answer. */
    readonly takesAnswer: boolean;
}
