import type {
    ErrorFrame,
    FrameId,
    MessageFrame,
    MessageOptions,
    Position,
    ServerFrame,
    SkipFrame,
    SubscribedFrame,
    UnsubscribedFrame,
    WelcomeFrame,
} from "../../contract/protocol";
import type { FrameRefusal } from "./client-frames";
import type { Recovery } from "../message-log/history";
import { jsonText } from "../../contract/json";

/** The answers to a client's frames, as the text that goes on the wire. Members that are `undefined` are left out. */
export function welcomeFrame(welcome: Omit<WelcomeFrame, "type">): string {
    return answer({ type: "welcome", ...welcome } satisfies WelcomeFrame);
}

export function subscribedFrame(id: FrameId | undefined, channel: string, recovery: Recovery): string {
    const { position, recovered } = recovery;
    return answer({ type: "subscribed", id, channel, ...position, recovered } satisfies SubscribedFrame);
}

export function unsubscribedFrame(id: FrameId | undefined, channel: string): string {
    return answer({ type: "unsubscribed", id, channel } satisfies UnsubscribedFrame);
}

export function errorFrame({ id, code, message }: FrameRefusal): string {
    return answer({ type: "error", id, code, message } satisfies ErrorFrame);
}

/** The content of a message, the same on each of its channels. */
export interface Message {
    readonly id: string;
    readonly namespace: string;
    readonly event: string;
    /** ISO 8601. */
    readonly time: string;
    /** JSON text, which goes into frames as it is: a message to many channels is serialised once. */
    readonly data: string;
    readonly options: MessageOptions;
}

/** A push without its position: all of the frame where there is no log, and what a log keeps where there is one. */
export function messageFrame(message: Message, channel: string): string {
    const { id, namespace: source, event, time, data, options } = message;
    const head: Omit<MessageFrame, "data"> = { type: "message", channel, id, source, event, time, ...options };
    return `${jsonText(head).slice(0, -1)},"data":${data}}`;
}

/** A push with its position, which comes first: the rest is sent, now and in a replay, byte for byte as it was kept. */
export function positionedFrame(frame: string, { epoch, offset }: Position): string {
    return `${jsonText({ epoch, offset }).slice(0, -1)},${frame.slice(1)}`;
}

/** Instead of a message, for a connection that it excepts: its place, without which it would seem to be missing. */
export function skipFrame(channel: string, position: Position): string {
    const frame: SkipFrame = { type: "skip", channel, ...position };
    return jsonText(frame);
}

function answer(frame: ServerFrame): string {
    return JSON.stringify(frame);
}
