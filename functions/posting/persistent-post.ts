import type { Backoff } from "../runtime/backoff";
import type { Waiting } from "../runtime/retry";
import { jitter, retry } from "../runtime/retry";
import type { PostOutcome, PreparedFrame } from "../transports/transport";

const ATTEMPTS = 4;
const BACKOFF: Backoff = { baseMs: 100, capMs: 1_000 };

/** Posts, and tries again, four times in all and with back-off, while the cause of the outcome may pass by itself. */
export function postPersistently(frame: PreparedFrame, connectionId: string, waiting: Waiting): Promise<PostOutcome> {
    return retry({ attempts: ATTEMPTS, pause: jitter(BACKOFF, waiting), mayChange: isTemporary }, () =>
        frame.postTo(connectionId),
    );
}

function isTemporary(outcome: PostOutcome): boolean {
    switch (outcome.kind) {
        case "throttled":
        case "unavailable":
            return true;
        case "delivered":
        case "gone":
        case "refused":
            return false;
    }
}
