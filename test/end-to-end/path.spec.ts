import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { DeleteItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** The whole path, over real sockets and the real protocols, through the graph that the real programs register. */
describe("The path of a message", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    describe("from a payment webhook", () => {
        const paid = { customer: "ada", orderId: "42", status: "paid", total: 99.5 };

        it("reaches the customer's socket with the row's data", async () => {
            const ada = await cloud.listen({ sub: "ada", channels: ["orders/@me"] });

            const response = await postWebhook(cloud, paid);

            assert.equal(response.status, 200);
            const message = await ada.message();
            assert.equal(message["channel"], "orders/@user/ada");
            assert.equal(message["source"], "orders");
            assert.equal(message["event"], "OrderChanged");
            const data = message["data"] as { new: Record<string, unknown> };
            assert.equal(data.new["customer"], "ada");
            assert.equal(data.new["orderId"], "42");
            assert.equal(data.new["status"], "paid");
            assert.equal(data.new["total"], 99.5);
        });

        it("answers 401 to a signature made with another secret, and writes nothing", async () => {
            const order = { ...paid, customer: "mallory", orderId: "1" };

            const response = await postWebhook(cloud, order, "another secret");

            assert.equal(response.status, 401);
            const { Items } = await cloud.dynamodb.send(
                new ScanCommand({
                    TableName: cloud.orders.ordersTableName,
                    ConsistentRead: true,
                    FilterExpression: "customer = :mallory",
                    ExpressionAttributeValues: { ":mallory": { S: "mallory" } },
                }),
            );
            assert.deepEqual(Items, []);
        });

        it("answers 400 to a signed body that is no order, and says what is missing", async () => {
            const response = await postWebhook(cloud, { customer: "ada" });

            assert.equal(response.status, 400);
            assert.match(await response.text(), /orderId/);
        });
    });

    describe("from a table that anything may write", () => {
        it("tells of an insert, a change and a removal, with the images before and after", async () => {
            const bob = await cloud.listen({ sub: "bob", channels: ["orders/bob/7"] });
            const Key = { customer: { S: "bob" }, orderId: { S: "7" } };
            const TableName = cloud.orders.ordersTableName;

            await cloud.dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, status: { S: "new" } } }));
            const inserted = await bob.message();
            await cloud.dynamodb.send(
                new UpdateItemCommand({
                    TableName,
                    Key,
                    UpdateExpression: "SET #s = :paid",
                    ExpressionAttributeNames: { "#s": "status" },
                    ExpressionAttributeValues: { ":paid": { S: "paid" } },
                }),
            );
            const changed = await bob.message((frame) => frame !== inserted);
            await cloud.dynamodb.send(new DeleteItemCommand({ TableName, Key }));
            const removed = await bob.message((frame) => frame !== inserted && frame !== changed);

            const sequences = [inserted, changed, removed].map((frame) => {
                assert.match(String(frame["sequence"]), /^[1-9]\d{0,39}$/);
                return BigInt(String(frame["sequence"]));
            });
            assert.deepEqual(
                [...new Set(sequences)].sort((one, other) => (one < other ? -1 : 1)),
                sequences,
            );
            const item = (status: string) => ({ customer: "bob", orderId: "7", status });
            assert.deepEqual(
                [inserted, changed, removed].map((frame) => frame["data"]),
                [
                    { old: null, new: item("new") },
                    { old: item("new"), new: item("paid") },
                    { old: item("paid"), new: null },
                ],
            );
        });

        it("never lets a key with a slash address another customer's channel", async () => {
            const ada = await cloud.listen({ sub: "ada", channels: ["orders/@me", "orders/ada/1"] });
            const mallory = await cloud.listen({ sub: "mallory/../ada", channels: ["orders/@me"] });

            await cloud.dynamodb.send(
                new PutItemCommand({
                    TableName: cloud.orders.ordersTableName,
                    Item: { customer: { S: "mallory/../ada" }, orderId: { S: "1" } },
                }),
            );

            assert.equal((await mallory.message())["channel"], "orders/@user/mallory%2F..%2Fada");
            await ada.settle();
            assert.deepEqual(ada.messages, []);
        });
    });

    describe("from an event on the push bus", () => {
        it("reaches the channel's subscribers, with the publisher's event name and data", async () => {
            const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/9"] });

            await cloud.eventbridge.send(
                new PutEventsCommand({
                    Entries: [
                        {
                            EventBusName: cloud.platform.eventBusName,
                            Source: "orders",
                            DetailType: "OrderShipped",
                            Detail: JSON.stringify({
                                channel: "orders/ada/9",
                                data: { carrier: "post" },
                                id: "ship-9",
                            }),
                        },
                    ],
                }),
            );

            const message = await ada.message();
            assert.equal(message["event"], "OrderShipped");
            assert.equal(message["id"], "ship-9");
            assert.deepEqual(message["data"], { carrier: "post" });
            assert.equal(message["sequence"], undefined);
        });
    });

    describe("from a direct invocation of the notifier", () => {
        it("carries the publisher's sequence, live as in a replay", async () => {
            const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/11"] });
            await cloud.notify({ namespace: "orders", event: "Hello", channel: "orders/ada/11", sequence: "0017" });
            const live = await ada.message();
            const late = await cloud.listen({ sub: "ada" });
            const since = { epoch: live["epoch"], offset: 0 };
            await late.ask({ action: "subscribe", id: 1, channel: "orders/ada/11", since });

            assert.equal(live["sequence"], "17");
            assert.deepEqual(await late.message(), live);
        });

        it("reports how many connections were found and reached", async () => {
            const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/10"] });
            await cloud.listen({ sub: "ada", channels: ["orders/ada/10"] });

            const report = await cloud.notify({
                namespace: "orders",
                event: "Hello",
                channel: "orders/ada/10",
                data: 1,
            });

            assert.equal(report["audience"], 2);
            assert.equal(report["delivered"], 2);
            assert.equal(report["stale"], 0);
            assert.equal(report["failed"], 0);
            assert.equal((await ada.message())["event"], "Hello");
        });

        it("fails with a text that names what is wrong", async () => {
            const { FunctionError, Payload } = await cloud.lambda.send(
                new InvokeCommand({
                    FunctionName: cloud.platform.notifierArn,
                    Payload: JSON.stringify({ namespace: "orders", event: "Hello", channel: "invoices/1", data: 1 }),
                }),
            );

            assert.equal(FunctionError, "Unhandled");
            assert.match(Buffer.from(Payload ?? []).toString(), /invoices/);
        });
    });
});

function postWebhook(cloud: TestCloud, body: unknown, secret = cloud.webhookSecret): Promise<Response> {
    const text = JSON.stringify(body);
    const signature = createHmac("sha256", secret).update(text).digest("hex");
    return fetch(cloud.orders.webhookUrl, {
        method: "POST",
        body: text,
        headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
    });
}
