import { strict as assert } from "node:assert";
import type { DeliveryOutcome } from "../../../functions/lib/delivery";
import { createDeliver } from "../../../functions/lib/delivery";
import type { PostOutcome } from "../../../functions/lib/sender";
import { createPayload } from "../../../functions/lib/sigv4";
import { RecordingLog } from "../../fakes/recorders";

const NOW = 1_707_502_303_000;
const OLD = NOW - 30_000;
const FRESH = NOW - 29_999;

const DELIVERED: PostOutcome = { kind: "delivered" };
const GONE: PostOutcome = { kind: "gone" };
const THROTTLED: PostOutcome = { kind: "throttled", reason: "429" };
const UNAVAILABLE: PostOutcome = { kind: "unavailable", reason: "ECONNRESET" };
const REFUSED: PostOutcome = { kind: "refused", reason: "403" };

describe("Delivery to one connection", () => {
    it("is one post where all is well", async () => {
        assert.deepEqual(await deliver([DELIVERED]), {
            outcome: { kind: "delivered" },
            posts: 1,
            waits: [],
            pruned: [],
        });
    });

    it("removes the connection that is gone, that one, and says on which channel it was found", async () => {
        const { outcome, posts, pruned } = await deliver([GONE], OLD);
        assert.deepEqual(outcome, { kind: "stale" });
        assert.equal(posts, 1);
        assert.deepEqual(pruned, [["conn=", "orders/1"]]);
    });

    it("does not remove a connection that is fresh: its socket may be about to open", async () => {
        const { outcome, pruned } = await deliver([GONE, GONE, GONE, GONE], FRESH);
        assert.deepEqual(outcome, { kind: "stale" });
        assert.deepEqual(pruned, []);
    });

    it("reaches a connection whose socket opens meanwhile", async () => {
        const { outcome, posts, pruned } = await deliver([GONE, GONE, DELIVERED], FRESH);
        assert.deepEqual(outcome, { kind: "delivered" });
        assert.equal(posts, 3);
        assert.deepEqual(pruned, []);
    });

    it("tries again after 429, 5xx and resets, at random times within a bound that doubles", async () => {
        const { outcome, waits } = await deliver([THROTTLED, UNAVAILABLE, THROTTLED, DELIVERED], OLD);
        assert.deepEqual(outcome, { kind: "delivered" });
        assert.deepEqual(waits, [50, 100, 200]);
    });

    it("gives up after four attempts, with the last reason", async () => {
        const { outcome, posts, pruned } = await deliver(
            [THROTTLED, THROTTLED, THROTTLED, UNAVAILABLE, DELIVERED],
            OLD,
        );
        assert.deepEqual(outcome, { kind: "failed", reason: "ECONNRESET" });
        assert.equal(posts, 4);
        assert.deepEqual(pruned, []);
    });

    it("does not try again what will not change", async () => {
        const { outcome, posts, pruned } = await deliver([REFUSED, DELIVERED], OLD);
        assert.deepEqual(outcome, { kind: "failed", reason: "403" });
        assert.equal(posts, 1);
        assert.deepEqual(pruned, []);
    });

    it("goes on where the registry cannot be cleaned: the next message will", async () => {
        const log = new RecordingLog();
        const { outcome } = await deliver([GONE], OLD, { log, removal: new Error("throttled") });
        assert.deepEqual(outcome, { kind: "stale" });
        assert.deepEqual(
            log.lines.map(({ level }) => level),
            ["warn"],
        );
    });
});

interface Observed {
    readonly outcome: DeliveryOutcome;
    readonly posts: number;
    readonly waits: readonly number[];
    readonly pruned: readonly (readonly [string, string | undefined])[];
}

async function deliver(
    outcomes: readonly PostOutcome[],
    connectedAt = OLD,
    { log = new RecordingLog(), removal }: { log?: RecordingLog; removal?: Error } = {},
): Promise<Observed> {
    let posts = 0;
    const waits: number[] = [];
    const pruned: (readonly [string, string | undefined])[] = [];
    const deliverOne = createDeliver({
        sender: { post: async () => outcomes[posts++] ?? DELIVERED },
        registry: {
            async remove(connectionId, foundOn) {
                if (removal !== undefined) {
                    throw removal;
                }
                pruned.push([connectionId, foundOn]);
            },
        },
        clock: () => NOW,
        sleep: async (milliseconds) => {
            waits.push(milliseconds);
        },
        random: () => 0.5,
        log,
        graceSeconds: 30,
    });
    const outcome = await deliverOne({ connectionId: "conn=", connectedAt }, "orders/1", createPayload("x"));
    return { outcome, posts, waits, pruned };
}
