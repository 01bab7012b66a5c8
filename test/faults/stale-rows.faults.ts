import assert from "node:assert/strict";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud } from "./support/fault-cloud";
import { assertInOrder, assertWhole } from "./support/promise";

describe("A row of the registry without a connection", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("that is old is removed by the first message that meets it, and costs the others nothing", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        const ghost = await faults.cloud.registry.putStale(channel, { connectedSecondsAgo: 600 });

        const first = await faults.publish(channel, "m1");
        const second = await faults.publish(channel, "m2");
        await page.untilCount(2);

        assert.deepEqual([first["stale"], first["delivered"], second["stale"], second["audience"]], [1, 1, 0, 1]);
        await faults.cloud.registry.untilGone(ghost);
        assertInOrder(page.told, ["m1", "m2"]);
    });

    it("that is fresh is not removed: a client whose socket opens late gets the message after all", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        const connectionId = page.client.session?.connectionId ?? "";
        let posts = 0;
        // What the gateway answers between `$connect` and the 101, for longer than the notifier itself tries.
        faults.failing = { connections: () => (++posts <= 5 ? { answer: 410 } : undefined) };

        const report = await faults.publish(channel, "m1");
        await faults.whileQueuesMoveOn(() => page.data.length === 1);
        await faults.publish(channel, "m2");
        await page.untilCount(2);

        assert.deepEqual([report["stale"], report["queued"]], [0, 1]);
        assert.equal(page.client.session?.connectionId, connectionId);
        assertInOrder(page.told, ["m1", "m2"]);
    });

    it("whose $disconnect was lost stays, is ignored once expired, and does not stand in its user's way", async () => {
        const channel = `${await faults.namespace()}/1`;
        faults.failing = { disconnects: () => true };
        const first = await faults.subscribedPage(channel, { sub: "lovelace" });
        await faults.publish(channel, "m1");
        await first.untilCount(1);
        first.close();

        const second = await faults.subscribedPage(channel, { sub: "lovelace" });
        assert.equal(await faults.cloud.registry.rowsOfUser("lovelace"), 4);
        const young = await faults.publish(channel, "m2");
        await second.untilCount(1);
        assert.deepEqual([young["audience"], young["delivered"], young["stale"]], [2, 1, 0]);

        // As it is for the rest of its two hours, from half a minute after it was made.
        await faults.cloud.registry.putStale(channel, { connectedSecondsAgo: 7_000, expired: true });
        await faults.cloud.registry.putStale(channel, { connectedSecondsAgo: 7_000 });
        const old = await faults.publish(channel, "m3");
        await second.untilCount(2);

        assert.deepEqual([old["audience"], old["stale"]], [3, 1]);
        assertInOrder(first.told, ["m1"]);
        assertWhole(second.told, ["m2", "m3"]);
    });
});
