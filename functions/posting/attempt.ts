import type { Recipient } from "../registry/audience";
import type { Log } from "../runtime/log";
import type { EndedConnections } from "../registry/registry";
import type { PreparedFrame } from "../transports/transport";

/** How one post to one connection ended, as far as its message is concerned. */
export type AttemptOutcome =
    | { readonly kind: "delivered" }
    | { readonly kind: "stale" }
    /** Worth another try. */
    | { readonly kind: "again"; readonly cause: RepeatCause; readonly reason: string }
    | { readonly kind: "refused"; readonly reason: string };

/**
 * - `throttled`: the account has no requests left, or the client reads too slowly;
 * - `unavailable`: the gateway failed, or the connection to it broke;
 * - `silent`: there was no answer;
 * - `fresh`: the gateway does not know a connection that has only just been made.
 */
export type RepeatCause = "throttled" | "unavailable" | "silent" | "fresh";

export interface AttemptDeps {
    readonly registry: EndedConnections;
    readonly clock: () => number;
    readonly log: Log;
    /** How long after its `$connect` a connection is not taken for gone, in seconds. */
    readonly graceSeconds: number;
}

/**
 * Posts once. A connection that is gone is removed from the registry, unless it is fresh: `$connect` stores the row
 * before the socket opens, so a 410 may only mean that it is about to.
 */
export async function attemptPost(
    deps: AttemptDeps,
    recipient: Recipient,
    channel: string,
    frame: PreparedFrame,
): Promise<AttemptOutcome> {
    const outcome = await frame.postTo(recipient.connectionId);
    switch (outcome.kind) {
        case "delivered":
        case "refused":
            return outcome;
        case "throttled":
        case "unavailable":
            return { kind: "again", cause: outcome.kind, reason: outcome.reason };
        case "gone":
            if (deps.clock() - recipient.connectedAt < deps.graceSeconds * 1_000) {
                return { kind: "again", cause: "fresh", reason: "410, right after the connection was made" };
            }
            await prune(deps, recipient.connectionId, channel);
            return { kind: "stale" };
    }
}

/** A row that could not be removed is found, and removed, with the next message; this one must not fail for it. */
async function prune({ registry, log }: AttemptDeps, connectionId: string, channel: string): Promise<void> {
    try {
        await registry.remove(connectionId, channel);
    } catch (error) {
        log.warn("A stale connection could not be removed from the registry", { connectionId, error });
    }
}
