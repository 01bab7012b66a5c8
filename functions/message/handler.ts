import type { ClientFrame, FrameRefusal } from "../lib/client-frames";
import { parseClientFrame } from "../lib/client-frames";
import type { GatewayResponse, MessageEvent } from "../lib/gateway-events";
import type { Log } from "../lib/log";
import type { PersistentPostDeps } from "../lib/persistent-post";
import { postPersistently } from "../lib/persistent-post";
import { errorFrame } from "../lib/server-frames";
import { createPayload } from "../lib/sigv4";

/** Frames to send, in order. They may still be read while the first are sent, and throw then. */
export type Frames = Iterable<string> | AsyncIterable<string>;

/** Answers a frame with frames, or with a refusal. Throws where it is not the client's fault. */
export type AnswerFrame = (frame: ClientFrame, event: MessageEvent) => Promise<Frames | FrameRefusal>;

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
        const answer = answerBody(deps, event);
        const frames = routeKey === "subscribe" ? answer : await readAll(answer);
        if (Array.isArray(frames) && frames.length === 1) {
            return { statusCode: 200, body: frames[0] };
        }
        for await (const frame of frames) {
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

async function* answerBody({ answer, log }: MessageDeps, event: MessageEvent): AsyncGenerator<string> {
    const frame = parseClientFrame(event.body ?? "");
    if (!frame.ok) {
        yield errorFrame(frame.reason);
        return;
    }
    const { id } = frame.value;
    try {
        const answered = await answer(frame.value, event);
        if ("code" in answered) {
            yield errorFrame({ id, ...answered });
        } else {
            yield* answered;
        }
    } catch (error) {
        log.error("A frame could not be answered", {
            connectionId: event.requestContext.connectionId,
            action: frame.value.action,
            error,
        });
        yield errorFrame({ id, code: "internal", message: "Something failed on our side. Try again." });
    }
}

async function readAll(frames: AsyncIterable<string>): Promise<string[]> {
    const all: string[] = [];
    for await (const frame of frames) {
        all.push(frame);
    }
    return all;
}
