import assert from "node:assert/strict";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import type { Page } from "./support/page";
import { assertUnbroken } from "./support/promise";

/** Escaped in JSON this is six times as long: more than an event may have, in an item that a table takes. */
const POISON = "\u0001".repeat(200 * 1024);

describe("A change of a table that cannot become an event", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("is found among the others and set aside, and they are pushed, each once", async () => {
        const page = await faults.subscribedPage("orders/@me", { sub: "grace" });

        for (const orderId of keys(4)) {
            await put(faults, { customer: "grace", orderId });
        }
        await put(faults, { customer: "grace", orderId: "poison", note: POISON });
        for (const orderId of keys(4, "after")) {
            await put(faults, { customer: "grace", orderId });
        }

        await page.untilCount(8);
        const letter = await faults.cloud.letterIn("order-changes-dead-letters");
        assertUnbroken(page.told);
        const orders = changesIn(page).map(({ current }) => current["orderId"]);
        assert.deepEqual(orders.sort(), [...keys(4), ...keys(4, "after")].sort());
        assert.equal((letter["context"] as { condition: string }).condition, "RetryAttemptsExhausted");
        assert.equal((letter["DDBStreamBatchInfo"] as { batchSize: number }).batchSize, 1);
    });
});

describe("Changes of one item within a moment", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("come each once, and their sequences tell in which order they were made, and the last one", async () => {
        const page = await faults.subscribedPage("orders/@me", { sub: "hedy" });
        const statuses = keys(10, "s");

        for (const status of statuses) {
            await put(faults, { customer: "hedy", orderId: "1", status });
        }

        await page.untilCount(10);
        assertUnbroken(page.told);
        const changes = changesIn(page);
        const bySequence = [...changes].sort((one, other) => (one.sequence < other.sequence ? -1 : 1));
        assert.deepEqual(
            bySequence.map(({ current }) => current["status"]),
            statuses,
        );
        // What a page shows that ignores what is older than what it shows.
        const shown = changes.reduce((one, other) => (other.sequence > one.sequence ? other : one));
        assert.equal(shown.current["status"], "s10");
    });
});

async function put(faults: FaultCloud, order: Readonly<Record<string, string>>): Promise<void> {
    await faults.cloud.dynamodb.send(
        new PutItemCommand({
            TableName: faults.cloud.orders.ordersTableName,
            Item: Object.fromEntries(Object.entries(order).map(([name, value]) => [name, { S: value }])),
        }),
    );
}

interface Change {
    readonly sequence: bigint;
    readonly current: Readonly<Record<string, string>>;
}

/** What the page's subscriber was told, in the order in which it was. */
function changesIn(page: Page): Change[] {
    return page.messages.map(({ sequence = "", data }) => {
        assert.notEqual(sequence, "", "a change without a sequence");
        return { sequence: BigInt(sequence), current: (data as { new: Record<string, string> }).new };
    });
}
