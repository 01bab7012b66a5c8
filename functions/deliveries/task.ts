import type { Recipient } from "../registry/audience";
import type { JsonObject } from "../../contract/json";
import { isObject, jsonText, parseObject } from "../../contract/json";
import type { ReplayTask } from "./replay-task";
import { readReplay, serializeReplay } from "./replay-task";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Push } from "./push";
import type { SortKeys } from "../registry/sort-keys";

/** Connections that a message has still to be posted to. */
export interface Chunk {
    readonly kind: "chunk";
    readonly push: Push;
    /** 1 for the first time that these connections are tried. */
    readonly attempt: number;
    readonly recipients: readonly Recipient[];
}

/** The same delivery to other connections, in chunks of at most so many. */
export function toChunks(
    { push, attempt }: Pick<Chunk, "push" | "attempt">,
    recipients: readonly Recipient[],
    size: number,
): readonly Chunk[] {
    return Array.from({ length: Math.ceil(recipients.length / size) }, (_, index) => ({
        kind: "chunk",
        push,
        attempt,
        recipients: recipients.slice(index * size, (index + 1) * size),
    }));
}

/** A page of an audience: who gets the message, and who is only to know of its place. */
export interface Separated {
    readonly recipients: readonly Recipient[];
    readonly excepted: readonly Recipient[];
}

export function separate(page: readonly Recipient[], except: ReadonlySet<string>): Separated {
    const recipients = page.filter(({ connectionId }) => !except.has(connectionId));
    const excepted = page.filter(({ connectionId }) => except.has(connectionId));
    return { recipients, excepted };
}

/** A part of an audience that has still to be read. */
export interface RangeTask {
    readonly kind: "range";
    readonly push: Push;
    /** 1 for the first time that the range is read in a run of its own. */
    readonly attempt: number;
    readonly keys: SortKeys;
    /** Connections that do not get the message. */
    readonly except: readonly string[];
}

/** A part of the audience that a message still has to be delivered to. */
export type PushTask = Chunk | RangeTask;

/** A message of the delivery queue. */
export type DeliveryTask = PushTask | ReplayTask;

/** Ends everything but the frame. A quote within a string is escaped, so this is nowhere but there. */
const FRAME_MEMBER = '],"frame":';

/**
 * The task as text. Connections are pairs of id and time, some 35 bytes each. The frame is JSON already and goes in as
 * it is, so that even one of 128 KB leaves room in the 256 KiB that SQS takes in every Region.
 */
export function serializeTask(task: DeliveryTask): string {
    if (task.kind === "replay") {
        return serializeReplay(task);
    }
    const { frame, ...push } = task.push;
    const head = { kind: task.kind, ...push, attempt: task.attempt };
    const members =
        task.kind === "chunk"
            ? {
                  ...head,
                  connections: task.recipients.map(({ connectionId, connectedAt }) => [connectionId, connectedAt]),
              }
            : { ...head, keys: task.keys, except: task.except };
    return `${jsonText(members).slice(0, -1)},"frame":${frame}}`;
}

/** Reads a task, or says why it is none. */
export function parseTask(body: string): Result<DeliveryTask> {
    const end = body.indexOf(FRAME_MEMBER);
    if (end === -1 || !body.endsWith("}}")) {
        const replay = parseObject(body);
        return replay?.["kind"] === "replay"
            ? readReplay(replay)
            : refused("A delivery ends with a list and a frame; this one does not.");
    }
    const head = parseObject(`${body.slice(0, end)}]}`);
    if (head === undefined) {
        return refused("A delivery is a JSON object; this one is not.");
    }
    const push = readPush(head, body.slice(end + FRAME_MEMBER.length, -1));
    const { kind, attempt } = head;
    if (push === undefined || !isCount(attempt)) {
        return refused("A delivery has a namespace, an id, a channel, a time and an attempt; this one does not.");
    }
    switch (kind) {
        case "chunk":
            return readChunk(push, attempt, head);
        case "range":
            return readRange(push, attempt, head);
        default:
            return refused("A delivery is a chunk or a range; this one is neither.");
    }
}

function readPush({ namespace, id, channel, publishedAt, skip }: JsonObject, frame: string): Push | undefined {
    return isText(namespace) && isText(id) && isText(channel) && isCount(publishedAt)
        ? { namespace, id, channel, frame, publishedAt, ...(isText(skip) ? { skip } : {}) }
        : undefined;
}

function readChunk(push: Push, attempt: number, { connections }: JsonObject): Result<Chunk> {
    const recipients = Array.isArray(connections) ? connections.map(readRecipient) : [];
    return recipients.length > 0 && recipients.every((recipient) => recipient !== undefined)
        ? accepted({ kind: "chunk", push, attempt, recipients })
        : refused("A chunk lists one or more connections, each with the time it connected; this one does not.");
}

function readRecipient(pair: unknown): Recipient | undefined {
    const [connectionId, connectedAt, ...more] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    return isText(connectionId) && typeof connectedAt === "number" && more.length === 0
        ? { connectionId, connectedAt }
        : undefined;
}

function readRange(push: Push, attempt: number, { keys, except }: JsonObject): Result<RangeTask> {
    const { from, to, after } = isObject(keys) ? keys : {};
    if (!isText(from) || !isText(to) || !Array.isArray(except) || !except.every(isText)) {
        return refused("A range has sort keys and a list of exceptions; this one does not.");
    }
    return accepted({ kind: "range", push, attempt, keys: { from, to, ...(isText(after) ? { after } : {}) }, except });
}

function isText(value: unknown): value is string {
    return typeof value === "string" && value !== "";
}

function isCount(value: unknown): value is number {
    return Number.isSafeInteger(value) && Number(value) >= 1;
}
