import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { paceFor } from "../functions/lib/fan-out/pace";
import type { TableHandle } from "./connection-registry";
import type { FunctionNetwork } from "./lambda-function";
import { LambdaFunction } from "./lambda-function";
import type { PolicyStatement } from "./policy-statement";

/** An SQS queue, as those who use it need it. */
export interface QueueHandle {
    readonly url: pulumi.Input<string>;
    readonly arn: pulumi.Input<string>;
}

export interface DelivererArgs {
    /** The registry of connections, in which an audience is found. Connections that are gone are removed from it. */
    readonly registry: TableHandle;
    /** Where messages go that cannot be delivered. */
    readonly deadLetters: QueueHandle;
    /** Where `@connections` is served: `https://…/v1`. */
    readonly managementEndpoint: pulumi.Input<string>;
    /** The ARN that stands for posting to connections of that API and stage. */
    readonly postArn: pulumi.Input<string>;
    /**
     * Posts per second, over all deliverers. They count against the requests that the account's HTTP, REST and
     * WebSocket APIs share in a Region: 10,000 a second, 2,500 in small ones. Defaults to 2,000.
     */
    readonly deliveryRate?: pulumi.Input<number>;
    /** Posts that one run keeps in flight, 1 to 1,000. Defaults to 256. */
    readonly deliveryConcurrency?: pulumi.Input<number>;
    /** Days until a log entry is deleted. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /** Puts the function into a VPC. Plain. Defaults to none. */
    readonly network?: FunctionNetwork;
}

/** Leaves every Region's account something for its other APIs, and most of it in the large ones. */
export const DEFAULT_DELIVERY_RATE = 2_000;

const TIMEOUT_SECONDS = 30;
/** AWS asks for six times the function's: a message must not come back while its batch is still being worked on. */
const VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS;
/** A message comes back only when a run died or a queue refused what was left of it, so this is never met by chance. */
const MAX_RECEIVES = 10;

/**
 * Serves audiences that are too large for the notifier: a queue of chunks, and a function that posts to their
 * connections at a rate that leaves the account's other APIs their share. What cannot be delivered goes to the dead
 * letters.
 */
export class Deliverer extends pulumi.ComponentResource {
    /** The queue that takes deliveries. */
    readonly queueUrl: pulumi.Output<string>;
    readonly queueArn: pulumi.Output<string>;
    /** The function that works them off. */
    readonly functionArn: pulumi.Output<string>;

    constructor(name: string, args: DelivererArgs, opts?: pulumi.ComponentResourceOptions) {
        super("push-gateway:index:Deliverer", name, args, opts);
        const queue = createQueue(name, args, { parent: this });
        const deliver = createDeliver(name, args, queue, { parent: this });
        connectQueue(name, args, queue, deliver, { parent: this });
        this.queueUrl = queue.url;
        this.queueArn = queue.arn;
        this.functionArn = deliver.functionArn;
        this.registerOutputs({ queueUrl: this.queueUrl, queueArn: this.queueArn, functionArn: this.functionArn });
    }
}

/** What every function that takes part in a fan-out is told, the notifier too. */
export function fanOutEnvironment(
    args: Omit<DelivererArgs, "postArn" | "logRetentionDays" | "network">,
    queueUrl: pulumi.Input<string>,
): Record<string, pulumi.Input<string>> {
    const pace = pulumi.output(args.deliveryRate ?? DEFAULT_DELIVERY_RATE).apply(paceFor);
    return {
        REGISTRY_TABLE: args.registry.name,
        MANAGEMENT_ENDPOINT: args.managementEndpoint,
        DELIVERY_QUEUE_URL: queueUrl,
        DEAD_LETTER_QUEUE_URL: args.deadLetters.url,
        WORKER_RATE: pulumi.interpolate`${pace.workerRate}`,
        CHUNK_SIZE: pulumi.interpolate`${pace.chunkSize}`,
        MAX_IN_FLIGHT: pulumi.interpolate`${args.deliveryConcurrency ?? 256}`,
        GRACE_SECONDS: "30",
    };
}

/** What every function that takes part in a fan-out may do. */
export function fanOutStatements(
    args: Pick<DelivererArgs, "registry" | "deadLetters" | "postArn">,
    queueArn: pulumi.Input<string>,
): PolicyStatement[] {
    return [
        {
            actions: ["dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
            resources: [args.registry.arn],
        },
        { actions: ["execute-api:ManageConnections"], resources: [args.postArn] },
        { actions: ["sqs:SendMessage"], resources: [queueArn, args.deadLetters.arn] },
    ];
}

function createQueue(name: string, args: DelivererArgs, opts: pulumi.CustomResourceOptions): aws.sqs.Queue {
    return new aws.sqs.Queue(`${name}-queue`, {
        visibilityTimeoutSeconds: VISIBILITY_SECONDS,
        sqsManagedSseEnabled: true,
        redrivePolicy: pulumi.jsonStringify({
            deadLetterTargetArn: args.deadLetters.arn,
            maxReceiveCount: MAX_RECEIVES,
        }),
    }, opts);
}

function createDeliver(
    name: string,
    args: DelivererArgs,
    queue: aws.sqs.Queue,
    opts: pulumi.ComponentResourceOptions,
): LambdaFunction {
    const receive: PolicyStatement = {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [queue.arn],
    };
    return new LambdaFunction(`${name}-deliver`, {
        entry: path.join(__dirname, "..", "functions", "deliver", "index.ts"),
        description: "Posts a message to the connections of a large audience, a chunk at a time",
        environment: fanOutEnvironment(args, queue.url),
        allow: [...fanOutStatements(args, queue.arn), receive],
        timeoutSeconds: TIMEOUT_SECONDS,
        // One whole CPU: signing and sending is what it does.
        memoryMegabytes: 1769,
        logRetentionDays: args.logRetentionDays,
        network: args.network,
    }, opts);
}

function connectQueue(
    name: string,
    args: DelivererArgs,
    queue: aws.sqs.Queue,
    deliver: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.lambda.EventSourceMapping {
    const pace = pulumi.output(args.deliveryRate ?? DEFAULT_DELIVERY_RATE).apply(paceFor);
    return new aws.lambda.EventSourceMapping(`${name}-source`, {
        eventSourceArn: queue.arn,
        functionName: deliver.functionName,
        batchSize: pace.batchSize,
        // Together with each run's own rate this is what keeps the delivery rate.
        scalingConfig: { maximumConcurrency: pace.workers },
        functionResponseTypes: ["ReportBatchItemFailures"],
    }, opts);
}
