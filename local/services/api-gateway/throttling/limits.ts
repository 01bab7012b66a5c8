/**
 * The quotas that the gateway holds its clients to.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export interface GatewayLimits {
    /** A connection without traffic in either direction for this long is closed with 1001. */
    readonly idleMs: number;
    /** A connection is closed with 1001 at this age, whatever its traffic. */
    readonly lifetimeMs: number;
    /** A longer message closes the connection with 1009; posted through `@connections`, it is answered with 413. */
    readonly messageBytes: number;
    /** A longer frame closes the connection with 1009; what is longer goes to the client in frames of this size. */
    readonly frameBytes: number;
    /** What may wait for a client that does not read; a post beyond it is answered with 429. The figure is ours. */
    readonly sendBufferBytes: number;
    /** Of the handshake's path and query, in characters. */
    readonly urlLength: number;
    /** Of an authorizer's result as JSON. */
    readonly authorizerResultBytes: number;
    /** The account's throttle, shared by messages and `@connections` calls. */
    readonly requestsPerSecond: number;
    readonly requestBurst: number;
    /** The account's throttle for handshakes. */
    readonly connectionsPerSecond: number;
}

export const AWS_LIMITS: GatewayLimits = {
    idleMs: 10 * 60_000,
    lifetimeMs: 2 * 3_600_000,
    messageBytes: 128 * 1024,
    frameBytes: 32 * 1024,
    sendBufferBytes: 1024 * 1024,
    urlLength: 4096,
    authorizerResultBytes: 8 * 1024,
    requestsPerSecond: 10_000,
    requestBurst: 5_000,
    connectionsPerSecond: 500,
};
