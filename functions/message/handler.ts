import type { ClientFrame, FrameRefusal } from "../wire/client-frames";
import { parseClientFrame } from "../wire/client-frames";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import type { Caller, FramePoster, IncomingFrame } from "../transports/transport";
import type { Log } from "../runtime/log";
import { postPersistently } from "../posting/persistent-post";
import type { MissedChannel } from "../deliveries/replay-task";
import { errorFrame } from "../wire/server-frames";
import type { Waiting } from "../runtime/retry";

/** What a subscriber is sent: where the channel stands, and what it missed there. */
export interface Replayed {
    /** In order. They are read from the log as they are sent, and that may fail. */
    readonly frames: AsyncIterable<string>;
    /** What is missing when the first so many, one or more, have been sent. */
    readonly restAfter: (sent: number) => MissedChannel;
}

/** The answer to a frame, or a refusal. Throws where it is not the client's fault. */
export type AnswerFrame = (frame: ClientFrame, caller: Caller) => Promise<string | Replayed | FrameRefusal>;

export interface MessageDeps extends Waiting {
    readonly transport: FramePoster;
    readonly answer: AnswerFrame;
    /** Takes the rest of a replay: a deliverer goes on with it. */
    readonly deliveries: DeliveryQueue;
    readonly clock: () => number;
    readonly log: Log;
}

/**
 * Thrown where a client that is connected did not get an answer: Lambda counts it, and the gateway tells the client.
 */
export class UnansweredFrameError extends Error {
    override readonly name = "UnansweredFrameError";
    readonly code = "unanswered_frame";
}

/**
 * How long messages are posted one after the other before the rest is left to a deliverer. A last post that is tried
 * until nothing helps takes some 21 s more, and API Gateway waits 29 s for the function.
 */
const REPLAY_BUDGET_MS = 5_000;

/**
 * Answers what clients send: with a frame for the transport to bring, or with nothing where the answer was posted. The
 * answer to `subscribe` is, since it and the messages that follow it have to arrive in order.
 */
export function createMessageHandler(deps: MessageDeps): (frame: IncomingFrame) => Promise<string | undefined> {
    return async (frame) => {
        const answer = await answerTo(deps, frame);
        if (typeof answer !== "string") {
            await replay(deps, frame, answer);
        } else if (frame.takesAnswer) {
            return answer;
        } else {
            await post(deps, frame, answer);
        }
        return undefined;
    };
}

async function answerTo({ answer, log }: MessageDeps, incoming: IncomingFrame): Promise<string | Replayed> {
    const frame = parseClientFrame(incoming.text);
    if (!frame.ok) {
        return errorFrame(frame.reason);
    }
    const { id, action } = frame.value;
    try {
        const answered = await answer(frame.value, incoming);
        return typeof answered !== "string" && "code" in answered ? errorFrame({ id, ...answered }) : answered;
    } catch (error) {
        log.error("A frame could not be answered", { connectionId: incoming.connectionId, action, error });
        return errorFrame({ id, code: "internal", message: "Something failed on our side. Try again." });
    }
}

/**
 * Once the client has its answer, it gets the rest in any case: a deliverer sends the frames that are not sent here.
 */
async function replay(deps: MessageDeps, caller: Caller, { frames, restAfter }: Replayed): Promise<void> {
    const { sent, isDone } = await send(deps, caller, frames);
    if (!isDone) {
        await leave(deps, caller, restAfter(sent));
    }
}

/** @throws when not even the first frame was sent */
async function send(
    deps: MessageDeps,
    caller: Caller,
    frames: Replayed["frames"],
): Promise<{ readonly sent: number; readonly isDone: boolean }> {
    const until = deps.clock() + REPLAY_BUDGET_MS;
    let sent = 0;
    try {
        for await (const frame of frames) {
            if (sent > 0 && deps.clock() >= until) {
                return { sent, isDone: false };
            }
            if ((await post(deps, caller, frame)) === "gone") {
                return { sent, isDone: true };
            }
            sent++;
        }
        return { sent, isDone: true };
    } catch (error) {
        if (sent === 0) {
            throw error;
        }
        deps.log.warn("A replay was interrupted", { connectionId: caller.connectionId, sent, error });
        return { sent, isDone: false };
    }
}

async function leave(
    { deliveries, clock }: MessageDeps,
    { connectionId, connectedAt }: Caller,
    rest: MissedChannel,
): Promise<void> {
    const connection = { connectionId, connectedAt };
    await deliveries.send([{ kind: "replay", connection, channels: [rest], attempt: 1, askedAt: clock() }], 0);
}

/** @throws UnansweredFrameError when it could not be posted to a connection that is still there */
async function post(
    { transport, ...waiting }: MessageDeps,
    { connectionId }: Caller,
    frame: string,
): Promise<"delivered" | "gone"> {
    const outcome = await postPersistently(transport.prepare(frame), connectionId, waiting);
    if (outcome.kind === "delivered" || outcome.kind === "gone") {
        return outcome.kind;
    }
    throw new UnansweredFrameError(`${connectionId} could not be posted to: ${outcome.reason}`);
}
