import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../contract/component-types";
import { InputProblems } from "./validation/input-problems";
import { namespaceItem } from "../contract/namespace";
import { NAMESPACE_KEY } from "../contract/tables";
import { validateNamespace } from "./validation/namespace-validation";
import type { NamespaceGateway, PushNamespaceArgs } from "./arguments/push-namespace-args";

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
