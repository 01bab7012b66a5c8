import assert from "node:assert/strict";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { MemoryStorage } from "./support/page";
import { assertInOrder, assertUnbroken, assertWhole } from "./support/promise";

const MINUTE = 60_000;

describe("A page", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("whose network is silent for a minute, in a burst, has every message once and in order", async () => {
        const channel = `${await faults.namespace()}/1`;
        const network = await faults.network();
        const page = await faults.subscribedPage(channel, { url: network.url });
        const all = keys(30);

        for (const [index, key] of all.entries()) {
            if (index === 10) {
                network.goDown();
            }
            if (index === 20) {
                // The page's next ping is due, and is not answered.
                page.time.advance(10 * MINUTE);
                page.time.advance(MINUTE);
                network.comeBack();
            }
            const report = await faults.publish(channel, key);
            // The gateway took what nobody received.
            assert.equal(report["failed"], 0);
        }
        await faults.whileTimeMovesOn(page, () => page.data.length === 30);

        assert.equal(page.sockets.length > 1, true);
        assertInOrder(page.told, all);
    });

    it("that is cut again and again in a burst has every message once and in order", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);

        for (const [index, key] of keys(40).entries()) {
            if (index % 5 === 2) {
                page.cut();
            }
            await faults.publish(channel, key);
        }
        await faults.whileTimeMovesOn(page, () => page.data.length === 40);

        assertInOrder(page.told, keys(40));
    });

    it("that is reloaded in a burst goes on where it stopped, by the position that it kept", async () => {
        const channel = `${await faults.namespace()}/1`;
        const storage = new MemoryStorage();
        const first = await faults.subscribedPage(channel, { storage });
        const published = faults.putEvents(channel, keys(30));

        await first.untilCount(5);
        first.close();
        const second = faults.page(channel, { storage });
        await published;
        await faults.whileTimeMovesOn(second, () => first.data.length + second.data.length === 30);

        assertWhole([...first.told, ...second.told], keys(30));
    });

    it("whose token is about to expire moves to a new connection before the old one ends, and misses nothing", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel, { ttlSeconds: 600 });
        const session = page.client.session?.connectionId;
        let count = 0;
        const publish = async (): Promise<void> => {
            await faults.publish(channel, `m${++count}`);
        };

        await publish();
        // Past the latest moment at which it would rotate, with the old connection still good for half a minute.
        page.time.advance(570_000);
        await page.until(() => page.sockets.length === 2);
        while (page.client.session?.connectionId === session) {
            await publish();
        }
        // Both connections are open now, and each of them gets these.
        assert.deepEqual(
            page.sockets.map(({ readyState }) => readyState),
            [1, 1],
        );
        await publish();
        await publish();
        page.time.advance(6_000);
        await page.until(() => page.sockets[0]?.readyState === 3);
        await publish();
        await page.untilCount(count);

        assert.equal(page.client.state.code, "rotated");
        assertInOrder(page.told, keys(count));
    });

    it("that the gateway closes after two hours connects again, and misses nothing", async () => {
        const channel = `${await faults.namespace()}/1`;
        const page = await faults.subscribedPage(channel);
        await faults.publish(channel, "m1");
        await page.untilCount(1);

        // The page slept all the while: its own clock did not ring, and it sent no ping.
        faults.gatewayTime.advance(120 * MINUTE);
        await faults.publish(channel, "m2");
        await faults.publish(channel, "m3");
        await page.untilCount(3);

        assert.equal(page.sockets.length, 2);
        assertInOrder(page.told, keys(3));
    });

    it("that was away for longer than the log remembers is told of the gap, and where it goes on", async () => {
        const channel = `${await faults.namespace({ maxMessages: 5 })}/1`;
        const storage = new MemoryStorage();
        const first = await faults.subscribedPage(channel, { storage });
        await faults.publish(channel, "m1");
        await first.untilCount(1);
        first.close();
        for (const key of keys(9).slice(1)) {
            await faults.publish(channel, key);
        }

        const second = await faults.subscribedPage(channel, { storage });
        await faults.publish(channel, "m10");
        await second.untilCount(1);

        const [{ epoch, offset } = { epoch: "", offset: 0 }] = first.messages;
        assert.deepEqual(second.gaps, [{ reason: "expired", from: { epoch, offset }, to: { epoch, offset: 9 } }]);
        assert.deepEqual(second.data, ["m10"]);
        assertUnbroken([...first.told, ...second.told]);
    });

    it("that comes back to a log of another epoch is told of the gap", async () => {
        const channel = `${await faults.namespace()}/1`;
        const storage = new MemoryStorage();
        storage.setItem(`push:${channel}`, JSON.stringify({ epoch: "another", offset: 7 }));
        await faults.publish(channel, "m1");

        const page = await faults.subscribedPage(channel, { storage });
        await faults.publish(channel, "m2");
        await page.untilCount(1);

        assert.deepEqual(
            page.gaps.map(({ reason, to }) => [reason, to?.offset]),
            [["new_epoch", 1]],
        );
        assert.deepEqual(page.data, ["m2"]);
    });
});
