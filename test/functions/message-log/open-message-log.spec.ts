import assert from "node:assert/strict";
import { openMessageLog } from "../../../functions/message-log/open-message-log";
import { SYSTEM } from "../../../functions/edges/system";
import { entryOf, LogCloud, offsetsAndIds } from "./log-cloud";

describe("openMessageLog", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
    });

    afterEach(async () => {
        await cloud.close();
    });

    it("opens both sides of one log, whose epochs are short and random", async () => {
        const { messageLog, history } = openMessageLog(LogCloud.LOG, { ...SYSTEM, documents: cloud.documents() });
        const epochs = new Set<string>();
        for (const channel of ["orders/1", "orders/2"]) {
            const { position: before } = await history.since(channel, undefined, "c1=");
            assert.ok(before);
            await messageLog.append(channel, entryOf("a"), { ttlSeconds: 60, maxMessages: 10 });
            const missed: string[] = [];
            for await (const frame of (await history.since(channel, before, "c1=")).missed) {
                missed.push(frame);
            }
            assert.deepEqual(offsetsAndIds(missed), ["1 a"]);
            assert.match(before.epoch, /^[\w-]{12}$/);
            epochs.add(before.epoch);
        }
        assert.equal(epochs.size, 2);
    });
});
