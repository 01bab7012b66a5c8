import type { GatewayEvent, GatewayResponse } from "../transports/api-gateway/gateway-events";
import type { EndedConnections } from "../registry/registry";

/**
 * Removes a connection's rows. The gateway calls it once at most, after the connection has ended, and looks at no
 * answer: what a failure leaves behind is taken by the next message's 410, or by TTL.
 */
export function createDisconnectHandler(registry: EndedConnections): (event: GatewayEvent) => Promise<GatewayResponse> {
    return async ({ requestContext: { connectionId } }) => {
        await registry.remove(connectionId);
        return { statusCode: 200 };
    };
}
