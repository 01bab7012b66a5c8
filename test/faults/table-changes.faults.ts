import assert from "node:assert/strict";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { assertUnbroken } from "./support/promise";

/** Escaped in JSON this is six times as long: more than an event may have, in an item that a table takes. */
const POISON = "\u0001".repeat(200 * 1024);

describe("A change of a table that cannot become an event", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("is found among the others and set aside, and they are pushed, each once, in their order", async () => {
        const channel = "orders/@me";
        const page = await faults.subscribedPage(channel, { sub: "grace" });
        const put = (orderId: string, note = ""): Promise<unknown> =>
            faults.cloud.dynamodb.send(new PutItemCommand({
                TableName: faults.cloud.orders.ordersTableName,
                Item: { customer: { S: "grace" }, orderId: { S: orderId }, note: { S: note } },
            }));

        for (const orderId of keys(4)) {
            await put(orderId);
        }
        await put("poison", POISON);
        for (const orderId of keys(4, "after")) {
            await put(orderId);
        }

        await page.untilCount(8);
        const letter = await faults.cloud.letterIn("order-changes-dead-letters");
        assertUnbroken(page.told);
        const orders = page.data.map((data) => (data as { new: { orderId: string } }).new.orderId);
        assert.deepEqual([...orders].sort(), [...keys(4), ...keys(4, "after")].sort());
        assert.equal((letter["context"] as { condition: string }).condition, "RetryAttemptsExhausted");
        assert.equal((letter["DDBStreamBatchInfo"] as { batchSize: number }).batchSize, 1);
    });
});
