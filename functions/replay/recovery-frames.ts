import type { FrameId } from "../../contract/protocol";
import type { Recovery } from "../message-log/history";
import { ReplayInterruptedError } from "../message-log/history";
import { subscribedFrame } from "../wire/server-frames";
import type { MissedChannel } from "../deliveries/replay-task";

/**
 * What a subscriber is sent: where the channel stands, and what it missed. Where that breaks off it is told that the
 * rest is lost.
 */
export async function* recoveryFrames(
    id: FrameId | undefined,
    channel: string,
    recovery: Recovery,
): AsyncGenerator<string> {
    yield subscribedFrame(id, channel, recovery);
    try {
        yield* recovery.missed;
    } catch (error) {
        if (!(error instanceof ReplayInterruptedError)) {
            throw error;
        }
        // At the position of the first answer: messages that were published since then are pushed.
        yield subscribedFrame(id, channel, { ...recovery, recovered: false });
    }
}

/** What is missing after so many of these frames: the first says where the channel stands, the others are messages. */
export function restOf({ channel, since }: MissedChannel, posted: number): MissedChannel {
    return since === undefined
        ? { channel }
        : { channel, since: { epoch: since.epoch, offset: since.offset + Math.max(0, posted - 1) } };
}
