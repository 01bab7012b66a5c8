import { MAX_SERVER_FRAME_BYTES } from "../../contract/limits";
import type { PostOutcome, Transport } from "../../functions/transports/transport";

/** A transport whose posts a test answers. */
export function fakeTransport(
    post: (connectionId: string, frame: string) => Promise<PostOutcome> | PostOutcome,
): Transport {
    return {
        maxFrameBytes: MAX_SERVER_FRAME_BYTES,
        prepare: (frame) => ({ postTo: async (connectionId) => post(connectionId, frame) }),
    };
}
