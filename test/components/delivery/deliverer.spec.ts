import * as assert from "node:assert/strict";
import type { DelivererArgs } from "../../../components/delivery/deliverer";
import { Deliverer } from "../../../components/delivery/deliverer";
import { paceFor } from "../../../functions/fan-out/pace";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";
import { statementsOf } from "../../support/policy";

function record(args: Partial<DelivererArgs> = {}): Promise<Graph> {
    return recordGraph(
        () =>
            new Deliverer("deliverer", {
                registry: { name: "registry", arn: "arn:registry" },
                messageLog: { name: "message-log", arn: "arn:message-log" },
                queues: {
                    deliveries: { url: "https://deliveries", arn: "arn:deliveries" },
                    deadLetters: { url: "https://dead-letters", arn: "arn:dead-letters" },
                },
                managementEndpoint: "https://api/v1",
                postArn: "arn:post",
                ...args,
            }),
    );
}

function settings(graph: Graph): Record<string, string> {
    const { inputs } = graph.one("aws:lambda/function:Function", "deliverer-deliver-function");
    return (inputs["environment"] as { variables: Record<string, string> }).variables;
}

function source(graph: Graph): Record<string, unknown> {
    return graph.one("aws:lambda/eventSourceMapping:EventSourceMapping", "deliverer-source").inputs;
}

describe("Deliverer", () => {
    let graph: Graph;

    before(async () => {
        graph = await record();
    });

    it("is a function, and what feeds the queue to it", () => {
        assert.deepEqual(graph.identities, [
            "aws:cloudwatch/logGroup:LogGroup deliverer-deliver-logs < deliverer-deliver",
            "aws:iam/role:Role deliverer-deliver-role < deliverer-deliver",
            "aws:iam/rolePolicy:RolePolicy deliverer-deliver-policy < deliverer-deliver",
            "aws:lambda/eventSourceMapping:EventSourceMapping deliverer-source < deliverer",
            "aws:lambda/function:Function deliverer-deliver-function < deliverer-deliver",
            "aws:lambda/functionRecursionConfig:FunctionRecursionConfig deliverer-deliver-recursion < deliverer",
            "push-gateway:index:Deliverer deliverer < ",
            "push-gateway:index:LambdaFunction deliverer-deliver < deliverer",
        ]);
    });

    it("may leave work for itself, which AWS would take for an endless loop", () => {
        const { inputs } = graph.one(
            "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
            "deliverer-deliver-recursion",
        );
        assert.deepEqual(inputs, { functionName: "deliverer-deliver-function-0000000", recursiveLoop: "Allow" });
    });

    it("repeats of a batch only what failed, and runs as many as together keep the delivery rate", () => {
        assert.deepEqual(source(graph), {
            eventSourceArn: "arn:deliveries",
            functionName: "deliverer-deliver-function-0000000",
            batchSize: 4,
            scalingConfig: { maximumConcurrency: 2 },
            functionResponseTypes: ["ReportBatchItemFailures"],
        });
    });

    for (const [deliveryRate, workers, workerRate] of [
        [10_000, 5, 1_900],
        [50, 2, 23],
        [4_001, 3, 1_266],
    ] as const) {
        it(`makes of ${deliveryRate} posts a second ${workers} deliverers with ${workerRate} each`, async () => {
            const other = await record({ deliveryRate });
            assert.deepEqual(source(other)["scalingConfig"], { maximumConcurrency: workers });
            assert.equal(paceFor(Number(settings(other)["DELIVERY_RATE"])).workerRate, workerRate);
            assert.ok(workers * workerRate <= deliveryRate);
        });
    }

    it("tells the function what it needs, and allows what it calls and what feeds it", () => {
        assert.deepEqual(settings(graph), {
            REGISTRY_TABLE: "registry",
            MANAGEMENT_ENDPOINT: "https://api/v1",
            DELIVERY_QUEUE_URL: "https://deliveries",
            DEAD_LETTER_QUEUE_URL: "https://dead-letters",
            DELIVERY_RATE: "2000",
            DELIVERY_CONCURRENCY: "256",
            MESSAGE_LOG_TABLE: "message-log",
        });
        assert.deepEqual(
            statementsOf(graph, "deliverer-deliver")
                .slice(0, -1)
                .map(({ Action, Resource }) => [Action, Resource]),
            [
                [["dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"], ["arn:registry"]],
                [["execute-api:ManageConnections"], ["arn:post"]],
                [["sqs:SendMessage"], ["arn:deliveries", "arn:dead-letters"]],
                [["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["arn:message-log"]],
                [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], ["arn:deliveries"]],
            ],
        );
    });

    it("sends as many at once as told", async () => {
        assert.equal(settings(await record({ deliveryConcurrency: 9 }))["DELIVERY_CONCURRENCY"], "9");
    });
});
