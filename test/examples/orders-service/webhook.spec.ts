import * as assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { createWebhook } from "../../../examples/orders-service/functions/webhook/handler";
import type { Order } from "../../../examples/orders-service/functions/webhook/order";
import type { Orders } from "../../../examples/orders-service/functions/webhook/orders";
import { OrdersTable } from "../../../examples/orders-service/functions/webhook/orders";
import { TestDynamoDb } from "../../support/dynamodb";

const SECRET = "It's a Secret to Everybody";
const PAID = { customer: "ada", orderId: "42", status: "paid", total: 99.5 };

class RecordedOrders implements Orders {
    readonly updates: Order[] = [];

    async update(order: Order): Promise<void> {
        this.updates.push(order);
    }
}

interface Call {
    readonly body?: string | Buffer;
    readonly signature?: string;
    readonly method?: string;
    readonly base64?: boolean;
}

function sign(body: string | Buffer, secret = SECRET): string {
    return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** A call as Lambda hands it to a function behind a URL. */
function eventOf({ body = "", signature = sign(body), method = "POST", base64 = false }: Call): LambdaFunctionURLEvent {
    const event = {
        headers: { "x-hub-signature-256": signature },
        requestContext: { http: { method } },
        body: Buffer.from(body).toString(base64 ? "base64" : "utf8"),
        isBase64Encoded: base64,
    };
    return event as unknown as LambdaFunctionURLEvent;
}

async function send(
    call: Call,
): Promise<{ status: number | undefined; answer: Record<string, string>; updates: readonly Order[] }> {
    const orders = new RecordedOrders();
    const { statusCode, body = "" } = await createWebhook({ secret: SECRET, orders })(eventOf(call));
    return { status: statusCode, answer: JSON.parse(body) as Record<string, string>, updates: orders.updates };
}

describe("the payment webhook", () => {
    it("updates the order that a signed call names", async () => {
        const { status, answer, updates } = await send({ body: JSON.stringify(PAID) });
        assert.equal(status, 200);
        assert.deepEqual(answer, { customer: "ada", orderId: "42" });
        assert.deepEqual(updates, [{ customer: "ada", orderId: "42", attributes: { status: "paid", total: 99.5 } }]);
    });

    it("checks the signature over the raw bytes, also of a body that arrives in Base64", async () => {
        const body = Buffer.from(JSON.stringify({ ...PAID, note: "größer als €" }));
        const { status, updates } = await send({ body, base64: true });
        assert.equal(status, 200);
        assert.equal(updates[0]?.attributes["note"], "größer als €");
        assert.equal((await send({ body, base64: true, signature: sign(body.toString("base64")) })).status, 401);
    });

    it("knows GitHub's published example", async () => {
        // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
        const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert.equal((await send({ body: "Hello, World!", signature })).status, 400, "rightly signed, but no order");
    });

    it("writes nothing, and answers 401, unless the body is signed with the secret", async () => {
        const body = JSON.stringify(PAID);
        const signatures = [
            "",
            "sha256=",
            sign(body).slice("sha256=".length),
            sign(body).slice(0, -1),
            `${sign(body)}00`,
            sign(body).replace("sha256", "sha1"),
            sign(body, "another secret"),
            sign(`${body} `),
        ];
        for (const signature of signatures) {
            const { status, answer, updates } = await send({ body, signature });
            assert.equal(status, 401, signature);
            assert.equal(answer["error"], "bad_signature");
            assert.deepEqual(updates, []);
        }
    });

    it("answers 401 to a call without the header", async () => {
        const event = { ...eventOf({ body: "{}" }), headers: {} };
        const orders = new RecordedOrders();
        assert.equal((await createWebhook({ secret: SECRET, orders })(event)).statusCode, 401);
    });

    it("says what is wrong with an order, and writes nothing", async () => {
        const cases: readonly (readonly [unknown, RegExp])[] = [
            ["", /not a JSON object/],
            ["paid", /not a JSON object/],
            ["[]", /not a JSON object/],
            ["null", /not a JSON object/],
            [{ ...PAID, customer: undefined }, /`customer` must be/],
            [{ ...PAID, customer: "" }, /`customer` must be/],
            [{ ...PAID, customer: "\ud800" }, /`customer` must be/],
            [{ ...PAID, customer: "a".repeat(301) }, /`customer` must be/],
            [{ ...PAID, customer: "€".repeat(342) }, /`customer` must be/],
            [{ ...PAID, orderId: 42 }, /`orderId` must be/],
            [{ ...PAID, orderId: "" }, /`orderId` must be/],
            [{ ...PAID, status: undefined }, /`status` must be/],
            [{ ...PAID, status: "" }, /`status` must be/],
            [{ ...PAID, "": 1 }, /cannot be stored/],
            [{ ...PAID, total: Number.MAX_SAFE_INTEGER + 1 }, /cannot be stored/],
            [`${JSON.stringify(PAID).slice(0, -1)},"big":1e999}`, /cannot be stored/],
            [`${JSON.stringify(PAID).slice(0, -1)},"deep":${"[".repeat(40)}${"]".repeat(40)}}`, /cannot be stored/],
            [
                { ...PAID, ...Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`n${index}`, index])) },
                /more than 50 members/,
            ],
        ];
        for (const [order, reason] of cases) {
            const { status, answer, updates } = await send({
                body: typeof order === "string" ? order : JSON.stringify(order),
            });
            assert.equal(status, 400);
            assert.equal(answer["error"], "bad_order");
            assert.match(answer["message"] ?? "", reason);
            assert.deepEqual(updates, []);
        }
    });

    it("takes a customer whose name has an @ inside", async () => {
        assert.equal((await send({ body: JSON.stringify({ ...PAID, customer: "ada@example.com" }) })).status, 200);
    });

    it("refuses a huge body, and other methods", async () => {
        assert.equal((await send({ body: JSON.stringify({ ...PAID, note: "x".repeat(17_000) }) })).status, 413);
        assert.equal((await send({ method: "GET" })).status, 405);
    });
});

describe("OrdersTable", () => {
    const TABLE = "orders";
    let dynamodb: TestDynamoDb;

    before(async () => {
        dynamodb = await TestDynamoDb.start();
        await dynamodb.client.send(
            new CreateTableCommand({
                TableName: TABLE,
                BillingMode: "PAY_PER_REQUEST",
                AttributeDefinitions: [
                    { AttributeName: "customer", AttributeType: "S" },
                    { AttributeName: "orderId", AttributeType: "S" },
                ],
                KeySchema: [
                    { AttributeName: "customer", KeyType: "HASH" },
                    { AttributeName: "orderId", KeyType: "RANGE" },
                ],
            }),
        );
    });

    after(() => dynamodb.close());

    async function order(customer: string, orderId: string): Promise<unknown> {
        const { Item } = await dynamodb.documents.send(
            new GetCommand({ TableName: TABLE, Key: { customer, orderId }, ConsistentRead: true }),
        );
        return Item;
    }

    it("makes an order, and later changes only what it is told", async () => {
        const orders = new OrdersTable(dynamodb.documents, TABLE);
        await orders.update({
            customer: "ada",
            orderId: "1",
            attributes: { status: "pending", total: 99.5, items: [{ sku: "x" }] },
        });
        await orders.update({ customer: "ada", orderId: "1", attributes: { status: "paid" } });
        assert.deepEqual(await order("ada", "1"), {
            customer: "ada",
            orderId: "1",
            status: "paid",
            total: 99.5,
            items: [{ sku: "x" }],
        });
    });

    it("stores attributes under names that expressions reserve, and whatever JSON holds", async () => {
        const stored = {
            status: "paid",
            name: "n",
            "a.b": 1,
            "#x": true,
            ":y": null,
            nested: { list: [1, "two", null] },
        };
        await new OrdersTable(dynamodb.documents, TABLE).update({ customer: "ada", orderId: "2", attributes: stored });
        assert.deepEqual(await order("ada", "2"), { customer: "ada", orderId: "2", ...stored });
    });
});
