import { strict as assert } from "node:assert";
import type { Listener } from "../../operations/exercise/listener";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

/** An audience beyond what the notifier posts to itself: the rest goes through the delivery queue and the deliverer. */
describe("A large audience", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("crowd", [{ channel: "crowd/*" }], { ttlSeconds: 60, maxMessages: 10 });
    });
    afterEach(() => cloud.closeListeners());

    it("gets a message whole: what is not delivered at once is queued, and nobody is left out", async () => {
        const listeners: Listener[] = [];
        for (let n = 0; n < 20; n++) {
            listeners.push(await cloud.listen({ sub: `user-${n}`, channels: ["crowd/1"] }));
        }
        // The rest of the crowd has gone without a goodbye.
        await cloud.registry.putCrowd("crowd/1", 2_000);

        const report = await cloud.notify({ namespace: "crowd", event: "Said", channel: "crowd/1", data: "everyone" });

        assert.equal(report["audience"], 2_020);
        assert.equal(Number(report["queued"]) > 0, true, "nothing was queued");
        assert.equal(report["failed"], 0);
        for (const listener of listeners) {
            assert.equal((await listener.message())["data"], "everyone");
        }
    });
});
