import type { EndedConnections } from "../registry/registry";

/**
 * Removes a connection's rows, after it has ended. It may never be called, and nobody looks at how it ends: what a failure leaves behind is taken by the next message's 410, or by TTL.
 */
export function createDisconnectHandler(registry: EndedConnections): (connectionId: string) => Promise<void> {
    return (connectionId) => registry.remove(connectionId);
}
