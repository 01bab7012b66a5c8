import type * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "./policy-statement";

/** The statement that lets a role publish on the push bus as one namespace, and as no other. */
export function publishStatements(
    eventBusArn: pulumi.Input<string>,
    namespace: pulumi.Input<string>,
): PolicyStatement[] {
    return [
        {
            actions: ["events:PutEvents"],
            resources: [eventBusArn],
            conditions: [
                // The key holds one source for each entry of the call. This asks it of every entry, and is content with
                // none.
                // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
                { test: "ForAllValues:StringEquals", variable: "events:source", values: [namespace] },
                // So there must be one. Unlike an operator for a single value, `Null` means the same for a list.
                { test: "Null", variable: "events:source", values: ["false"] },
            ],
        },
    ];
}
