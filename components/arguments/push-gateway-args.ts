import type * as pulumi from "@pulumi/pulumi";
import type { NetworkArgs } from "../lambda/network";
import type { AuthenticationArgs } from "../websocket/authentication-args";
import type { Throttling } from "../websocket/websocket-api-args";

/** The settings below, and those inherited: whose tokens are accepted, and from which pages. */
export interface PushGatewayArgs extends AuthenticationArgs {
    /** Channels that one connection may subscribe to, 1 to 1,000. Defaults to 100. */
    readonly maxSubscriptionsPerConnection?: pulumi.Input<number>;
    /** How many requests clients may send. Defaults to 2,000 a second and 1,000 at once. */
    readonly throttling?: Throttling;
    /** Days until a log entry is deleted; one of the periods that CloudWatch Logs knows. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /**
     * Posts per second to audiences of more than 25, all messages together, 50 to 10,000; at once, up to one second's
     * worth. They count against the requests that the account's HTTP, REST and WebSocket APIs share in a Region: 10,000
     * a second, 2,500 in small ones. Defaults to 2,000.
     */
    readonly deliveryRate?: pulumi.Input<number>;
    /** Messages that one run of the notifier or the deliverer keeps in flight, 1 to 1,000. Defaults to 256. */
    readonly deliveryConcurrency?: pulumi.Input<number>;
    /** The VPC to run the functions in. Plain, because it decides what is created. Defaults to none. */
    readonly network?: NetworkArgs;
    /** Refuses to delete the tables, both in DynamoDB and in Pulumi. Plain. Defaults to `false`. */
    readonly protect?: boolean;
    /**
     * Gives API Gateway the role with which it writes logs. An account has one such role per Region, so let only one
     * stack own it. Without any, the stage cannot be created. Plain. Defaults to `false`.
     */
    readonly manageApiGatewayLogging?: boolean;
    /**
     * ARNs to notify when a message could not be sent, such as an SNS topic's. Without any there is no alarm. Plain
     * list. Defaults to none.
     */
    readonly alarmActions?: pulumi.Input<string>[];
}
