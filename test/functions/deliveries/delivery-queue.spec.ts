import { strict as assert } from "node:assert";
import type { QueueEntry, SendBatch } from "../../../functions/deliveries/delivery-queue";
import { createDeliveryQueue } from "../../../functions/deliveries/delivery-queue";
import type { Chunk } from "../../../functions/deliveries/task";
import { parseTask } from "../../../functions/deliveries/task";

function chunk(id: string, frame = "{}"): Chunk {
    const push = { namespace: "orders", id, channel: "orders/1", frame, publishedAt: 1 };
    return { kind: "chunk", push, attempt: 1, recipients: [{ connectionId: "a=", connectedAt: 1 }] };
}

/** Sends the chunks, and returns the batches that SQS got. `take` says what of a batch it took. */
async function send(
    chunks: readonly Chunk[],
    take: (entries: readonly QueueEntry[], batch: number) => readonly QueueEntry[] = (entries) => entries,
): Promise<{ batches: readonly (readonly QueueEntry[])[]; waits: readonly number[] }> {
    const batches: (readonly QueueEntry[])[] = [];
    const waits: number[] = [];
    const sendBatch: SendBatch = async (entries) => {
        batches.push(entries);
        const taken = take(entries, batches.length);
        return entries.filter((entry) => !taken.includes(entry));
    };
    const sleep = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
    await createDeliveryQueue(sendBatch, sleep, () => 0.5).send(chunks, 7);
    return { batches, waits };
}

describe("The delivery queue", () => {
    it("gets tasks in batches of ten, each with its delay", async () => {
        const { batches } = await send(Array.from({ length: 23 }, (_, n) => chunk(`m-${n}`)));
        assert.deepEqual(
            batches.map(({ length }) => length),
            [10, 10, 3],
        );
        const entries = batches.flat();
        assert.ok(entries.every(({ delaySeconds }) => delaySeconds === 7));
        assert.deepEqual(parseTask(entries[22]?.body ?? ""), { ok: true, value: chunk("m-22") });
    });

    it("gets no batch over 256 KiB", async () => {
        const frame = JSON.stringify("x".repeat(100 * 1_024))
            .replace(/^/, '{"data":')
            .concat("}");
        const { batches } = await send(Array.from({ length: 5 }, () => chunk("m", frame)));
        assert.deepEqual(
            batches.map(({ length }) => length),
            [2, 2, 1],
        );
    });

    it("knows the chunks of one message, so that those of others can be preferred", async () => {
        const {
            batches: [batch = []],
        } = await send([chunk("m-1"), chunk("m-1"), chunk("m-2")]);
        const [one, same, other] = batch.map(({ group }) => group);
        assert.equal(one, same);
        assert.notEqual(one, other);
        assert.match(one ?? "", /^[0-9a-f]{64}$/);
    });

    it("is asked again to take what it did not, and only that", async () => {
        const chunks = [chunk("m-1"), chunk("m-2"), chunk("m-3")];
        const { batches, waits } = await send(chunks, (entries) => entries.slice(0, 1));
        assert.deepEqual(
            batches.map(({ length }) => length),
            [3, 2, 1],
        );
        assert.deepEqual(waits, [25, 50]);
    });

    it("fails where it does not take everything in five attempts", async () => {
        await assert.rejects(
            send([chunk("m-1")], () => []),
            {
                name: "UnsentDeliveriesError",
                code: "unsent_deliveries",
                message: "SQS did not take 1 deliveries in 5 attempts.",
            },
        );
    });

    it("is not asked for nothing", async () => {
        assert.deepEqual((await send([])).batches, []);
    });
});
