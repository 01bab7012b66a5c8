import type * as pulumi from "@pulumi/pulumi";
import type { QueueHandle } from "../delivery/delivery-queues";
import type { FunctionNetwork } from "../lambda/lambda-function-args";
import type { TableHandle } from "../tables/connection-registry";
import type { AuthenticationArgs } from "./authentication-args";

/** How many requests the API takes from clients: connects and frames. All APIs of the account share 10,000 a second. */
export interface Throttling {
    /** Requests per second, sustained. */
    readonly rateLimit: pulumi.Input<number>;
    /** Requests at once, beyond the rate. */
    readonly burstLimit: pulumi.Input<number>;
}

export interface WebSocketApiArgs {
    /** Whose tokens are accepted, and from which pages. */
    readonly authentication: AuthenticationArgs;
    /** The registry of connections. */
    readonly registry: TableHandle;
    /** The log of messages, for clients that come back and missed some. */
    readonly messageLog: TableHandle;
    /** The table of namespaces, with their subscribe rules. */
    readonly namespaces: TableHandle;
    /**
     * The queue for replays that connections ask for in their URL, and for the rest of long ones that frames asked for.
     */
    readonly deliveries: QueueHandle;
    /** Channels that one connection may subscribe to, 1 to 1,000. Defaults to 100. */
    readonly maxSubscriptionsPerConnection?: pulumi.Input<number>;
    /** Defaults to 2,000 requests a second and 1,000 at once. */
    readonly throttling?: Throttling;
    /** Days until a log entry is deleted. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /**
     * Gives API Gateway the role by which it writes logs. There is one for the whole account and Region, shared with
     * every other API there, so own it in one stack at most; where nobody does, the stage cannot be created. Plain,
     * because it decides what is created. Defaults to `false`.
     */
    readonly manageApiGatewayLogging?: boolean;
    /** Puts the functions into a VPC. Plain. Defaults to none. */
    readonly network?: FunctionNetwork;
}
