import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { MAX_CHANNEL_LENGTH } from "../../../contract/limits";
import { headKey, usedIdKey } from "../../../functions/message-log/rows";
import { channelKey } from "../../../functions/registry/channel-key";
import { subscriptionKey } from "../../../functions/registry/registry-rows";

const LONGEST = `orders/${"x".repeat(MAX_CHANNEL_LENGTH - "orders/".length)}`;

describe("A channel in a table's key", () => {
    it("is itself, where it is not long", () => {
        assert.equal(channelKey("orders/@user/ada"), "orders/@user/ada");
    });

    it("fits into the 2,048 bytes of a partition key, and a thousand of them into the 400 KB of a row", () => {
        for (const { pk } of [
            subscriptionKey(LONGEST, "IU3kkeN4IAMCJwA="),
            headKey(LONGEST),
            usedIdKey(LONGEST, "d".repeat(43)),
        ]) {
            assert.ok(Buffer.byteLength(pk) <= 2_048, pk);
        }
        assert.ok(channelKey(LONGEST).length * 1_000 < 400 * 1_024);
    });

    it("is another one for another channel, also where they begin alike, and its own key", () => {
        const tail = fc.stringMatching(/^[a-c]{0,3}$/);
        const length = fc.constantFrom(1, 200, 249, 256, 257, 3_000);
        fc.assert(
            fc.property(length, tail, length, tail, (oneLength, one, otherLength, other) => {
                const [first, second] = [`${"x".repeat(oneLength)}${one}`, `${"x".repeat(otherLength)}${other}`];
                assert.equal(channelKey(first) === channelKey(second), first === second);
                assert.equal(channelKey(channelKey(first)), channelKey(first));
            }),
        );
    });
});
