import type { Backoff, Random, Sleep } from "../runtime/backoff";
import { jitter, retry } from "../runtime/retry";
import type { PostOutcome, Sender } from "../transports/api-gateway/sender";
import type { Payload } from "../transports/api-gateway/sigv4";

export interface PersistentPostDeps {
    readonly sender: Pick<Sender, "post">;
    readonly sleep: Sleep;
    readonly random: Random;
}

const ATTEMPTS = 4;
const BACKOFF: Backoff = { baseMs: 100, capMs: 1_000 };

/** Posts, and tries again, four times in all and with back-off, while the outcome is one that may change. */
export function postPersistently(
    { sender, ...waiting }: PersistentPostDeps,
    connectionId: string,
    payload: Payload,
    mayChange: (outcome: PostOutcome) => boolean = isTemporary,
): Promise<PostOutcome> {
    return retry({ attempts: ATTEMPTS, pause: jitter(BACKOFF, waiting), mayChange }, () =>
        sender.post(connectionId, payload),
    );
}

/** Whether the cause of an outcome passes by itself. */
export function isTemporary(outcome: PostOutcome): boolean {
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
