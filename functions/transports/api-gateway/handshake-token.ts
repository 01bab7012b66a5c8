import { BEARER_PROTOCOL_PREFIX } from "../../../contract/protocol";
import type { AuthorizeEvent } from "./gateway-events";
import { headerOf, offeredProtocols } from "./gateway-events";

/**
 * The token of a handshake, wherever it travels: the `Authorization` header, the sub-protocol `bearer.<jwt>`, or the
 * query parameter `access_token` where that is allowed. (URLs end up in logs and histories, so it is not by default.)
 */
export function findToken(event: AuthorizeEvent, options: { readonly inQuery: boolean }): string | undefined {
    const bearer = /^Bearer +(\S+)$/i.exec(headerOf(event, "Authorization")?.trim() ?? "")?.[1];
    const protocol = offeredProtocols(event).find((offered) => offered.startsWith(BEARER_PROTOCOL_PREFIX));
    const query = options.inQuery ? event.queryStringParameters?.["access_token"] : undefined;
    return bearer ?? protocol?.slice(BEARER_PROTOCOL_PREFIX.length) ?? query;
}
