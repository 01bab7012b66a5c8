import type { Position } from "../functions/message-log/history";
import type { Result } from "./result";
import { accepted, refused } from "./result";

const MAX_EPOCH_LENGTH = 64;

/** Reads a position as a client sends it back: the epoch and the offset of a frame that it received. */
export function readPosition(epoch: unknown, offset: unknown): Result<Position> {
    if (typeof epoch !== "string" || epoch === "" || epoch.length > MAX_EPOCH_LENGTH) {
        return refused("The epoch of a position is that of a frame that was received earlier.");
    }
    if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0) {
        return refused("The offset of a position is that of the last frame that was received, or 0.");
    }
    return accepted({ epoch, offset });
}
