import type { FrameId, FrameRefusal } from "./client-frames";
import type { Position, Recovery } from "../message-log/history";
import { jsonText } from "../../contract/json";

/** The answers to a client's frames, as the text that goes on the wire. Members that are `undefined` are left out. */
export function welcomeFrame(welcome: {
    readonly id?: FrameId;
    readonly connectionId: string;
    readonly userId: string;
    /** Epoch seconds at which the connection ends: 2 hours after it began, or with its token. */
    readonly expiresAt: number;
    /** The same in seconds from now, for clients whose clock is wrong. */
    readonly expiresIn: number;
    /** How often a client sends a ping to stay connected. */
    readonly pingSeconds: number;
}): string {
    return JSON.stringify({ type: "welcome", ...welcome });
}

export function subscribedFrame(id: FrameId | undefined, channel: string, recovery: Recovery): string {
    return JSON.stringify({ type: "subscribed", id, channel, ...recovery.position, recovered: recovery.recovered });
}

export function unsubscribedFrame(id: FrameId | undefined, channel: string): string {
    return JSON.stringify({ type: "unsubscribed", id, channel });
}

export function errorFrame(refusal: FrameRefusal): string {
    return JSON.stringify({ type: "error", id: refusal.id, code: refusal.code, message: refusal.message });
}

/** What a message frame says besides its data. */
export interface MessageHead {
    readonly channel: string;
    /** The idempotency key of the message: the same in each delivery of it. */
    readonly id: string;
    /** The namespace that published. */
    readonly source: string;
    readonly event: string;
    /** ISO 8601. */
    readonly time: string;
    /** The publisher's, where it gave one. */
    readonly sequence?: string;
}

/**
 * A push. `dataJson` is JSON text and goes in as it is: a message to many channels is serialised once, and what was
 * stored is replayed byte for byte.
 */
export function messageFrame(head: MessageHead, dataJson: string, position?: Position): string {
    const { channel, id, source, event, time, sequence } = head;
    const members = jsonText({ type: "message", channel, ...position, id, source, event, time, sequence });
    return `${members.slice(0, -1)},"data":${dataJson}}`;
}

/** Instead of a message, for a connection that it excepts: its place, without which it would seem to be missing. */
export function skipFrame(channel: string, position: Position): string {
    return jsonText({ type: "skip", channel, ...position });
}
