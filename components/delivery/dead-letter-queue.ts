import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { MAX_DEAD_LETTER_BYTES } from "../../contract/dead-letters";

export interface DeadLetterQueueArgs {
    /** The kind of message that ends up in it, for the alarm's text. */
    readonly holds: string;
    /** ARNs to notify when the queue is not empty, such as an SNS topic's. No alarm without them. */
    readonly alarmActions: readonly pulumi.Input<string>[];
}

/** Fourteen days, the longest that SQS keeps a message: time to notice, repair and send again. */
const RETENTION_SECONDS = 14 * 24 * 60 * 60;

/** Makes `<name>-dead-letters` and, where somebody is to be told, `<name>-dead-letters-alarm`. */
export function createDeadLetterQueue(
    name: string,
    args: DeadLetterQueueArgs,
    opts: pulumi.CustomResourceOptions,
): aws.sqs.Queue {
    const queue = new aws.sqs.Queue(
        `${name}-dead-letters`,
        {
            messageRetentionSeconds: RETENTION_SECONDS,
            maxMessageSize: MAX_DEAD_LETTER_BYTES,
            sqsManagedSseEnabled: true,
        },
        opts,
    );
    if (args.alarmActions.length > 0) {
        createAlarm(name, args, queue, opts);
    }
    return queue;
}

function createAlarm(
    name: string,
    args: DeadLetterQueueArgs,
    queue: aws.sqs.Queue,
    opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
    return new aws.cloudwatch.MetricAlarm(
        `${name}-dead-letters-alarm`,
        {
            alarmDescription: `The dead-letter queue holds ${args.holds}.`,
            namespace: "AWS/SQS",
            metricName: "ApproximateNumberOfMessagesVisible",
            dimensions: { QueueName: queue.name },
            statistic: "Maximum",
            period: 300,
            evaluationPeriods: 1,
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            // SQS stops reporting for a queue that nobody has used for hours.
            treatMissingData: "notBreaching",
            alarmActions: [...args.alarmActions],
        },
        opts,
    );
}
