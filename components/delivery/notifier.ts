import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { NOTIFY_SETTINGS } from "../../functions/notify/settings";
import { environmentOf } from "../lambda/environment";
import type { TableHandle } from "../tables/connection-registry";
import type { DeliveryQueueHandles, QueueHandle } from "./delivery-queues";
import { Deliverer, fanOutSettings, fanOutStatements } from "./deliverer";
import { functionEntry } from "../lambda/function-entry";
import type { FunctionNetwork } from "../lambda/lambda-function-args";
import { LambdaFunction } from "../lambda/lambda-function";

export interface NotifierArgs {
    /** The registry of connections, in which the audience is found. */
    readonly registry: TableHandle;
    /** The log of messages, in which those of namespaces with history are numbered. */
    readonly messageLog: TableHandle;
    /** The table of namespaces, with the rules and mappings of each. */
    readonly namespaces: TableHandle;
    /** Where deliveries to large audiences wait, and where messages go that cannot be sent. */
    readonly queues: DeliveryQueueHandles;
    /** Name of the push bus. */
    readonly eventBusName: pulumi.Input<string>;
    /** Where `@connections` is served: `https://…/v1`. */
    readonly managementEndpoint: pulumi.Input<string>;
    /** The ARN that stands for posting to connections of that API and stage. */
    readonly postArn: pulumi.Input<string>;
    /**
     * Posts per second to audiences of more than 25, over all notifiers and deliverers; at once, up to one second's
     * worth. They count against the requests that the account's HTTP, REST and WebSocket APIs share in a Region: 10,000
     * a second, 2,500 in small ones. Defaults to 2,000.
     */
    readonly deliveryRate?: pulumi.Input<number>;
    /** Posts that one run keeps in flight, 1 to 1,000. Defaults to 256. */
    readonly deliveryConcurrency?: pulumi.Input<number>;
    /** Days until a log entry is deleted. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /** Puts the function into a VPC. Plain. Defaults to none. */
    readonly network?: FunctionNetwork;
}

/** Seconds during which EventBridge and Lambda try an event again before it goes to the dead letters. */
const RETRY_SECONDS = 3600;

/**
 * Turns each event on the push bus into messages for the channel's audience, and leaves large audiences to its
 * deliverer. An event that cannot be published goes to the dead-letter queue: from the function, with its reason, if it
 * is not acceptable; from Lambda, if the function failed; from EventBridge, if the function could not be reached.
 */
export class Notifier extends pulumi.ComponentResource {
    readonly functionArn: pulumi.Output<string>;

    constructor(name: string, args: NotifierArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.notifier, name, args, opts);
        const deliverer = createDeliverer(name, args, { parent: this });
        const notify = createNotify(name, args, { parent: this });
        boundRetries(name, args, notify, { parent: this });
        const rule = createRule(name, args, { parent: this });
        const target = connectRule(name, args, rule, notify, { parent: this });
        // After the target, so that no event published from then on is lost; after the deliverer, so that all can be
        // reached.
        this.functionArn = pulumi.all([notify.functionArn, target.arn, deliverer.functionArn]).apply(([arn]) => arn);
        this.registerOutputs({ functionArn: this.functionArn });
    }
}

function createDeliverer(name: string, args: NotifierArgs, opts: pulumi.ComponentResourceOptions): Deliverer {
    return new Deliverer(
        `${name}-deliverer`,
        {
            registry: args.registry,
            messageLog: args.messageLog,
            queues: args.queues,
            managementEndpoint: args.managementEndpoint,
            postArn: args.postArn,
            deliveryRate: args.deliveryRate,
            deliveryConcurrency: args.deliveryConcurrency,
            logRetentionDays: args.logRetentionDays,
            network: args.network,
        },
        opts,
    );
}

function createNotify(name: string, args: NotifierArgs, opts: pulumi.ComponentResourceOptions): LambdaFunction {
    return new LambdaFunction(
        `${name}-notify`,
        {
            entry: functionEntry("notify"),
            description: "Sends each event on the push bus to the connections that subscribe to its channel",
            environment: environmentOf(NOTIFY_SETTINGS, {
                ...fanOutSettings(args),
                namespaceTable: args.namespaces.name,
                messageLogTable: args.messageLog.name,
            }),
            allow: [
                ...fanOutStatements(args),
                { actions: ["dynamodb:GetItem"], resources: [args.namespaces.arn] },
                // Besides messages, the table has the row of the allowance that all notifiers share.
                {
                    actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                    resources: [args.messageLog.arn],
                },
            ],
            timeoutSeconds: 300,
            // One whole CPU: the function does little else than sign and send.
            memoryMegabytes: 1769,
            logRetentionDays: args.logRetentionDays,
            network: args.network,
        },
        opts,
    );
}

function boundRetries(
    name: string,
    { queues: { deadLetters } }: NotifierArgs,
    notify: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.lambda.FunctionEventInvokeConfig {
    return new aws.lambda.FunctionEventInvokeConfig(
        `${name}-notify-retries`,
        {
            functionName: notify.functionName,
            maximumRetryAttempts: 2,
            maximumEventAgeInSeconds: RETRY_SECONDS,
            destinationConfig: { onFailure: { destination: deadLetters.arn } },
        },
        opts,
    );
}

function createRule(name: string, args: NotifierArgs, opts: pulumi.CustomResourceOptions): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
        `${name}-rule`,
        {
            description: "Everything that services publish on the push bus",
            eventBusName: args.eventBusName,
            // AWS's own events, of an archive's replay for example, are nobody's messages.
            eventPattern: JSON.stringify({ source: [{ "anything-but": { prefix: "aws." } }] }),
        },
        opts,
    );
}

function connectRule(
    name: string,
    { queues: { deadLetters } }: NotifierArgs,
    rule: aws.cloudwatch.EventRule,
    notify: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.EventTarget {
    const permission = new aws.lambda.Permission(
        `${name}-notify-permission`,
        {
            function: notify.functionName,
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            sourceArn: rule.arn,
        },
        opts,
    );
    const queuePolicy = new aws.sqs.QueuePolicy(
        `${name}-dead-letters-policy`,
        {
            queueUrl: deadLetters.url,
            policy: undeliverablePolicy(rule, deadLetters),
        },
        opts,
    );
    return new aws.cloudwatch.EventTarget(
        `${name}-target`,
        {
            rule: rule.name,
            eventBusName: rule.eventBusName,
            arn: notify.functionArn,
            retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: RETRY_SECONDS },
            deadLetterConfig: { arn: deadLetters.arn },
        },
        { ...opts, dependsOn: [permission, queuePolicy] },
    );
}

/** EventBridge writes to a rule's dead letters under no role: the queue itself must allow it. */
function undeliverablePolicy(rule: aws.cloudwatch.EventRule, deadLetters: QueueHandle): pulumi.Output<string> {
    return pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: deadLetters.arn,
                Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
            },
        ],
    });
}
