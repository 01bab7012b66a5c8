import type * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "./policy-statement";

/** What allows a role to publish on the push bus as one namespace, and as no other. */
export function publishStatements(
    eventBusArn: pulumi.Input<string>,
    namespace: pulumi.Input<string>,
): PolicyStatement[] {
    return [
        {
            actions: ["events:PutEvents"],
            resources: [eventBusArn],
            conditions: [
                { test: "StringEquals", variable: "events:source", values: [namespace] },
                // The key holds a list, and on a list StringEquals is content with one match: a batch could carry a foreign
                // entry beside an own one. This holds for every value; alone it would also hold for none at all.
                // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
                { test: "ForAllValues:StringEquals", variable: "events:source", values: [namespace] },
            ],
        },
    ];
}
