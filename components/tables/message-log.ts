import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { ROW_ATTRIBUTES } from "../../contract/tables";
import { createProtectedTable } from "./protected-table";

export interface MessageLogArgs {
    /**
     * Refuses to delete the table, both in DynamoDB and in Pulumi. Without the table, clients that reconnect are told
     * that they may have missed messages, and numbers start over. Plain, because it is a resource option. Defaults to
     * `false`.
     */
    readonly protect?: boolean;
}

/**
 * The messages that were pushed, in order, for clients that come back. Of each channel it keeps the last messages, as
 * many and for as long as the namespace's `history` says, and the keys that prevent a message from being numbered
 * twice. All rows expire. Rows past `expiresAt` count as gone even while DynamoDB still holds them.
 *
 * To restore the table to an earlier time, delete the items whose `sk` is `head` afterwards: otherwise numbers that
 * clients have seen would be given to other messages.
 */
export class MessageLog extends pulumi.ComponentResource {
    readonly tableName: pulumi.Output<string>;
    readonly tableArn: pulumi.Output<string>;

    constructor(name: string, args: MessageLogArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.messageLog, name, args, opts);
        const table = createProtectedTable(
            `${name}-messages`,
            { ...ROW_ATTRIBUTES, protect: args.protect ?? false },
            { parent: this },
        );
        this.tableName = table.name;
        this.tableArn = table.arn;
        this.registerOutputs({ tableName: this.tableName, tableArn: this.tableArn });
    }
}
