import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import { DrivenCloud } from "./driven-cloud";

/**
 * Does, once, everything for which the stacks have a permission: what their users do, and what goes wrong.
 *
 * @returns the cloud in which it was done, to be closed. It is of no more use: in the end the notifier is gone.
 */
export async function doEverythingOnce(): Promise<DrivenCloud> {
    const trouble: Trouble = {};
    const cloud = await DrivenCloud.start({
        // More often than the function tries that answers frames, and after its answers to two of them.
        services: {
            apiGateway: {
                connections: (id, post) =>
                    id === trouble.unlucky && post > 2 && post < 7 ? { answer: 500 } : undefined,
            },
        },
    });
    try {
        await cloud.registerNamespace("audit", [{ channel: "audit/*" }], { ttlSeconds: 60, maxMessages: 10 });
        // A pipe takes its time to give up; nothing else waits for it.
        await Promise.all([failToPublishAChange(cloud), pushInEveryWay(cloud, trouble)]);
        await cloud.closeListeners();
        await deleteTheNotifierByHand(cloud);
        return cloud;
    } catch (error) {
        await cloud.close();
        throw error;
    }
}

interface Trouble {
    /** The connection that messages cannot be posted to for a while. */
    unlucky?: string;
}

async function pushInEveryWay(cloud: DrivenCloud, trouble: Trouble): Promise<void> {
    await connectSubscribeAndLeave(cloud);
    await breakAReplayOff(cloud, trouble);
    await pruneAStaleConnection(cloud);
    await serveALargeAudience(cloud);
    await payByWebhookAndOpenThePage(cloud);
    await rejectAnEvent(cloud);
}

async function connectSubscribeAndLeave(cloud: DrivenCloud): Promise<void> {
    const first = await cloud.listen({ sub: "ada", channels: ["audit/1"] });
    await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/1", data: 1 });
    const { epoch } = await first.message();
    await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/1", data: 2 });
    const second = await cloud.listen({ sub: "ada" });
    await second.ask({ action: "subscribe", id: "new", channel: "audit/2" });
    await second.ask({ action: "subscribe", id: "missed", channel: "audit/1", since: { epoch, offset: 1 } });
    await second.message();
    await second.ask({ action: "unsubscribe", id: "enough", channel: "audit/1" });
    await second.ask({ action: "hello", id: "hello" });
    await second.ask({ action: "something that there is no route for", id: "unknown" });
    await second.close();
    await cloud.untilRegistryIsClearOf(second);
    // What it missed of one channel is read back, and another channel's log is begun.
    const back = await cloud.listen({ sub: "ada", channels: [`audit/1~${String(epoch)}~1`, "audit/5~none~0"] });
    await back.find((frame) => frame["channel"] === "audit/5");
}

/** So that the deliverer is left the rest of it. */
async function breakAReplayOff(cloud: DrivenCloud, trouble: Trouble): Promise<void> {
    await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/7", data: 1 });
    const unlucky = await cloud.listen({ sub: "ada" });
    const { connectionId } = await unlucky.ask({ action: "hello", id: "hello" });
    const { epoch } = await unlucky.ask({ action: "subscribe", id: "new", channel: "audit/7" });
    await unlucky.ask({ action: "unsubscribe", id: "enough", channel: "audit/7" });
    trouble.unlucky = String(connectionId);
    await unlucky.ask({ action: "subscribe", id: "missed", channel: "audit/7", since: { epoch, offset: 0 } });
    await unlucky.message();
}

async function pruneAStaleConnection(cloud: DrivenCloud): Promise<void> {
    await cloud.registry.putStale("audit/3", { connectedSecondsAgo: 3_600 });
    const report = await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/3", data: 1 });
    assert.equal(report["stale"], 1);
}

/** More than the notifier posts to itself; a part of an audience, as it leaves it to the deliverer; and poison. */
async function serveALargeAudience(cloud: DrivenCloud): Promise<void> {
    await cloud.registry.putCrowd("audit/6", 2_000);
    const report = await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/6", data: 1 });
    assert.notEqual(report["queued"], 0);
    const connectionId = await cloud.registry.putStale("audit/4", { connectedSecondsAgo: 3_600 });
    const push = { namespace: "audit", id: "1", channel: "audit/4", publishedAt: Date.now() };
    const keys = { from: "00", to: "g" };
    const range = { kind: "range", ...push, attempt: 1, keys, except: [], frame: { type: "message" } };
    await cloud.send("push-delivery-queue", JSON.stringify(range));
    await cloud.send("push-delivery-queue", "poison");
    await cloud.registry.untilGone(connectionId);
    await cloud.deadLetter(({ reason }) => reason === "malformed_delivery");
}

async function payByWebhookAndOpenThePage(cloud: DrivenCloud): Promise<void> {
    const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/privilege"] });
    const body = JSON.stringify({ customer: "ada", orderId: "privilege", status: "paid" });
    const signature = createHmac("sha256", cloud.webhookSecret).update(body).digest("hex");
    const headers = { "x-hub-signature-256": `sha256=${signature}` };
    await fetch(cloud.orders.webhookUrl, { method: "POST", body, headers });
    await ada.message();
    assert.equal((await fetch(cloud.orders.pageUrl)).status, 200);
}

async function rejectAnEvent(cloud: DrivenCloud): Promise<void> {
    await putMalformedEvent(cloud);
    await cloud.deadLetter(({ reason }) => reason === "malformed");
}

async function putMalformedEvent(cloud: DrivenCloud): Promise<void> {
    await cloud.eventbridge.send(
        new PutEventsCommand({
            Entries: [{ EventBusName: cloud.platform.eventBusName, Source: "audit", DetailType: "X", Detail: "{}" }],
        }),
    );
}

/** An item that is within DynamoDB's 400 KB, but whose two images as JSON are beyond the 1 MiB of PutEvents. */
async function failToPublishAChange(cloud: DrivenCloud): Promise<void> {
    const TableName = cloud.orders.ordersTableName;
    const Key = { customer: { S: "ada" }, orderId: { S: "large" } };
    const quotes = '"'.repeat(390_000);
    await cloud.dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, note: { S: quotes } } }));
    await cloud.dynamodb.send(
        new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: "SET paid = :true",
            ExpressionAttributeValues: { ":true": { BOOL: true } },
        }),
    );
    await cloud.letterIn("order-changes-dead-letters");
}

/** What EventBridge cannot bring to its target it leaves in the dead-letter queue by itself, as the queue lets it. */
async function deleteTheNotifierByHand(cloud: DrivenCloud): Promise<void> {
    await cloud.lambda.send(new DeleteFunctionCommand({ FunctionName: cloud.platform.notifierArn }));
    await putMalformedEvent(cloud);
    await cloud.deadLetter((letter) => letter["detail-type"] === "X");
}
