import type * as pulumi from "@pulumi/pulumi";

/** A gateway, as far as a namespace is concerned. A `PushGatewayReference` is one, and so is a `PushGateway`. */
export interface NamespaceGateway {
    readonly namespaceTableName: pulumi.Input<string>;
}

/** Channels that clients may subscribe to, and who may. */
export interface SubscribeRule {
    /**
     * `orders/{sub}/*`: `*` stands for one whole segment, `{claim}` for one segment equal to that claim of the token,
     * encoded. A claim in an object is named by its path, `{realm_access.roles}`; each word of a `scope` counts.
     * `<namespace>/@all` opens the channel of that name, `<namespace>/@me` opens each user's own.
     */
    readonly channel: string;
    /** Claims that the token must have with exactly these values, or, for a list, among them. Defaults to none. */
    readonly claims?: Record<string, string>;
}

/** How long, and how much of it, a channel remembers for subscribers that were away. */
export interface NamespaceHistory {
    /** Seconds until a message is forgotten, 1 to 2,592,000 (30 days). */
    readonly ttlSeconds: number;
    /** Messages kept in each channel, 1 to 10,000. */
    readonly maxMessages: number;
}

/** How an ordinary domain event, which knows nothing of channels, becomes a message. */
export interface EventMapping {
    /** The event's detail type, for example `OrderShipped`. One mapping for each. */
    readonly event: string;
    /** Where it goes: `orders/{customer}/{order.id}`, with dotted paths into the event's detail. */
    readonly channels: string[];
    /** A dotted path to the data that is sent. Defaults to the whole detail. */
    readonly data?: string;
    /** A dotted path to the message's id: the same in an event that is sent twice. Defaults to the event's id. */
    readonly id?: string;
    /**
     * A dotted path to a whole number that is larger in a later event about the same thing, such as its version, for
     * clients to tell them by: events published close together may arrive in either order. Defaults to none.
     */
    readonly sequence?: string;
}

/** Everything here is plain: it is validated as a whole, by the code that reads it later, before it is registered. */
export interface PushNamespaceArgs {
    /** The gateway to register with. */
    readonly gateway: NamespaceGateway;
    /** The first segment of the channels: 1 to 64 of `A-Z a-z 0-9 . _ : -`. */
    readonly namespace: string;
    /** Who may subscribe to what. A channel that no rule opens stays closed. At least one rule. */
    readonly subscribe: SubscribeRule[];
    /** Defaults to no history: a subscriber gets the messages that are sent while it is connected. */
    readonly history?: NamespaceHistory;
    /** Defaults to none: events then carry their channel and data themselves. */
    readonly mappings?: EventMapping[];
}
