import type { Recipient } from "../../functions/registry/audience";
import { isBusEvent } from "../../functions/publishing/invocation";
import type { JsonObject } from "../../contract/json";
import { isObject, parseObject } from "../../contract/json";
import type { DeliveryTask } from "../../functions/deliveries/task";
import { parseTask, toChunks } from "../../functions/deliveries/task";
import { CHANGE_REASON, describeTableChange, isTableChangeLetter } from "./table-change-letter";

/** What is to be done with a dead letter. Each kind has the letter's `message`, where it says why it is one. */
export type Redrive = EventRedrive | DeliveryRedrive | KeptLetter;

/** To be given to the notifier once more. */
export interface EventRedrive {
    readonly kind: "event";
    /** The same for each letter of one message. */
    readonly id: string;
    readonly reason: string;
    readonly message?: string;
    readonly event: JsonObject;
}

/** To be put on the delivery queue. */
export interface DeliveryRedrive {
    readonly kind: "deliveries";
    /** The message's. */
    readonly id: string;
    readonly reason: string;
    readonly message?: string;
    readonly tasks: readonly DeliveryTask[];
}

/** To be looked at by somebody. */
export interface KeptLetter {
    readonly kind: "kept";
    readonly reason: string;
    readonly message?: string;
    readonly why: string;
}

/** As small as a deliverer of the slowest rate wants them. */
const CHUNK_SIZE = 25;
/** What comes before the frame in a letter about connections. A quote in a string is escaped, so it is nowhere else. */
const FRAME_MEMBER = '}],"frame":';

/**
 * Reads a dead letter, whoever wrote it: the notifier itself, the deliverer, Lambda, EventBridge, SQS for a delivery
 * that was received too often, or the pipe of a source of table changes.
 *
 * @param now epoch milliseconds: the age of a delivery counts from here again.
 */
export function readLetter(body: string, now: number): Redrive {
    const message = messageIn(parseObject(body));
    return { ...read(body, now), ...(message === undefined ? {} : { message }) };
}

/** The letter's own words: ours, or the error of the function whose invocation Lambda gave up. */
function messageIn(letter: JsonObject | undefined): string | undefined {
    const { message, responsePayload } = letter ?? {};
    const error = isObject(responsePayload) ? responsePayload["errorMessage"] : undefined;
    return [message, error].find((text) => typeof text === "string");
}

function read(body: string, now: number): Redrive {
    const task = parseTask(body);
    if (task.ok) {
        return readTask(task.value, body, now);
    }
    const letter = parseObject(body);
    if (letter === undefined) {
        return { kind: "kept", reason: "unknown", why: "it is not a JSON object" };
    }
    if (isTableChangeLetter(letter)) {
        return { kind: "kept", reason: CHANGE_REASON, why: describeTableChange(letter) };
    }
    if (letter["reason"] === "undelivered") {
        return readUndelivered(letter, body, now);
    }
    if (isObject(letter["requestPayload"])) {
        return readFailed(letter["requestPayload"], letter["requestContext"]);
    }
    const { event } = letter;
    const reason = typeof letter["reason"] === "string" ? letter["reason"] : "unknown";
    if (isBusEvent(event)) {
        return readEvent(reason, event);
    }
    return isBusEvent(letter)
        ? readEvent("undeliverable", letter)
        : { kind: "kept", reason, why: "there is no event in it" };
}

/** A delivery that was received too often, or a replay that the deliverer gave up. */
function readTask(task: DeliveryTask, body: string, now: number): DeliveryRedrive {
    if (task.kind === "replay") {
        const reason = parseObject(body)?.["reason"] === "unreplayed" ? "unreplayed" : "received_too_often";
        const again = { ...task, attempt: 1, askedAt: now };
        return { kind: "deliveries", id: task.connection.connectionId, reason, tasks: [again] };
    }
    const again = { ...task, attempt: 1, push: { ...task.push, publishedAt: now } };
    return { kind: "deliveries", id: task.push.id, reason: "received_too_often", tasks: [again] };
}

/** An event as it was. Its own id is the message's, if it names none, so it is numbered once. */
function readEvent(reason: string, event: JsonObject): Redrive {
    const { id, detail } = event;
    if (typeof id !== "string" || !isObject(detail)) {
        return { kind: "kept", reason, why: "its event has no id, or was too large to be kept whole" };
    }
    return { kind: "event", id, reason, event };
}

/** What Lambda keeps of an invocation that failed: of the bus, or of a caller that did not wait for an answer. */
function readFailed(payload: JsonObject, context: unknown): Redrive {
    const isFromBus: boolean = isBusEvent(payload);
    if (isFromBus) {
        return readEvent("failed", payload);
    }
    const { requestId } = isObject(context) ? context : {};
    // A message without an id would have a new one in each run: the failed request's id stays the same.
    const id = typeof payload["id"] === "string" ? payload["id"] : String(requestId);
    return { kind: "event", id, reason: "failed", event: { ...payload, id } };
}

/** The frame is taken as text: it must arrive byte for byte, and reading numbers can change them. */
function readUndelivered(letter: JsonObject, body: string, now: number): Redrive {
    const { channel, connections, frame } = letter;
    const at = body.indexOf(FRAME_MEMBER);
    const recipients = (Array.isArray(connections) ? connections : []).flatMap(readRecipient);
    const { id, source } = isObject(frame) ? identify(frame) : {};
    if (typeof channel !== "string" || typeof id !== "string" || typeof source !== "string" || at === -1) {
        return { kind: "kept", reason: "undelivered", why: "its frame is not a message's" };
    }
    const text = body.slice(at + FRAME_MEMBER.length, body.lastIndexOf("}"));
    const skip = isObject(frame) && frame["type"] === "skip" ? { skip: text } : {};
    const push = { namespace: source, id, channel, frame: text, publishedAt: now, ...skip };
    const tasks = toChunks({ push, attempt: 1 }, recipients, CHUNK_SIZE);
    return { kind: "deliveries", id, reason: "undelivered", tasks };
}

/** A frame with a message's place alone has neither id nor source: the place and the channel stand for them. */
function identify(frame: JsonObject): JsonObject {
    const { type, channel, epoch, offset } = frame;
    return type === "skip" && typeof channel === "string"
        ? { id: `skip ${String(epoch)} ${String(offset)}`, source: channel.split("/", 1)[0] }
        : frame;
}

function readRecipient(connection: unknown): readonly Recipient[] {
    const { connectionId, connectedAt } = isObject(connection) ? connection : {};
    return typeof connectionId === "string" && typeof connectedAt === "number" ? [{ connectionId, connectedAt }] : [];
}
