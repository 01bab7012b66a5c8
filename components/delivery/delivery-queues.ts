import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { createDeadLetterQueue } from "./dead-letter-queue";

/** An SQS queue, as those who use it need it. */
export interface QueueHandle {
    readonly url: pulumi.Input<string>;
    readonly arn: pulumi.Input<string>;
}

/** Where deliveries wait for the deliverer, and where messages end that cannot be delivered. */
export interface DeliveryQueueHandles {
    readonly deliveries: QueueHandle;
    readonly deadLetters: QueueHandle;
}

export interface DeliveryQueuesArgs {
    /** ARNs to notify when a message could not be sent. Plain, because it decides about an alarm. Defaults to none. */
    readonly alarmActions?: pulumi.Input<string>[];
}

/** How long one run of the deliverer may take, in seconds. */
export const DELIVERY_RUN_SECONDS = 30;
/** AWS asks for six times the function's: a message must not come back while its batch is still being worked on. */
const VISIBILITY_SECONDS = 6 * DELIVERY_RUN_SECONDS;
/** A message comes back only when a run died, or a queue refused the rest of it: so often, it is no accident. */
const MAX_RECEIVES = 10;

/**
 * Two queues: one for the work that the notifier, `$connect` and the function that answers frames leave to the
 * deliverer, and one for the dead letters, messages that could not be delivered.
 */
export class DeliveryQueues extends pulumi.ComponentResource {
    /** The queue of deliveries. */
    readonly deliveriesUrl: pulumi.Output<string>;
    readonly deliveriesArn: pulumi.Output<string>;
    /** The dead-letter queue. */
    readonly deadLettersUrl: pulumi.Output<string>;
    readonly deadLettersArn: pulumi.Output<string>;

    constructor(name: string, args: DeliveryQueuesArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.deliveryQueues, name, args, opts);
        const holds = "events that could not be pushed";
        const alarmActions = args.alarmActions ?? [];
        const deadLetters = createDeadLetterQueue(name, { holds, alarmActions }, { parent: this });
        const deliveries = createQueue(name, deadLetters, { parent: this });
        this.deliveriesUrl = deliveries.url;
        this.deliveriesArn = deliveries.arn;
        this.deadLettersUrl = deadLetters.url;
        this.deadLettersArn = deadLetters.arn;
        this.registerOutputs({
            deliveriesUrl: this.deliveriesUrl,
            deliveriesArn: this.deliveriesArn,
            deadLettersUrl: this.deadLettersUrl,
            deadLettersArn: this.deadLettersArn,
        });
    }
}

function createQueue(name: string, deadLetters: aws.sqs.Queue, opts: pulumi.CustomResourceOptions): aws.sqs.Queue {
    return new aws.sqs.Queue(
        `${name}-queue`,
        {
            visibilityTimeoutSeconds: VISIBILITY_SECONDS,
            sqsManagedSseEnabled: true,
            redrivePolicy: pulumi.jsonStringify({
                deadLetterTargetArn: deadLetters.arn,
                maxReceiveCount: MAX_RECEIVES,
            }),
        },
        opts,
    );
}
