import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../contract/component-types";
import { InputProblems } from "./validation/input-problems";
import { namespaceItem } from "../contract/namespace";
import { NAMESPACE_KEY } from "../contract/tables";
import { validateNamespace } from "./validation/namespace-validation";

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

/**
 * Registers a namespace with the gateway. It belongs to the stack that registers it first; a second one fails.
 *
 * @example
 * new PushNamespace("orders", {
 *     gateway,
 *     namespace: "orders",
 *     subscribe: [{ channel: "orders/{sub}/*" }, { channel: "orders/@all", claims: { role: "staff" } }],
 * });
 */
export class PushNamespace extends pulumi.ComponentResource {
    /** The namespace, once it is registered. A resource that takes it from here is created after the registration. */
    readonly namespace: pulumi.Output<string>;

    /** @throws pulumi.InputPropertiesError that lists every rule, mapping and setting that the gateway would refuse */
    constructor(name: string, args: PushNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.pushNamespace, name, { ...args, gateway: pick(args.gateway) }, opts);
        const problems = new InputProblems(`PushNamespace "${name}"`);
        validateNamespace(args, problems);
        problems.throwIfAny();
        const row = createRow(name, args, { parent: this });
        // An input of the row, not its id: known in a preview too, and still after the row.
        this.namespace = row.hashKey.apply(() => args.namespace);
        this.registerOutputs({ namespace: this.namespace });
    }
}

/** A whole component may be passed as the gateway; the state is to hold the one property that counts. */
function pick(gateway: NamespaceGateway): NamespaceGateway {
    return { namespaceTableName: gateway.namespaceTableName };
}

function createRow(name: string, args: PushNamespaceArgs, opts: pulumi.CustomResourceOptions): aws.dynamodb.TableItem {
    return new aws.dynamodb.TableItem(
        `${name}-namespace`,
        {
            tableName: args.gateway.namespaceTableName,
            hashKey: NAMESPACE_KEY,
            item: JSON.stringify(namespaceItem(args)),
        },
        opts,
    );
}
