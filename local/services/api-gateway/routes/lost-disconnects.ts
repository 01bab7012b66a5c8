/**
 * Whether the API is never told that a connection has ended: `$disconnect` is best effort on AWS. For tests of what
 * such a connection leaves behind.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 */
export type LostDisconnects = (connectionId: string) => boolean;
