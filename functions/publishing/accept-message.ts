import { parseChannel } from "../../contract/channels";
import type { HistorySettings } from "../../contract/namespace";
import type { Invocation } from "./invocation";
import { describeType, jsonText, quoted } from "../../contract/json";
import { readOptions } from "./message-options";
import type { Draft } from "./message-forms";
import { readDraft } from "./message-forms";
import type { Namespace } from "../../contract/namespace";
import {
    MAX_CHANNELS_PER_MESSAGE,
    MAX_CONNECTION_ID_LENGTH,
    MAX_EXCEPTIONS,
    MAX_MESSAGE_ID_LENGTH,
} from "../../contract/limits";
import type { PublishedMessage } from "./published-message";
import type { Rejection } from "../../contract/dead-letters";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import { messageFrame, positionedFrame } from "../wire/server-frames";

/** The longest position that a frame can carry: what fits with it fits once it is numbered. */
const WIDEST_POSITION = { epoch: "x".repeat(36), offset: Number.MAX_SAFE_INTEGER };

/**
 * Turns an invocation into what is to be published, or says why it cannot be. Mostly one message; a change of a table
 * may be several, to different channels under the same id, or none, where it is for nobody.
 *
 * @param maxFrameBytes what the transport carries.
 */
export function acceptMessages(
    invocation: Invocation,
    namespace: Namespace,
    maxFrameBytes: number,
): Result<readonly PublishedMessage[], Rejection> {
    try {
        const messages = readMessages(invocation, namespace);
        for (const message of messages.ok ? messages.value : []) {
            const fitting = fits(message, namespace.history, maxFrameBytes);
            if (!fitting.ok) {
                return fitting;
            }
        }
        return messages;
    } catch (error) {
        // EventBridge takes 1,100 levels, a direct invocation as many as there is room for.
        if (error instanceof RangeError) {
            return malformed("The message is nested too deeply.");
        }
        throw error;
    }
}

function readMessages(invocation: Invocation, namespace: Namespace): Result<readonly PublishedMessage[], Rejection> {
    const draft = readDraft(invocation, namespace);
    if (!draft.ok) {
        return malformed(draft.reason);
    }
    const except = acceptExcept(draft.value.except);
    if (!except.ok) {
        return malformed(except.reason);
    }
    const id = acceptId(draft.value, invocation);
    if (!id.ok) {
        return malformed(id.reason);
    }
    const options = readOptions(draft.value.options);
    if (!options.ok) {
        return malformed(options.reason);
    }
    const { event, time } = invocation;
    const head = {
        namespace: namespace.name,
        event,
        except: except.value,
        id: id.value,
        time,
        options: options.value,
    };
    const messages: PublishedMessage[] = [];
    for (const part of draft.value.parts) {
        const channels = acceptChannels(part.channels, namespace.name);
        if (!channels.ok) {
            return channels;
        }
        messages.push({ ...head, channels: channels.value, data: jsonText(part.data ?? null) });
    }
    return accepted(messages);
}

function acceptChannels(channels: readonly unknown[], namespace: string): Result<readonly string[], Rejection> {
    const names = new Set<string>();
    for (const text of channels) {
        const channel = parseChannel(text);
        if (!channel.ok) {
            return malformed(channel.reason);
        }
        if (channel.value.namespace !== namespace) {
            return refused({
                code: "foreign_namespace",
                message: `The channel ${quoted(channel.value.name)} is not of the namespace ${quoted(namespace)}.`,
            });
        }
        names.add(channel.value.name);
    }
    if (names.size === 0 || names.size > MAX_CHANNELS_PER_MESSAGE) {
        return malformed(`A message has 1 to ${MAX_CHANNELS_PER_MESSAGE} channels; this one has ${names.size}.`);
    }
    return accepted([...names]);
}

function acceptExcept(except: unknown): Result<ReadonlySet<string>> {
    if (except === undefined || except === null) {
        return accepted(new Set());
    }
    if (!Array.isArray(except) || !except.every(isConnectionId)) {
        return refused(`\`except\` is a list of connection ids; this one is ${describeType(except)}.`);
    }
    return except.length <= MAX_EXCEPTIONS
        ? accepted(new Set(except))
        : refused(`\`except\` has ${MAX_EXCEPTIONS} connection ids at most; this one has ${except.length}.`);
}

function isConnectionId(id: unknown): id is string {
    return typeof id === "string" && id !== "" && id.length <= MAX_CONNECTION_ID_LENGTH;
}

function acceptId({ id }: Draft, invocation: Invocation): Result<string> {
    if (id === undefined || id === null) {
        return accepted(invocation.id);
    }
    return typeof id === "string" && id !== "" && id.length <= MAX_MESSAGE_ID_LENGTH
        ? accepted(id)
        : refused(`An \`id\` is a string of 1 to ${MAX_MESSAGE_ID_LENGTH} characters.`);
}

/** Before anything is numbered or sent: a message that fits on one channel and not on another is refused as a whole. */
function fits(
    message: PublishedMessage,
    history: HistorySettings | undefined,
    maxFrameBytes: number,
): Result<PublishedMessage, Rejection> {
    const longest = message.channels.reduce((one, other) => (other.length > one.length ? other : one), "");
    const frame = messageFrame(message, longest);
    const bytes = Buffer.byteLength(history === undefined ? frame : positionedFrame(frame, WIDEST_POSITION));
    return bytes <= maxFrameBytes
        ? accepted(message)
        : refused({
              code: "payload_too_large",
              message: `The message's frame has ${bytes} bytes; a connection carries ${maxFrameBytes} at most.`,
          });
}

function malformed(message: string): Result<never, Rejection> {
    return refused({ code: "malformed", message });
}
