import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { ROW_ATTRIBUTES } from "../../contract/tables";
import { createProtectedTable } from "./protected-table";

/** A DynamoDB table, as those who use it need it. */
export interface TableHandle {
    readonly name: pulumi.Input<string>;
    readonly arn: pulumi.Input<string>;
}

export interface ConnectionRegistryArgs {
    /**
     * Refuses to delete the table, both in DynamoDB and in Pulumi. Without the table nobody is reached until everybody
     * has connected again. Plain, because it is a resource option. Defaults to `false`.
     */
    readonly protect?: boolean;
}

/**
 * The connections and the channels they are subscribed to: one row per connection and one per subscription. Either
 * leads to the other by key. Every row expires. Rows past `expiresAt` count as gone even while DynamoDB still holds
 * them.
 */
export class ConnectionRegistry extends pulumi.ComponentResource {
    readonly tableName: pulumi.Output<string>;
    readonly tableArn: pulumi.Output<string>;

    constructor(name: string, args: ConnectionRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.connectionRegistry, name, args, opts);
        const table = createProtectedTable(
            `${name}-connections`,
            { ...ROW_ATTRIBUTES, protect: args.protect ?? false },
            { parent: this },
        );
        this.tableName = table.name;
        this.tableArn = table.arn;
        this.registerOutputs({ tableName: this.tableName, tableArn: this.tableArn });
    }
}
