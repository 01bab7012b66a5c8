import type * as pulumi from "@pulumi/pulumi";

/** A gateway, as far as publishing is concerned. A `PushGatewayReference` is one, and so is a `PushGateway`. */
export interface PublishGateway {
    readonly eventBusArn: pulumi.Input<string>;
}

/** What can happen to an item of a table. */
export enum TableChange {
    Insert = "INSERT",
    Modify = "MODIFY",
    /** A deletion; by expiry (TTL) too. */
    Remove = "REMOVE",
}

export interface TableChangeSourceArgs {
    /** The gateway to publish on. */
    readonly gateway: PublishGateway;
    /** The namespace to publish as; take it from a `PushNamespace`, and it is registered first. */
    readonly namespace: pulumi.Input<string>;
    /** The ARN of the table's stream. The table needs `streamViewType: "NEW_AND_OLD_IMAGES"`. */
    readonly streamArn: pulumi.Input<string>;
    /** The name under which clients get the change, at most 128 characters; for example `OrderChanged`. */
    readonly event: string;
    /**
     * Where changes go: `orders/{customer}/{orderId}`, with attributes of the item as it is now or, once deleted, was.
     * What an attribute holds is encoded into one segment. A change that moves an item to another channel is, to those
     * who lose it, its deletion, and to those who gain it, its creation: neither sees the other's image. An item that
     * lacks the attribute goes to the gateway's dead letters; `{assignee?}` says that it may, and is then in no such
     * channel.
     */
    readonly channels: string[];
    /** The attributes that clients get to see. Defaults to all of them. */
    readonly attributes?: string[];
    /** Which changes to publish. Defaults to all. */
    readonly changes?: TableChange[];
    /**
     * An EventBridge pattern, as JSON, that a stream record must match, for example
     * `{"dynamodb":{"NewImage":{"status":{"S":["paid"]}}}}`. Defaults to none.
     */
    readonly filter?: string;
    /** ARNs to notify when a change could not be published. Plain: it decides about an alarm. Defaults to none. */
    readonly alarmActions?: pulumi.Input<string>[];
}
