import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { DELIVER_SETTINGS } from "../../functions/deliver/settings";
import { paceFor } from "../../functions/fan-out/pace";
import { FAN_OUT_SETTINGS } from "../../functions/fan-out/settings";
import type { GivenSettings } from "../lambda/environment";
import { environmentOf } from "../lambda/environment";
import { functionEntry } from "../lambda/function-entry";
import type { TableHandle } from "../tables/connection-registry";
import type { DeliveryQueueHandles } from "./delivery-queues";
import { DELIVERY_RUN_SECONDS } from "./delivery-queues";
import type { FunctionNetwork } from "../lambda/lambda-function-args";
import { LambdaFunction } from "../lambda/lambda-function";
import type { PolicyStatement } from "../permissions/policy-statement";

export interface DelivererArgs {
    /** The registry of connections, in which an audience is found. Connections that are gone are removed from it. */
    readonly registry: TableHandle;
    /** The log of messages, for clients that come back and missed some. */
    readonly messageLog: TableHandle;
    /** Where deliveries wait, and where messages go that cannot be delivered. */
    readonly queues: DeliveryQueueHandles;
    /** Where `@connections` is served: `https://…/v1`. */
    readonly managementEndpoint: pulumi.Input<string>;
    /** The ARN that stands for posting to connections of that API and stage. */
    readonly postArn: pulumi.Input<string>;
    /**
     * Posts per second, over all deliverers and notifiers, which have a twentieth of it. They count against the
     * requests that the account's HTTP, REST and WebSocket APIs share in a Region: 10,000 a second, 2,500 in small
     * ones. Defaults to 2,000.
     */
    readonly deliveryRate?: pulumi.Input<number>;
    /** Posts that one run keeps in flight, 1 to 1,000. Defaults to 256. */
    readonly deliveryConcurrency?: pulumi.Input<number>;
    /** Days until a log entry is deleted. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /** Puts the function into a VPC. Plain. Defaults to none. */
    readonly network?: FunctionNetwork;
}

/**
 * Works off the delivery queue. It posts to the audiences that are too large for the notifier, and sends connections
 * the messages that they missed, at a rate that leaves the account's other APIs their share. Messages that cannot be
 * delivered go to the dead letters.
 */
export class Deliverer extends pulumi.ComponentResource {
    readonly functionArn: pulumi.Output<string>;

    constructor(name: string, args: DelivererArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.deliverer, name, args, opts);
        const deliver = createDeliver(name, args, { parent: this });
        allowRecursion(name, deliver, { parent: this });
        const source = connectQueue(name, args, deliver, { parent: this });
        // After the source: whatever is queued once this is known is delivered.
        this.functionArn = pulumi.all([deliver.functionArn, source.arn]).apply(([arn]) => arn);
        this.registerOutputs({ functionArn: this.functionArn });
    }
}

/** What every function that takes part in a fan-out is told, the notifier too. */
export function fanOutSettings(
    args: Pick<DelivererArgs, "registry" | "queues" | "managementEndpoint" | "deliveryRate" | "deliveryConcurrency">,
): GivenSettings<typeof FAN_OUT_SETTINGS> {
    return {
        registryTable: args.registry.name,
        managementEndpoint: args.managementEndpoint,
        deliveryQueueUrl: args.queues.deliveries.url,
        deadLetterQueueUrl: args.queues.deadLetters.url,
        deliveryRate: args.deliveryRate,
        deliveryConcurrency: args.deliveryConcurrency,
    };
}

/** What every function that takes part in a fan-out may do. */
export function fanOutStatements(args: Pick<DelivererArgs, "registry" | "queues" | "postArn">): PolicyStatement[] {
    return [
        {
            actions: ["dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
            resources: [args.registry.arn],
        },
        { actions: ["execute-api:ManageConnections"], resources: [args.postArn] },
        { actions: ["sqs:SendMessage"], resources: [args.queues.deliveries.arn, args.queues.deadLetters.arn] },
    ];
}

function createDeliver(name: string, args: DelivererArgs, opts: pulumi.ComponentResourceOptions): LambdaFunction {
    return new LambdaFunction(
        `${name}-deliver`,
        {
            entry: functionEntry("deliver"),
            description: "Posts to large audiences, a chunk at a time, and to those who come back what they missed",
            environment: environmentOf(DELIVER_SETTINGS, {
                ...fanOutSettings(args),
                messageLogTable: args.messageLog.name,
            }),
            allow: [
                ...fanOutStatements(args),
                // The head of a channel that nobody has published on yet is made for its first subscriber.
                {
                    actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
                    resources: [args.messageLog.arn],
                },
                {
                    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                    resources: [args.queues.deliveries.arn],
                },
            ],
            timeoutSeconds: DELIVERY_RUN_SECONDS,
            // One whole CPU: the function does little else than sign and send.
            memoryMegabytes: 1769,
            logRetentionDays: args.logRetentionDays,
            network: args.network,
        },
        opts,
    );
}

/**
 * A run puts work that it could not finish back on the queue that it came from. AWS takes that for an endless loop
 * after some 16 times and drops the message. Here the attempts, the message's age and the connection's life end it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
function allowRecursion(name: string, deliver: LambdaFunction, opts: pulumi.CustomResourceOptions): void {
    new aws.lambda.FunctionRecursionConfig(
        `${name}-deliver-recursion`,
        {
            functionName: deliver.functionName,
            recursiveLoop: "Allow",
        },
        opts,
    );
}

function connectQueue(
    name: string,
    args: DelivererArgs,
    deliver: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.lambda.EventSourceMapping {
    const pace = pulumi.output(args.deliveryRate ?? FAN_OUT_SETTINGS.deliveryRate.preset).apply(paceFor);
    return new aws.lambda.EventSourceMapping(
        `${name}-source`,
        {
            eventSourceArn: args.queues.deliveries.arn,
            functionName: deliver.functionName,
            batchSize: pace.batchSize,
            // This number, times the rate of one run, keeps the delivery rate.
            scalingConfig: { maximumConcurrency: pace.workers },
            functionResponseTypes: ["ReportBatchItemFailures"],
        },
        opts,
    );
}
