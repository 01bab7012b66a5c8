import type { EndedConnections } from "../registry/registry";

/**
 * Removes a connection's rows after it has ended. API Gateway may never call it, and ignores its failure: rows that are
 * left go with the next message's 410, or by TTL.
 */
export function createDisconnectHandler(registry: EndedConnections): (connectionId: string) => Promise<void> {
    return (connectionId) => registry.remove(connectionId);
}
