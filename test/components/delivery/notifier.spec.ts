import * as assert from "node:assert/strict";
import type { NotifierArgs } from "../../../components/delivery/notifier";
import { Notifier } from "../../../components/delivery/notifier";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";
import { statementsOf } from "../../support/policy";
import { without } from "../../support/without";

const QUEUES = {
    deliveries: { url: "https://deliveries", arn: "arn:deliveries" },
    deadLetters: { url: "https://dead-letters", arn: "arn:dead-letters" },
};
const RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/bus/notifier-rule-0000000";

function record(args: Partial<NotifierArgs> = {}): Promise<Graph> {
    return recordGraph(
        () =>
            new Notifier("notifier", {
                registry: { name: "registry", arn: "arn:registry" },
                messageLog: { name: "message-log", arn: "arn:message-log" },
                namespaces: { name: "namespaces", arn: "arn:namespaces" },
                queues: QUEUES,
                eventBusName: "bus",
                managementEndpoint: "https://api/v1",
                postArn: "arn:post",
                ...args,
            }),
    );
}

describe("Notifier", () => {
    let graph: Graph;

    before(async () => {
        graph = await record();
    });

    it("is a rule, its target, a function with bounded retries, and a deliverer", () => {
        const own = graph.identities.filter((identity) => !/ < notifier-deliverer/.test(identity));
        assert.deepEqual(own, [
            "aws:cloudwatch/eventRule:EventRule notifier-rule < notifier",
            "aws:cloudwatch/eventTarget:EventTarget notifier-target < notifier",
            "aws:cloudwatch/logGroup:LogGroup notifier-notify-logs < notifier-notify",
            "aws:iam/role:Role notifier-notify-role < notifier-notify",
            "aws:iam/rolePolicy:RolePolicy notifier-notify-policy < notifier-notify",
            "aws:lambda/function:Function notifier-notify-function < notifier-notify",
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig notifier-notify-retries < notifier",
            "aws:lambda/permission:Permission notifier-notify-permission < notifier",
            "aws:sqs/queuePolicy:QueuePolicy notifier-dead-letters-policy < notifier",
            "push-gateway:index:Deliverer notifier-deliverer < notifier",
            "push-gateway:index:LambdaFunction notifier-notify < notifier",
            "push-gateway:index:Notifier notifier < ",
        ]);
    });

    it("hears everything on the push bus but AWS's own events", () => {
        const { inputs } = graph.one("aws:cloudwatch/eventRule:EventRule", "notifier-rule");
        assert.equal(inputs["eventBusName"], "bus");
        assert.deepEqual(JSON.parse(String(inputs["eventPattern"])), {
            source: [{ "anything-but": { prefix: "aws." } }],
        });
    });

    it("tries an event again for an hour at most, and then keeps it", () => {
        const { eventBusName, retryPolicy, deadLetterConfig } = graph.one(
            "aws:cloudwatch/eventTarget:EventTarget",
            "notifier-target",
        ).inputs;
        assert.deepEqual(
            { eventBusName, retryPolicy, deadLetterConfig },
            {
                eventBusName: "bus",
                retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 3600 },
                deadLetterConfig: { arn: "arn:dead-letters" },
            },
        );
    });

    it("runs a failing event twice more at most, and then keeps it", () => {
        const { inputs } = graph.one(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "notifier-notify-retries",
        );
        assert.deepEqual(without(inputs, "functionName"), {
            maximumRetryAttempts: 2,
            maximumEventAgeInSeconds: 3600,
            destinationConfig: { onFailure: { destination: "arn:dead-letters" } },
        });
    });

    it("takes dead letters of EventBridge from its own rule alone", () => {
        const { policy } = graph.one("aws:sqs/queuePolicy:QueuePolicy", "notifier-dead-letters-policy").inputs;
        assert.deepEqual((JSON.parse(String(policy)) as { Statement: unknown }).Statement, [
            {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: "arn:dead-letters",
                Condition: { ArnEquals: { "aws:SourceArn": RULE_ARN } },
            },
        ]);
    });

    it("is invoked by its own rule alone", () => {
        assert.deepEqual(graph.one("aws:lambda/permission:Permission", "notifier-notify-permission").inputs, {
            action: "lambda:InvokeFunction",
            function: "notifier-notify-function-0000000",
            principal: "events.amazonaws.com",
            sourceArn: RULE_ARN,
        });
    });

    it("connects the rule once the function and the queue may be used", () => {
        const { dependencies } = graph.one("aws:cloudwatch/eventTarget:EventTarget", "notifier-target");
        assert.ok(dependencies.includes("notifier-notify-permission"));
        assert.ok(dependencies.includes("notifier-dead-letters-policy"));
    });

    it("tells the function what it needs, and allows what it calls", () => {
        const { inputs } = graph.one("aws:lambda/function:Function", "notifier-notify-function");
        assert.deepEqual(inputs["environment"], {
            variables: {
                REGISTRY_TABLE: "registry",
                NAMESPACE_TABLE: "namespaces",
                MESSAGE_LOG_TABLE: "message-log",
                MANAGEMENT_ENDPOINT: "https://api/v1",
                DELIVERY_QUEUE_URL: "https://deliveries",
                DEAD_LETTER_QUEUE_URL: "https://dead-letters",
                DELIVERY_RATE: "2000",
                DELIVERY_CONCURRENCY: "256",
            },
        });
        assert.deepEqual(
            statementsOf(graph, "notifier-notify")
                .slice(0, -1)
                .map(({ Action, Resource }) => [Action, Resource]),
            [
                [["dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"], ["arn:registry"]],
                [["execute-api:ManageConnections"], ["arn:post"]],
                [["sqs:SendMessage"], ["arn:deliveries", "arn:dead-letters"]],
                [["dynamodb:GetItem"], ["arn:namespaces"]],
                [["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ["arn:message-log"]],
            ],
        );
    });

    it("sends as many at once as told", async () => {
        const { inputs } = (await record({ deliveryConcurrency: 9 })).one(
            "aws:lambda/function:Function",
            "notifier-notify-function",
        );
        assert.equal(
            (inputs["environment"] as { variables: Record<string, string> }).variables["DELIVERY_CONCURRENCY"],
            "9",
        );
    });

    it("tells the function and the deliverer the same rate, of which each knows its part", async () => {
        const fast = await record({ deliveryRate: 10_000 });
        const { inputs } = fast.one("aws:lambda/function:Function", "notifier-notify-function");
        const { variables } = inputs["environment"] as { variables: Record<string, string> };
        assert.equal(variables["DELIVERY_RATE"], "10000");
        assert.equal(fast.one("push-gateway:index:Deliverer", "notifier-deliverer").inputs["deliveryRate"], 10_000);
    });
});
