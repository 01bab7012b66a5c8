import type { Recipient } from "./audience";
import type { Log } from "./log";
import type { PersistentPostDeps } from "./persistent-post";
import { isTemporary, postPersistently } from "./persistent-post";
import type { EndedConnections } from "./registry";
import type { Payload } from "./sigv4";

/** How one connection's share of a message ended. */
export type DeliveryOutcome =
    { readonly kind: "delivered" } | { readonly kind: "stale" } | { readonly kind: "failed"; readonly reason: string };

export interface DeliveryDeps extends PersistentPostDeps {
    readonly registry: EndedConnections;
    readonly clock: () => number;
    readonly log: Log;
    /** How long after its `$connect` a connection is not taken for gone, in seconds. */
    readonly graceSeconds: number;
}

/** Delivers to one connection. */
export type Deliver = (recipient: Recipient, channel: string, payload: Payload) => Promise<DeliveryOutcome>;

/**
 * Posts to a connection. One that is gone is removed from the registry, unless it is fresh: `$connect` stores the row
 * before the socket opens, so a 410 may only mean that it is about to. Such a post is tried again, and the row stays.
 */
export function createDeliver(deps: DeliveryDeps): Deliver {
    return async (recipient, channel, payload) => {
        const isFresh = (): boolean => deps.clock() - recipient.connectedAt < deps.graceSeconds * 1_000;
        const outcome = await postPersistently(
            deps,
            recipient.connectionId,
            payload,
            (candidate) => isTemporary(candidate) || (candidate.kind === "gone" && isFresh()),
        );
        switch (outcome.kind) {
            case "delivered":
                return outcome;
            case "gone":
                if (!isFresh()) {
                    await prune(deps, recipient, channel);
                }
                return { kind: "stale" };
            case "throttled":
            case "unavailable":
            case "refused":
                return { kind: "failed", reason: outcome.reason };
        }
    };
}

/** A row that could not be removed is found, and removed, with the next message; this one must not fail for it. */
async function prune({ registry, log }: DeliveryDeps, { connectionId }: Recipient, channel: string): Promise<void> {
    try {
        await registry.remove(connectionId, channel);
    } catch (error) {
        log.warn("A stale connection could not be removed from the registry", { connectionId, error });
    }
}
