import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { RoleStatement, TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

/**
 * Everything that the stacks do, done once, against what their roles may do: the local cloud's gate tells which statement
 * allowed which call. That AWS's own services ask for no more than the local ones is not shown here.
 */
describe("Least privilege", () => {
    let cloud: TestCloud;
    let statements: readonly RoleStatement[];
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("audit", [{ channel: "audit/*" }], { ttlSeconds: 60, maxMessages: 10 });
        await connectSubscribeAndLeave(cloud);
        await pruneAStaleConnection(cloud);
        await serveALargeAudience(cloud);
        await payByWebhookAndOpenThePage(cloud);
        await rejectAnEvent(cloud);
        await failToPublishAChange(cloud);
        statements = cloud.roleStatements();
    });
    afterEach(() => cloud.closeListeners());

    it("is kept by every role: each action of each statement is used", () => {
        const used = new Set(cloud.grants.flatMap(({ action, statements: matched }) =>
            matched.map(({ policy, statement }) => `${policy} ${statement} ${action}`)));
        const unused = statements.flatMap(({ role, policy, statement, actions }) =>
            actions.filter((action) => !used.has(`${policy} ${statement} ${action}`)).map((action) => `${role} may ${action}`));

        assert.equal(statements.length > 20, true);
        assert.deepEqual(unused, []);
    });

    it("has no statement too many: without any one of them a call that was made would be denied", () => {
        const alone = new Set(cloud.grants
            .filter(({ statements: matched }) => matched.length === 1)
            .flatMap(({ statements: matched }) => matched.map(({ policy, statement }) => `${policy} ${statement}`)));

        assert.deepEqual(statements.filter(({ policy, statement }) => !alone.has(`${policy} ${statement}`)), []);
    });
});

async function connectSubscribeAndLeave(cloud: TestCloud): Promise<void> {
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
    await second.close();
    await cloud.untilRegistryIsClearOf(second);
    // What it missed of one channel is read back, and another channel's log is begun.
    const back = await cloud.listen({ sub: "ada", channels: [`audit/1~${String(epoch)}~1`, "audit/5~none~0"] });
    await back.find((frame) => frame["channel"] === "audit/5");
}

async function pruneAStaleConnection(cloud: TestCloud): Promise<void> {
    await cloud.registry.putStale("audit/3", { connectedSecondsAgo: 3_600 });
    const report = await cloud.notify({ namespace: "audit", event: "Said", channel: "audit/3", data: 1 });
    assert.equal(report["stale"], 1);
}

/** As the notifier leaves it to the deliverer: a part of an audience, here one stale connection. And a poison message. */
async function serveALargeAudience(cloud: TestCloud): Promise<void> {
    const before = (await cloud.deadLetters()).length;
    const connectionId = await cloud.registry.putStale("audit/4", { connectedSecondsAgo: 3_600 });
    const push = { namespace: "audit", id: "1", channel: "audit/4", publishedAt: Date.now() };
    const keys = { from: "00", to: "g" };
    const range = { kind: "range", ...push, attempt: 1, keys, except: [], frame: { type: "message" } };
    await cloud.send("push-delivery-queue", JSON.stringify(range));
    await cloud.send("push-delivery-queue", "poison");
    await cloud.registry.untilGone(connectionId);
    const [letter] = await cloud.deadLettersAfter(before);
    assert.equal(letter?.["reason"], "malformed_delivery");
}

async function payByWebhookAndOpenThePage(cloud: TestCloud): Promise<void> {
    const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/privilege"] });
    const body = JSON.stringify({ customer: "ada", orderId: "privilege", status: "paid" });
    const signature = createHmac("sha256", cloud.webhookSecret).update(body).digest("hex");
    await fetch(cloud.orders.webhookUrl, { method: "POST", body, headers: { "x-hub-signature-256": `sha256=${signature}` } });
    await ada.message();
    assert.equal((await fetch(cloud.orders.pageUrl)).status, 200);
}

async function rejectAnEvent(cloud: TestCloud): Promise<void> {
    const before = (await cloud.deadLetters()).length;
    await cloud.eventbridge.send(new PutEventsCommand({
        Entries: [{ EventBusName: cloud.platform.eventBusName, Source: "audit", DetailType: "X", Detail: "{}" }],
    }));
    await cloud.deadLettersAfter(before);
}

/** An item that is within DynamoDB's 400 KB, but whose two images as JSON are beyond the 1 MiB of PutEvents. */
async function failToPublishAChange(cloud: TestCloud): Promise<void> {
    const TableName = cloud.orders.ordersTableName;
    const Key = { customer: { S: "ada" }, orderId: { S: "large" } };
    const quotes = "\"".repeat(390_000);
    await cloud.dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, note: { S: quotes } } }));
    await cloud.dynamodb.send(new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: "SET paid = :true",
        ExpressionAttributeValues: { ":true": { BOOL: true } },
    }));
    await cloud.letterIn("order-changes-dead-letters");
}
