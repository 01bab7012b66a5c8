import { strict as assert } from "node:assert";
import {
    ApiGatewayManagementApiClient,
    DeleteConnectionCommand,
    PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { sessionOf } from "../support/role-session";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

/** What each role of the real graphs may not do, tried with that role's own credentials. */
describe("What a role may not do", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    it("publish as another namespace: the pipe of orders is refused as chat, with AWS's error", async () => {
        const events = new EventBridgeClient(await sessionOf(cloud, "order-changes-role"));
        const put = (Source: string): Promise<unknown> =>
            events.send(
                new PutEventsCommand({
                    Entries: [
                        {
                            EventBusName: cloud.platform.eventBusName,
                            Source,
                            DetailType: "X",
                            Detail: '{"channel":"orders/1","data":1}',
                        },
                    ],
                }),
            );

        await put("orders");
        await assert.rejects(put("chat"), {
            name: "AccessDeniedException",
            message: new RegExp(
                `^User: arn:aws:sts::\\d{12}:assumed-role/.* is not authorized to perform: events:PutEvents on resource: ` +
                    `${cloud.platform.eventBusArn} because no identity-based policy allows the events:PutEvents action$`,
            ),
        });
    });

    it("read or write the registry as a service: the webhook writes its own table and nothing else", async () => {
        const dynamodb = new DynamoDBClient(await sessionOf(cloud, "webhook-role"));
        const TableName = cloud.platform.registryTableName;

        await assert.rejects(dynamodb.send(new ScanCommand({ TableName })), { name: "AccessDeniedException" });
        await assert.rejects(
            dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: "channel#orders/1" }, sk: { S: "x" } } })),
            { name: "AccessDeniedException" },
        );
        await assert.rejects(
            dynamodb.send(
                new PutItemCommand({
                    TableName: cloud.platform.namespaceTableName,
                    Item: { namespace: { S: "orders" }, subscribe: { L: [] } },
                }),
            ),
            { name: "AccessDeniedException" },
        );
    });

    it("post to connections as a service, or close them as the notifier", async () => {
        const ada = await cloud.listen({ sub: "ada" });
        const ConnectionId = String((await ada.ask({ action: "hello", id: 1 }))["connectionId"]);
        const management = async (role: string): Promise<ApiGatewayManagementApiClient> =>
            new ApiGatewayManagementApiClient({
                ...(await sessionOf(cloud, role)),
                endpoint: cloud.platform.managementEndpoint,
            });
        const webhook = await management("webhook-role");
        const notifier = await management("push-notifier-notify-role");

        await assert.rejects(webhook.send(new PostToConnectionCommand({ ConnectionId, Data: "{}" })), {
            name: "AccessDeniedException",
        });
        await notifier.send(new PostToConnectionCommand({ ConnectionId, Data: '{"type":"test"}' }));
        await assert.rejects(notifier.send(new DeleteConnectionCommand({ ConnectionId })), {
            name: "AccessDeniedException",
        });
        await ada.settle();
    });

    it("scan the registry, not even the gateway's own functions", async () => {
        for (const role of [
            "push-websocket-connect-role",
            "push-websocket-disconnect-role",
            "push-websocket-message-role",
            "push-notifier-notify-role",
        ]) {
            const dynamodb = new DynamoDBClient(await sessionOf(cloud, role));
            await assert.rejects(
                dynamodb.send(new ScanCommand({ TableName: cloud.platform.registryTableName })),
                { name: "AccessDeniedException" },
                role,
            );
        }
    });
});
