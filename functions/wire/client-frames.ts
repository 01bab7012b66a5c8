import { describeType, isObject, member, parseObject, quoted } from "../../contract/json";
import { MAX_CLIENT_FRAME_BYTES, MAX_FRAME_ID_LENGTH } from "../../contract/limits";
import type { ClientFrame as WellFormedFrame, FrameId, PingRequest, Position, Refusal } from "../../contract/protocol";
import { readPosition } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/** A frame that reaches a function; nobody has looked at its channel yet. */
export type ClientFrame = Unchecked<Exclude<WellFormedFrame, PingRequest>>;

type Unchecked<Frame> = Frame extends { readonly channel: string }
    ? Omit<Frame, "channel"> & { readonly channel: unknown }
    : Frame;

/** A refusal that still knows which request it answers. */
export interface FrameRefusal extends Refusal {
    readonly id?: FrameId;
}

/**
 * Reads a frame that a client sent: a JSON object of at most 8 KB with an `action`. Members that an action does not
 * know are ignored, so that newer clients can talk to older gateways.
 */
export function parseClientFrame(text: string): Result<ClientFrame, FrameRefusal> {
    if (Buffer.byteLength(text) > MAX_CLIENT_FRAME_BYTES) {
        return refused({ code: "payload_too_large", message: `A frame has ${MAX_CLIENT_FRAME_BYTES} bytes at most.` });
    }
    const frame = parseObject(text);
    if (frame === undefined) {
        return badRequest({}, "A frame is a JSON object.");
    }
    const id = parseId(member(frame, "id"));
    if (!id.ok) {
        return badRequest({}, id.reason);
    }
    return parseAction(frame, id.value === undefined ? {} : { id: id.value });
}

function parseId(id: unknown): Result<FrameId | undefined> {
    if (
        id === undefined ||
        (typeof id === "string" && id.length <= MAX_FRAME_ID_LENGTH) ||
        (typeof id === "number" && Number.isSafeInteger(id))
    ) {
        return accepted(id);
    }
    return refused(`An \`id\` is a string of up to ${MAX_FRAME_ID_LENGTH} characters or an integer.`);
}

function parseAction(
    frame: Readonly<Record<string, unknown>>,
    id: { id?: FrameId },
): Result<ClientFrame, FrameRefusal> {
    const action = member(frame, "action");
    const channel = member(frame, "channel");
    switch (action) {
        case "hello":
            return accepted({ action, ...id });
        case "unsubscribe":
            return accepted({ action, ...id, channel });
        case "subscribe": {
            const since = parseSince(member(frame, "since"));
            return since.ok
                ? accepted({ action, ...id, channel, ...(since.value === undefined ? {} : { since: since.value }) })
                : badRequest(id, since.reason);
        }
        default:
            return badRequest(
                id,
                `${typeof action === "string" ? quoted(action) : describeType(action)} is not an \`action\`: ` +
                    "there are hello, subscribe, unsubscribe and ping.",
            );
    }
}

function parseSince(since: unknown): Result<Position | undefined> {
    if (since === undefined || since === null) {
        return accepted(undefined);
    }
    return isObject(since)
        ? readPosition(member(since, "epoch"), member(since, "offset"))
        : refused("`since` is a position: an object with an epoch and an offset.");
}

function badRequest(id: { id?: FrameId }, message: string): Result<never, FrameRefusal> {
    return refused({ ...id, code: "bad_request", message });
}
