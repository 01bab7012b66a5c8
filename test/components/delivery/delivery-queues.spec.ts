import * as assert from "node:assert/strict";
import type { DeliveryQueuesArgs } from "../../../components/delivery/delivery-queues";
import { DeliveryQueues } from "../../../components/delivery/delivery-queues";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";

function record(args: DeliveryQueuesArgs = {}): Promise<Graph> {
    return recordGraph(() => new DeliveryQueues("delivery", args));
}

describe("DeliveryQueues", () => {
    let graph: Graph;

    before(async () => {
        graph = await record();
    });

    it("is a queue of deliveries and a dead-letter queue", () => {
        assert.deepEqual(graph.identities, [
            "aws:sqs/queue:Queue delivery-dead-letters < delivery",
            "aws:sqs/queue:Queue delivery-queue < delivery",
            "push-gateway:index:DeliveryQueues delivery < ",
        ]);
    });

    it("keeps deliveries encrypted, and hides them six times as long as a run of the deliverer may take", () => {
        const { redrivePolicy, ...inputs } = graph.one("aws:sqs/queue:Queue", "delivery-queue").inputs;
        assert.deepEqual(inputs, { visibilityTimeoutSeconds: 6 * 30, sqsManagedSseEnabled: true });
        assert.deepEqual(JSON.parse(String(redrivePolicy)), {
            deadLetterTargetArn: "arn:aws:sqs:us-east-1:123456789012:delivery-dead-letters-0000000",
            maxReceiveCount: 10,
        });
    });

    it("keeps dead letters encrypted, for 14 days, and as large as SQS takes them", () => {
        assert.deepEqual(graph.one("aws:sqs/queue:Queue", "delivery-dead-letters").inputs, {
            messageRetentionSeconds: 1_209_600,
            maxMessageSize: 1_048_576,
            sqsManagedSseEnabled: true,
        });
    });

    it("alarms on the first dead letter where somebody is to be told", async () => {
        const alarmed = await record({ alarmActions: ["arn:topic"] });
        const { alarmDescription, ...inputs } = alarmed.one(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "delivery-dead-letters-alarm",
        ).inputs;
        assert.equal(alarmDescription, "The dead-letter queue holds events that could not be pushed.");
        assert.deepEqual(inputs, {
            namespace: "AWS/SQS",
            metricName: "ApproximateNumberOfMessagesVisible",
            dimensions: { QueueName: "delivery-dead-letters-0000000" },
            statistic: "Maximum",
            period: 300,
            evaluationPeriods: 1,
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            treatMissingData: "notBreaching",
            alarmActions: ["arn:topic"],
        });
        assert.equal(alarmed.resources.length, graph.resources.length + 1);
    });
});
