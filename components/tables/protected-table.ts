import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface ProtectedTableArgs {
    readonly hashKey: string;
    readonly rangeKey?: string;
    /** The attribute with the epoch second at which DynamoDB may delete an item. */
    readonly expiry?: string;
    /** Refuses deletion, both by DynamoDB and by Pulumi. Plain, because it is a resource option. */
    readonly protect: boolean;
}

/**
 * A table as all of ours are: on demand, so that an idle gateway costs nothing; encrypted with a KMS key whose use is
 * logged; recoverable to any second of the last 35 days. Keys are strings.
 */
export function createProtectedTable(
    name: string,
    args: ProtectedTableArgs,
    opts: pulumi.CustomResourceOptions,
): aws.dynamodb.Table {
    const keys = [args.hashKey, ...(args.rangeKey === undefined ? [] : [args.rangeKey])];
    return new aws.dynamodb.Table(
        name,
        {
            billingMode: "PAY_PER_REQUEST",
            hashKey: args.hashKey,
            rangeKey: args.rangeKey,
            attributes: keys.map((key) => ({ name: key, type: "S" })),
            ttl: args.expiry === undefined ? undefined : { attributeName: args.expiry, enabled: true },
            serverSideEncryption: { enabled: true },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: args.protect,
        },
        { ...opts, protect: args.protect },
    );
}
