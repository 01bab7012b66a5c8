import type {
    ErrorFrame,
    FrameId,
    MessageFrame,
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
    return answer<WelcomeFrame>({ type: "welcome", ...welcome });
}

export function subscribedFrame(id: FrameId | undefined, channel: string, recovery: Recovery): string {
    const { position, recovered } = recovery;
    return answer<SubscribedFrame>({ type: "subscribed", id, channel, ...position, recovered });
}

export function unsubscribedFrame(id: FrameId | undefined, channel: string): string {
    return answer<UnsubscribedFrame>({ type: "unsubscribed", id, channel });
}

export function errorFrame({ id, code, message }: FrameRefusal): string {
    return answer<ErrorFrame>({ type: "error", id, code, message });
}

/** The members of a message frame besides its data and its position. */
export type MessageHead = Omit<MessageFrame, "type" | "data" | keyof Position>;

/**
 * A push. `dataJson` is JSON text and goes in as it is: a message to many channels is serialised once, and what was
 * stored is replayed byte for byte.
 */
export function messageFrame(head: MessageHead, dataJson: string, position?: Position): string {
    const { channel, id, source, event, time, sequence } = head;
    const frame: Omit<MessageFrame, "data"> = {
        type: "message",
        channel,
        ...position,
        id,
        source,
        event,
        time,
        sequence,
    };
    const members = jsonText(frame);
    return `${members.slice(0, -1)},"data":${dataJson}}`;
}

/** Instead of a message, for a connection that it excepts: its place, without which it would seem to be missing. */
export function skipFrame(channel: string, position: Position): string {
    const frame: SkipFrame = { type: "skip", channel, ...position };
    return jsonText(frame);
}

function answer<Frame extends ServerFrame>(frame: Frame): string {
    return JSON.stringify(frame);
}
