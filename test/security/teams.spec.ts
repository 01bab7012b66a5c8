import { strict as assert } from "node:assert";
import {
    BatchWriteItemCommand,
    DeleteItemCommand,
    DynamoDBClient,
    GetItemCommand,
    PutItemCommand,
    QueryCommand,
    UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { sessionOf } from "../support/role-session";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

const DENIED = { name: "AccessDeniedException" };

/** The roles that a service team's stack makes: what its code, or whoever breaks into it, can do. */
const TEAM_ROLES = ["webhook-role", "page-role", "order-changes-role"];

/** Attempts of a service team on the platform and on other teams, each under the credentials of the team's roles. */
describe("A service team cannot", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("rivals", [{ channel: "rivals/*" }], { ttlSeconds: 60, maxMessages: 10 });
    });
    afterEach(() => cloud.closeListeners());

    it("hide a rival's event behind one of its own, in one batch", async () => {
        const rival = await cloud.listen({ sub: "rival", channels: ["rivals/1"] });
        const events = new EventBridgeClient(await sessionOf(cloud, "order-changes-role"));
        const entry = (Source: string, channel: string): Record<string, string> => ({
            EventBusName: cloud.platform.eventBusName,
            Source,
            DetailType: "X",
            Detail: JSON.stringify({ channel, data: "forged" }),
        });

        await assert.rejects(
            events.send(new PutEventsCommand({ Entries: [entry("orders", "orders/1"), entry("rivals", "rivals/1")] })),
            DENIED,
        );
        for (const source of ["Rivals", "orders.rivals", "orders*", "*", "aws.events"]) {
            await assert.rejects(
                events.send(new PutEventsCommand({ Entries: [entry(source, "rivals/1")] })),
                DENIED,
                source,
            );
        }
        await rival.settle();
        assert.deepEqual(rival.messages, []);
    });

    it("address a rival's channel in an event, a mapping or a table's change of its own", async () => {
        const rival = await cloud.listen({ sub: "rival", channels: ["rivals/1"] });
        const events = new EventBridgeClient(await sessionOf(cloud, "order-changes-role"));
        const record = { NewImage: { to: { S: "rivals" }, id: { S: "1" } } };
        const details = [
            { channel: "rivals/1", data: "forged" },
            { channels: ["orders/1", "rivals/1"], data: "forged" },
            { tableChange: { channels: ["rivals/1"], record } },
            { tableChange: { channels: ["{to}/{id}"], record } },
        ];
        const before = (await cloud.deadLetters()).length;

        await events.send(
            new PutEventsCommand({
                Entries: details.map((detail) => ({
                    EventBusName: cloud.platform.eventBusName,
                    Source: "orders",
                    DetailType: "X",
                    Detail: JSON.stringify(detail),
                })),
            }),
        );

        await cloud.deadLettersAfter(before + details.length - 1);
        const letters = await cloud.deadLettersAfter(before);
        assert.deepEqual(
            letters.map(({ reason }) => reason),
            details.map(() => "foreign_namespace"),
        );
        await rival.settle();
        assert.deepEqual(rival.messages, []);
    });

    it("invoke the gateway's functions, past the bus and the authorizer", async () => {
        const functions = cloud
            .resourcesOf("aws:lambda/function:Function")
            .filter(({ name }) => name.startsWith("push-"))
            .map(({ outputs }) => String(outputs["arn"]));
        assert.equal(functions.length, 6);
        const requestContext = {
            connectionId: "x",
            connectedAt: 1,
            authorizer: { userId: "ada", claims: "{}", expiresAt: "9" },
        };
        const Payload = JSON.stringify({ namespace: "rivals", event: "X", channel: "rivals/1", requestContext });
        for (const role of TEAM_ROLES) {
            const lambda = new LambdaClient(await sessionOf(cloud, role));
            for (const FunctionName of functions) {
                await assert.rejects(
                    lambda.send(new InvokeCommand({ FunctionName, Payload })),
                    DENIED,
                    `${role} ${FunctionName}`,
                );
            }
        }
    });

    it("put deliveries on the delivery queue, or read, redrive or purge what others lost", async () => {
        const queues = cloud
            .resourcesOf("aws:sqs/queue:Queue")
            .filter(({ name }) => name.startsWith("push-"))
            .map(({ outputs }) => String(outputs["url"]));
        assert.ok(queues.length >= 2);
        for (const role of TEAM_ROLES) {
            const sqs = new SQSClient(await sessionOf(cloud, role));
            for (const QueueUrl of queues) {
                await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" })), DENIED, role);
                await assert.rejects(sqs.send(new ReceiveMessageCommand({ QueueUrl })), DENIED, role);
                await assert.rejects(sqs.send(new PurgeQueueCommand({ QueueUrl })), DENIED, role);
            }
        }
    });

    it("read or change any row of the registry, the message log or the namespaces, by whatever operation", async () => {
        const { registryTableName, namespaceTableName } = cloud.platform;
        const log = cloud.resourcesOf("aws:dynamodb/table:Table").find(({ name }) => name === "push-log-messages");
        const TableNames = [registryTableName, namespaceTableName, String(log?.outputs["name"])];
        assert.notEqual(TableNames[2], "undefined");
        const Key = { pk: { S: "channel#rivals/1" }, sk: { S: "x" } };
        for (const role of TEAM_ROLES) {
            const dynamodb = new DynamoDBClient(await sessionOf(cloud, role));
            for (const TableName of TableNames) {
                const attempts = [
                    () => dynamodb.send(new GetItemCommand({ TableName, Key })),
                    () => dynamodb.send(new PutItemCommand({ TableName, Item: Key })),
                    () => dynamodb.send(new DeleteItemCommand({ TableName, Key })),
                    () => dynamodb.send(new UpdateItemCommand({ TableName, Key })),
                    () =>
                        dynamodb.send(
                            new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } }),
                        ),
                    () =>
                        dynamodb.send(
                            new QueryCommand({
                                TableName,
                                KeyConditionExpression: "pk = :pk",
                                ExpressionAttributeValues: { ":pk": Key.pk },
                            }),
                        ),
                ];
                for (const attempt of attempts) {
                    await assert.rejects(attempt(), DENIED, `${role} ${TableName}`);
                }
            }
        }
    });

    it("become one of the gateway's roles, or another of its own", async () => {
        const gateway = cloud.resourcesOf("aws:iam/role:Role").map(({ outputs }) => String(outputs["arn"]));
        for (const role of TEAM_ROLES) {
            const sts = new STSClient(await sessionOf(cloud, role));
            for (const RoleArn of gateway) {
                await assert.rejects(
                    sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "more" })),
                    /not authorized/,
                    RoleArn,
                );
            }
        }
    });
});
