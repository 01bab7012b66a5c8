import * as assert from "node:assert/strict";
import { found } from "../support/findings";
import type { Declared } from "../support/team-stack";
import { ACCOUNT, arn, arnOfRole, teamStack } from "../support/team-stack";

/** What a stack wires together, as teams ordinarily do, and what lies nearest to it and is stopped, by which rule. */
interface Wiring {
    readonly what: string;
    readonly fine: readonly Declared[];
    readonly near: readonly [rule: string, declared: Declared];
}

const STREAMS = "stream-sources-bound-failures";
const SOURCES = "function-permissions-name-source";

function mapping(properties: Readonly<Record<string, unknown>>): Declared {
    return ["lambda/EventSourceMapping", "mapping", { functionName: "worker", ...properties }];
}

function permitting(properties: Readonly<Record<string, unknown>>): Declared {
    return ["lambda/Permission", "permission", { function: "worker", action: "lambda:InvokeFunction", ...properties }];
}

const BOUNDED = {
    startingPosition: "LATEST",
    maximumRetryAttempts: 5,
    destinationConfig: { onFailure: { destinationArn: arn("sqs", "failed") } },
};
const KINESIS = arn("kinesis", "stream/clicks");

const WIRINGS: readonly Wiring[] = [
    {
        what: "a function that reads a queue, which cannot bisect",
        fine: [mapping({ eventSourceArn: arn("sqs", "orders"), functionResponseTypes: ["ReportBatchItemFailures"] })],
        near: [STREAMS, mapping({ ...BOUNDED, eventSourceArn: KINESIS })],
    },
    {
        what: "a function that reads Kafka, of AWS or its own",
        fine: [
            mapping({
                eventSourceArn: arn("kafka", "cluster/shop/0f1e"),
                topics: ["orders"],
                startingPosition: "LATEST",
            }),
            [
                "lambda/EventSourceMapping",
                "own",
                { functionName: "worker", selfManagedEventSource: { endpoints: {} }, startingPosition: "LATEST" },
            ],
        ],
        near: [STREAMS, mapping({ ...BOUNDED, eventSourceArn: KINESIS, bisectBatchOnFunctionError: false })],
    },
    {
        what: "a function that reads changes of DocumentDB",
        fine: [
            mapping({
                eventSourceArn: arn("rds", "cluster:shop"),
                documentDbEventSourceConfig: { databaseName: "shop" },
                startingPosition: "LATEST",
            }),
        ],
        near: [STREAMS, mapping({ ...BOUNDED, eventSourceArn: arn("dynamodb", "table/a/stream/b") })],
    },
    {
        what: "a function that reads a broker of MQ",
        fine: [mapping({ eventSourceArn: arn("mq", "broker:shop:b-0f1e"), queues: ["orders"] })],
        near: [STREAMS, mapping({ ...BOUNDED, eventSourceArn: KINESIS, maximumRetryAttempts: -1 })],
    },
    {
        what: "a function that reads a stream record by record, so that there is nothing to bisect",
        fine: [mapping({ ...BOUNDED, eventSourceArn: KINESIS, batchSize: 1 })],
        near: [STREAMS, mapping({ ...BOUNDED, eventSourceArn: KINESIS, batchSize: 2 })],
    },
    {
        what: "a rule of AWS Config, which is made after its permission",
        fine: [permitting({ principal: "config.amazonaws.com", sourceAccount: ACCOUNT })],
        near: [SOURCES, permitting({ principal: "config.amazonaws.com" })],
    },
    {
        what: "a receipt rule of SES",
        fine: [permitting({ principal: "ses.amazonaws.com", sourceAccount: ACCOUNT })],
        near: [SOURCES, permitting({ principal: "sns.amazonaws.com", sourceAccount: ACCOUNT })],
    },
    {
        what: "the rotation of a secret",
        fine: [
            permitting({
                principal: "secretsmanager.amazonaws.com",
                sourceArn: arn("secretsmanager", "secret:shop-0f1e2d"),
            }),
        ],
        near: [
            SOURCES,
            permitting({ principal: "secretsmanager.amazonaws.com", sourceArn: arn("secretsmanager", "secret:*") }),
        ],
    },
    {
        what: "a subscription of a log group",
        fine: [permitting({ principal: "logs.amazonaws.com", sourceArn: arn("logs", "log-group:/aws/lambda/shop:*") })],
        near: [SOURCES, permitting({ principal: "logs.amazonaws.com", sourceArn: arn("logs", "log-group:/*:*") })],
    },
    {
        what: "each route of its HTTP API",
        fine: [
            permitting({
                principal: "apigateway.amazonaws.com",
                sourceArn: arn("execute-api", "a1b2c3/*/GET/orders/*"),
            }),
        ],
        near: [
            SOURCES,
            permitting({ principal: "apigateway.amazonaws.com", sourceArn: arn("execute-api", "*/*/GET/x") }),
        ],
    },
    {
        what: "notices of a bucket",
        fine: [
            permitting({ principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::shop", sourceAccount: ACCOUNT }),
            ["sqs/Queue", "lost", { name: "lost", arn: arn("sqs", "lost") }],
        ],
        near: [SOURCES, permitting({ principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::shop" })],
    },
    {
        what: "a service of ECS under roles of its own, with a schedule and a state machine",
        fine: [
            ["ecs/TaskDefinition", "task", { taskRoleArn: arnOfRole("task"), executionRoleArn: arnOfRole("pull") }],
            [
                "scheduler/Schedule",
                "nightly",
                { target: { arn: arn("states", "stateMachine:x"), roleArn: arnOfRole("s") } },
            ],
            ["sfn/StateMachine", "checkout", { roleArn: arnOfRole("checkout") }],
        ],
        near: [
            "only-gateway-has-its-roles",
            ["ecs/TaskDefinition", "task", { taskRoleArn: arnOfRole("push-notifier-notify-role-0a1b2c3") }],
        ],
    },
    {
        what: "an HTTP API of its own, with a route, a stage and a domain",
        fine: [
            ["apigatewayv2/Api", "api", { id: "zzzz99", protocolType: "HTTP" }],
            ["apigatewayv2/Route", "route", { apiId: "zzzz99", routeKey: "GET /orders/{id}" }],
            ["apigatewayv2/Stage", "stage", { apiId: "zzzz99", name: "$default" }],
            ["apigatewayv2/ApiMapping", "domain", { apiId: "zzzz99", domainName: "api.shop.example" }],
        ],
        near: ["connect-is-authorized", ["apigatewayv2/Api", "api", { id: "zzzz99", protocolType: "WEBSOCKET" }]],
    },
];

describe("an ordinary stack has", () => {
    for (const { what, fine, near } of WIRINGS) {
        it(what, async () => {
            assert.deepEqual(await found(await teamStack(...fine)), []);
            assert.deepEqual([...new Set(await found(await teamStack(near[1])))], [near[0]]);
        });
    }
});
