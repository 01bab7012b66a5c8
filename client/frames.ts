/** Where in a channel's log a subscriber is: it has everything up to and including `offset`. */
export interface Position {
    /** Identity of the log. A new one means that offsets started over. */
    readonly epoch: string;
    /** 1, 2, 3… per channel and epoch; 0 is before the first. */
    readonly offset: number;
}

/** A message as subscribers see it. */
export interface PushMessage {
    /** The channel that it was published on; for a subscription to `orders/@me` that is `orders/@user/<sub>`. */
    readonly channel: string;
    /** The publisher's name for the message, or else its event's: the same in each delivery of it. */
    readonly id: string;
    /** The publishing namespace. */
    readonly source: string;
    readonly event: string;
    /** When it was published, ISO 8601 in UTC. */
    readonly time: string;
    /**
     * The publisher's number, in digits. Of two messages about the same thing, in whichever order they came, the later
     * is the one whose `BigInt(sequence)` is larger. Absent where the publisher gave none.
     */
    readonly sequence?: string;
    /** Whatever JSON was published. Check it before use: it comes from another program. */
    readonly data: unknown;
    /** Absent where the namespace keeps no history. */
    readonly offset?: number;
    /** Absent where the namespace keeps no history. */
    readonly epoch?: string;
}

/** The place of a message that is not for this connection: its publisher has left it out. */
export interface Skip extends Position {
    readonly channel: string;
}

/** Who we are, once the server has said so. */
export interface Session {
    /** Publishers leave this connection out with `except`. Changes with every connection. */
    readonly connectionId: string;
    readonly userId: string;
    /** When the connection stops receiving, in seconds since 1970. */
    readonly expiresAt: number;
    /** The same in seconds from the welcome, which holds by a wrong clock too. */
    readonly expiresIn?: number;
    /** How often to ping, in seconds. */
    readonly pingSeconds: number;
}

/** The server's confirmation of a subscription, with the head of the channel's log where it has one. */
export interface Confirmation {
    readonly head: Position | undefined;
    /** Whether everything after the position asked for follows. */
    readonly recovered: boolean;
}

export type ServerFrame =
    | { readonly type: "welcome"; readonly session: Session }
    | { readonly type: "message"; readonly message: PushMessage | Skip }
    | { readonly type: "pong" }
    | Answer;

/** The answer to a frame with an id. */
export type Answer =
    | { readonly type: "subscribed"; readonly id: unknown; readonly confirmation: Confirmation }
    | { readonly type: "unsubscribed"; readonly id: unknown }
    | { readonly type: "error"; readonly id: unknown; readonly code: ErrorCode; readonly message: string };

const SERVER_ERROR_CODES = [
    "bad_request",
    "forbidden",
    "unknown_namespace",
    "too_many_subscriptions",
    "payload_too_large",
    "internal",
] as const;

/** What the server refuses with. The list is closed. */
export type ServerErrorCode = (typeof SERVER_ERROR_CODES)[number];

/** The server's codes, and ours: `unknown` is one that a later server has, and this client does not know. */
export type ErrorCode = ServerErrorCode | "unknown";

export type ClientFrame =
    | { readonly action: "hello" }
    | { readonly action: "subscribe"; readonly channel: string; readonly since?: Position }
    | { readonly action: "unsubscribe"; readonly channel: string };

/** Reads a frame. `undefined` for anything that is none: the gateway sends frames of its own, without a type. */
export function parseFrame(data: unknown): ServerFrame | undefined {
    const frame = parseObject(data);
    switch (frame?.["type"]) {
        case "welcome":
            return { type: "welcome", session: sessionOf(frame) };
        case "message":
            return isMessage(frame) ? { type: "message", message: frame } : undefined;
        case "skip":
            return skipOf(frame);
        case "subscribed":
            return { type: "subscribed", id: frame["id"], confirmation: confirmationOf(frame) };
        case "error":
            return {
                type: "error",
                id: frame["id"],
                code: SERVER_ERROR_CODES.find((code) => code === frame["code"]) ?? "unknown",
                message: String(frame["message"]),
            };
        case "unsubscribed":
            return { type: "unsubscribed", id: frame["id"] };
        case "pong":
            return { type: "pong" };
        default:
            return undefined;
    }
}

type Json = Readonly<Record<string, unknown>>;

function parseObject(data: unknown): Json | undefined {
    try {
        const value: unknown = typeof data === "string" ? JSON.parse(data) : undefined;
        return typeof value === "object" && value !== null ? { ...value } : undefined;
    } catch {
        return undefined;
    }
}

function sessionOf(frame: Json): Session {
    return {
        connectionId: String(frame["connectionId"]),
        userId: String(frame["userId"]),
        expiresAt: Number(frame["expiresAt"]),
        ...(typeof frame["expiresIn"] === "number" ? { expiresIn: frame["expiresIn"] } : {}),
        pingSeconds: Number(frame["pingSeconds"]),
    };
}

function confirmationOf(frame: Json): Confirmation {
    return { head: positionOf(frame), recovered: frame["recovered"] === true };
}

/** As the server accepts them. */
const MAX_EPOCH_LENGTH = 64;

/** Whether it is a position that the server takes back. */
export function isPosition(value: unknown): value is Position {
    const at = typeof value === "object" && value !== null ? positionOf({ ...value }) : undefined;
    return (
        at !== undefined &&
        at.epoch !== "" &&
        at.epoch.length <= MAX_EPOCH_LENGTH &&
        Number.isSafeInteger(at.offset) &&
        at.offset >= 0
    );
}

/** The epoch and offset of an object, if it has both. */
export function positionOf({ epoch, offset }: Json): Position | undefined {
    return typeof epoch === "string" && typeof offset === "number" ? { epoch, offset } : undefined;
}

function skipOf(frame: Json): ServerFrame | undefined {
    const { channel } = frame;
    const at = positionOf(frame);
    return typeof channel === "string" && at !== undefined
        ? { type: "message", message: { channel, ...at } }
        : undefined;
}

function isMessage(frame: Json): frame is Json & PushMessage {
    return typeof frame["channel"] === "string" && typeof frame["id"] === "string";
}
