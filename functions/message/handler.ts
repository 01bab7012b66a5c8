import type { ClientFrame, FrameRefusal } from "../lib/client-frames";
import { parseClientFrame } from "../lib/client-frames";
import type { GatewayResponse, MessageEvent } from "../lib/gateway-events";
import type { Log } from "../lib/log";
import type { PersistentPostDeps } from "../lib/persistent-post";
import { postPersistently } from "../lib/persistent-post";
import { errorFrame } from "../lib/server-frames";
import { createPayload } from "../lib/sigv4";

/** Answers a frame with frames, in order, or with a refusal. Throws where it is not the client's fault. */
export type AnswerFrame = (frame: ClientFrame, event: MessageEvent) => Promise<readonly string[] | FrameRefusal>;

export interface MessageDeps extends PersistentPostDeps {
    readonly answer: AnswerFrame;
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
 * Answers what clients send. Of the `subscribe` route the gateway sends no response: its answer and the messages that
 * follow it have to arrive in order, so all of them are posted. The other routes' answer is the function's own.
 */
export function createMessageHandler(deps: MessageDeps): (event: MessageEvent) => Promise<GatewayResponse> {
    return async (event) => {
        const { connectionId, routeKey } = event.requestContext;
        const frames = await answerBody(deps, event);
        const [only, ...more] = frames;
        if (routeKey !== "subscribe" && more.length === 0) {
            return { statusCode: 200, body: only };
        }
        for (const frame of frames) {
            const outcome = await postPersistently(deps, connectionId, createPayload(frame));
            if (outcome.kind === "gone") {
                break;
            }
            if (outcome.kind !== "delivered") {
                throw new UnansweredFrameError(`The answer could not be posted to ${connectionId}: ${outcome.reason}`);
            }
        }
        return { statusCode: 200 };
    };
}

async function answerBody({ answer, log }: MessageDeps, event: MessageEvent): Promise<readonly string[]> {
    const frame = parseClientFrame(event.body ?? "");
    if (!frame.ok) {
        return [errorFrame(frame.reason)];
    }
    const { id } = frame.value;
    try {
        const answered = await answer(frame.value, event);
        return "code" in answered ? [errorFrame({ id, ...answered })] : answered;
    } catch (error) {
        log.error("A frame could not be answered", {
            connectionId: event.requestContext.connectionId,
            action: frame.value.action,
            error,
        });
        return [errorFrame({ id, code: "internal", message: "Something failed on our side. Try again." })];
    }
}
