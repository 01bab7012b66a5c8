import assert from "node:assert/strict";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { assertWhole } from "./support/promise";

describe("Events that the bus delivers", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("twice, and in another order, are one message each, and come in the log's order", async () => {
        const channel = `${await faults.namespace()}/1`;
        const pages = [await faults.subscribedPage(channel), await faults.subscribedPage(channel, { sub: "bob" })];
        const ids = keys(15);

        // Each and its duplicate at once with others, and all duplicates once more the other way round.
        await Promise.all(ids.flatMap((id) => [faults.deliverEvent(channel, id), faults.deliverEvent(channel, id)]));
        await Promise.all([...ids].reverse().map((id) => faults.deliverEvent(channel, id)));
        await Promise.all(pages.map((page) => page.untilCount(15)));
        await faults.publish(channel, "end");
        await Promise.all(pages.map((page) => page.until(() => page.data.at(-1) === "end")));

        const log = await faults.log(channel);
        for (const page of pages) {
            assertWhole(page.told, [...ids, "end"]);
            assert.deepEqual(
                page.messages.map(({ offset = 0, id }) => `${offset} ${id}`),
                log,
            );
        }
    });

    it("twice, in a namespace without history, are one message each to whoever was there", async () => {
        const channel = `${await faults.namespace("no history")}/1`;
        const page = await faults.subscribedPage(channel);

        await Promise.all(
            keys(10).flatMap((id) => [faults.deliverEvent(channel, id), faults.deliverEvent(channel, id)]),
        );
        await page.untilCount(10);
        await faults.publish(channel, "end");
        await page.until(() => page.data.at(-1) === "end");

        assert.deepEqual([...page.data].sort(), [...keys(10), "end"].sort());
        assert.deepEqual(page.gaps, []);
    });

    it("and no one can read go to the dead letters at once, and the others arrive", async () => {
        const namespace = await faults.namespace();
        const channel = `${namespace}/1`;
        const page = await faults.subscribedPage(channel);

        await faults.putEvents(channel, ["m1", "m2"]);
        await faults.cloud.eventbridge.send(
            new PutEventsCommand({
                Entries: [
                    {
                        EventBusName: faults.cloud.platform.eventBusName,
                        Source: namespace,
                        DetailType: "Said",
                        Detail: JSON.stringify({ channel: { not: "a channel" }, data: "poison" }),
                    },
                ],
            }),
        );
        await faults.putEvents(channel, ["m3", "m4"]);

        await page.untilCount(4);
        // One about what another test has left to the queues may come before it.
        const letter = await faults.cloud.deadLetter(({ event }) => JSON.stringify(event ?? null).includes(namespace));
        assertWhole(page.told, keys(4));
        assert.equal(letter["reason"], "malformed");
        assert.equal((letter["event"] as { detail: { data: unknown } }).detail.data, "poison");
    });
});
