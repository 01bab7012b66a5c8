/** The sub-protocol of wire protocol v1, and the one that a server answers with. */
export const PUSH_PROTOCOL = "push.v1";

/** A browser cannot set headers on a WebSocket, so its token travels as the sub-protocol `bearer.<jwt>`. */
export const BEARER_PROTOCOL_PREFIX = "bearer.";

/** The gateway takes frames of 32 KB and messages of 128 KB from a client; ours are commands, and small. */
export const MAX_CLIENT_FRAME_BYTES = 8 * 1024;

/** API Gateway's limit for one message, to clients too: an `@connections` POST with more is answered with 413. */
export const MAX_SERVER_FRAME_BYTES = 128 * 1024;

/** API Gateway closes a connection after 2 hours, whatever its traffic. */
export const CONNECTION_LIFETIME_SECONDS = 2 * 60 * 60;
