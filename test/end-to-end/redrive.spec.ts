import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

describe("Redriving dead letters", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        // What others left behind is none of this suite's business, and hidden from it now.
        await cloud.deadLetters();
    });
    afterEach(() => cloud.closeListeners());

    it("publishes what was rejected once the reason is gone, numbers it once, and empties the queue", async () => {
        const namespace = `late${randomUUID().slice(0, 8)}`;
        await cloud.eventbridge.send(
            new PutEventsCommand({
                Entries: [
                    {
                        EventBusName: cloud.platform.eventBusName,
                        Source: namespace,
                        DetailType: "Said",
                        Detail: JSON.stringify({ channel: `${namespace}/1`, data: "at last" }),
                    },
                ],
            }),
        );
        // The notifier knows for a while that there is no such namespace; another one is asked below.
        let summary = await cloud.redrive(false);
        while (summary.redriven === 0) {
            summary = await cloud.redrive(false);
        }
        await cloud.registerNamespace(namespace, [{ channel: `${namespace}/*` }], { ttlSeconds: 60, maxMessages: 10 });
        const listener = await cloud.listen({ sub: "ada", channels: [`${namespace}/1`] });

        while ((await cloud.redrive(true)).redriven > 0) {
            // A notifier that has not heard of the namespace yet rejects the event again.
        }

        const message = await listener.message();
        assert.deepEqual([message["event"], message["data"], message["offset"]], ["Said", "at last", 1]);
        assert.deepEqual(await cloud.redrive(false), { redriven: 0, kept: 0 });
    });
});
