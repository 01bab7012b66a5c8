import { MAX_EPOCH_LENGTH } from "./limits";
import type { Result } from "./result";
import { accepted, refused } from "./result";

/** The sub-protocol of wire protocol v1, and the one that a server answers with. */
export const PUSH_PROTOCOL = "push.v1";

/** A browser cannot set headers on a WebSocket, so its token travels as the sub-protocol `bearer.<jwt>`. */
export const BEARER_PROTOCOL_PREFIX = "bearer.";

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

/** The reason for which a client does not get the thing that it asked for. The message is for its developer. */
export interface Refusal {
    readonly code: ErrorCode;
    readonly message: string;
}

/** A place in a channel's log. Offsets count 1, 2, 3… within an epoch; a new epoch means that they started over. */
export interface Position {
    readonly epoch: string;
    readonly offset: number;
}

/** A client's name for its frame, by which it finds the answer: a string of up to 128 characters, or an integer. */
export type FrameId = string | number;

/** Everything that a client may send. */
export type ClientFrame = HelloRequest | SubscribeRequest | UnsubscribeRequest | PingRequest;

export interface HelloRequest {
    readonly action: "hello";
    readonly id?: FrameId;
}

export interface SubscribeRequest {
    readonly action: "subscribe";
    readonly id?: FrameId;
    readonly channel: string;
    /** Where the client has got to: the messages after it are sent again. */
    readonly since?: Position;
}

export interface UnsubscribeRequest {
    readonly action: "unsubscribe";
    readonly id?: FrameId;
    readonly channel: string;
}

/** API Gateway itself answers it, so it has no `id`. */
export interface PingRequest {
    readonly action: "ping";
}

/** Everything that the server sends. */
export type ServerFrame =
    WelcomeFrame | SubscribedFrame | UnsubscribedFrame | ErrorFrame | MessageFrame | SkipFrame | PongFrame;

export interface WelcomeFrame {
    readonly type: "welcome";
    readonly id?: FrameId;
    readonly connectionId: string;
    readonly userId: string;
    /** Epoch seconds at which the connection ends: 2 hours after it began, or with its token. */
    readonly expiresAt: number;
    /** The same in seconds from now, for clients whose clock is wrong. */
    readonly expiresIn: number;
    /** How often a client sends a ping to stay connected. */
    readonly pingSeconds: number;
}

/** With the position of the channel's log, where the namespace keeps one. */
export interface SubscribedFrame extends Partial<Position> {
    readonly type: "subscribed";
    readonly id?: FrameId;
    readonly channel: string;
    /** Whether everything after the position that the client named follows. */
    readonly recovered: boolean;
}

export interface UnsubscribedFrame {
    readonly type: "unsubscribed";
    readonly id?: FrameId;
    readonly channel: string;
}

export interface ErrorFrame extends Refusal {
    readonly type: "error";
    readonly id?: FrameId;
}

/** What a publisher may say of a message, for every page to see. */
export interface MessageOptions {
    /** Digits without leading zeros: of two messages about the same thing, the one with the larger number is later. */
    readonly sequence?: string;
}

/** A push; with its position, where the namespace keeps a log. */
export interface MessageFrame extends Partial<Position>, MessageOptions {
    readonly type: "message";
    readonly channel: string;
    /** The publisher's name for the message, or else its event's: the same in each delivery of it. */
    readonly id: string;
    /** The namespace that published. */
    readonly source: string;
    readonly event: string;
    /** ISO 8601. */
    readonly time: string;
    /** Any JSON. */
    readonly data: unknown;
}

/** Instead of a message, for a connection that it excepts: its place, without which it would seem to be missing. */
export interface SkipFrame extends Position {
    readonly type: "skip";
    readonly channel: string;
}

export interface PongFrame {
    readonly type: "pong";
}

/** Reads a position as a client sends it back: the epoch and the offset of a frame that it received. */
export function readPosition(epoch: unknown, offset: unknown): Result<Position> {
    if (typeof epoch !== "string" || epoch === "" || epoch.length > MAX_EPOCH_LENGTH) {
        return refused("The epoch of a position is that of a frame that was received earlier.");
    }
    if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0) {
        return refused("The offset of a position is that of the last frame that was received, or 0.");
    }
    return accepted({ epoch, offset });
}
