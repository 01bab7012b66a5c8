import type { ClientFrame, FrameRefusal } from "../wire/client-frames";
import { parseClientFrame } from "../wire/client-frames";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import type { GatewayResponse, MessageEvent } from "../transports/api-gateway/gateway-events";
import type { Log } from "../runtime/log";
import type { PersistentPostDeps } from "../posting/persistent-post";
import { postPersistently } from "../posting/persistent-post";
import type { MissedChannel } from "../deliveries/replay-task";
import { errorFrame } from "../wire/server-frames";
import { createPayload } from "../transports/api-gateway/sigv4";

/** What a subscriber is sent: where the channel stands, and what it missed there. */
export interface Replayed {
    /** In order. They are read from the log as they are sent, and that may fail. */
    readonly frames: AsyncIterable<string>;
    /** What is missing when the first so many, one or more, have been sent. */
    readonly restAfter: (sent: number) => MissedChannel;
}

/** The answer to a frame, or a refusal. Throws where it is not the client's fault. */
export type AnswerFrame = (frame: ClientFrame, event: MessageEvent) => Promise<string | Replayed | FrameRefusal>;

export interface MessageDeps extends PersistentPostDeps {
    readonly answer: AnswerFrame;
    /** Takes what is left of a replay: a deliverer goes on with it. */
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
 * Answers what clients send. Of the `subscribe` route the gateway sends no response: its answer and the messages that
 * follow it have to arrive in order, so all of them are posted. The other routes' answer is the function's own.
 */
export function createMessageHandler(deps: MessageDeps): (event: MessageEvent) => Promise<GatewayResponse> {
    return async (event) => {
        const answer = await answerTo(deps, event);
        if (typeof answer !== "string") {
            await replay(deps, event, answer);
        } else if (event.requestContext.routeKey === "subscribe") {
            await post(deps, event, answer);
        } else {
            return { statusCode: 200, body: answer };
        }
        return { statusCode: 200 };
    };
}

async function answerTo({ answer, log }: MessageDeps, event: MessageEvent): Promise<string | Replayed> {
    const frame = parseClientFrame(event.body ?? "");
    if (!frame.ok) {
        return errorFrame(frame.reason);
    }
    const { id, action } = frame.value;
    try {
        const answered = await answer(frame.value, event);
        return typeof answered !== "string" && "code" in answered ? errorFrame({ id, ...answered }) : answered;
    } catch (error) {
        log.error("A frame could not be answered", {
            connectionId: event.requestContext.connectionId,
            action,
            error,
        });
        return errorFrame({ id, code: "internal", message: "Something failed on our side. Try again." });
    }
}

/** Once the client has its answer, it gets the rest in any case: what is not sent here is left to a deliverer. */
async function replay(deps: MessageDeps, event: MessageEvent, { frames, restAfter }: Replayed): Promise<void> {
    const { sent, isDone } = await send(deps, event, frames);
    if (!isDone) {
        await leave(deps, event, restAfter(sent));
    }
}

/** @throws when not even the first frame was sent */
async function send(
    deps: MessageDeps,
    event: MessageEvent,
    frames: Replayed["frames"],
): Promise<{ readonly sent: number; readonly isDone: boolean }> {
    const until = deps.clock() + REPLAY_BUDGET_MS;
    let sent = 0;
    try {
        for await (const frame of frames) {
            if (sent > 0 && deps.clock() >= until) {
                return { sent, isDone: false };
            }
            if ((await post(deps, event, frame)) === "gone") {
                return { sent, isDone: true };
            }
            sent++;
        }
        return { sent, isDone: true };
    } catch (error) {
        if (sent === 0) {
            throw error;
        }
        deps.log.warn("A replay was interrupted", { connectionId: event.requestContext.connectionId, sent, error });
        return { sent, isDone: false };
    }
}

async function leave(
    { deliveries, clock }: MessageDeps,
    { requestContext: { connectionId, connectedAt } }: MessageEvent,
    rest: MissedChannel,
): Promise<void> {
    const connection = { connectionId, connectedAt };
    await deliveries.send([{ kind: "replay", connection, channels: [rest], attempt: 1, askedAt: clock() }], 0);
}

/** @throws UnansweredFrameError when it could not be posted to a connection that is still there */
async function post(
    deps: MessageDeps,
    { requestContext: { connectionId } }: MessageEvent,
    frame: string,
): Promise<"delivered" | "gone"> {
    const outcome = await postPersistently(deps, connectionId, createPayload(frame));
    if (outcome.kind === "delivered" || outcome.kind === "gone") {
        return outcome.kind;
    }
    throw new UnansweredFrameError(`${connectionId} could not be posted to: ${outcome.reason}`);
}
