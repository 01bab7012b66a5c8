import { strict as assert } from "node:assert";
import type { AttemptOutcome } from "../../../functions/posting/attempt";
import { attemptPost } from "../../../functions/posting/attempt";
import type { PostOutcome } from "../../../functions/transports/transport";
import { RecordingLog } from "../../fakes/recorders";

const NOW = 1_707_502_303_000;
const OLD = NOW - 30_000;
const FRESH = NOW - 29_999;
const GONE: PostOutcome = { kind: "gone" };

describe("An attempt to post to a connection", () => {
    it("removes the connection that is gone, that one, and says on which channel it was found", async () => {
        const { outcome, pruned } = await attempt(GONE, OLD);
        assert.deepEqual(outcome, { kind: "stale" });
        assert.deepEqual(pruned, [["conn=", "orders/1"]]);
    });

    it("does not remove a connection that is fresh: its socket may be about to open", async () => {
        const { outcome, pruned } = await attempt(GONE, FRESH);
        assert.deepEqual(outcome, {
            kind: "again",
            cause: "fresh",
            reason: "410, right after the connection was made",
        });
        assert.deepEqual(pruned, []);
    });

    it("asks for another one after 429, 5xx, time-outs and resets, and says why", async () => {
        for (const kind of ["throttled", "unavailable"] as const) {
            const { outcome, pruned } = await attempt({ kind, reason: "as it was" }, OLD);
            assert.deepEqual(outcome, { kind: "again", cause: kind, reason: "as it was" });
            assert.deepEqual(pruned, []);
        }
    });

    it("hands on what is final", async () => {
        for (const final of [{ kind: "delivered" }, { kind: "refused", reason: "403" }] as const) {
            assert.deepEqual((await attempt(final, OLD)).outcome, final);
        }
    });

    it("goes on where the registry cannot be cleaned: the next message will", async () => {
        const log = new RecordingLog();
        const { outcome } = await attempt(GONE, OLD, { log, removal: new Error("throttled") });
        assert.deepEqual(outcome, { kind: "stale" });
        assert.deepEqual(
            log.lines.map(({ level }) => level),
            ["warn"],
        );
    });
});

interface Observed {
    readonly outcome: AttemptOutcome;
    readonly pruned: readonly (readonly [string, string | undefined])[];
}

async function attempt(
    answer: PostOutcome,
    connectedAt: number,
    { log = new RecordingLog(), removal }: { log?: RecordingLog; removal?: Error } = {},
): Promise<Observed> {
    const pruned: (readonly [string, string | undefined])[] = [];
    const deps = {
        registry: {
            async remove(connectionId: string, foundOn?: string): Promise<void> {
                if (removal !== undefined) {
                    throw removal;
                }
                pruned.push([connectionId, foundOn]);
            },
        },
        clock: () => NOW,
        log,
        graceSeconds: 30,
    };
    const outcome = await attemptPost(deps, { connectionId: "conn=", connectedAt }, "orders/1", {
        postTo: async () => answer,
    });
    return { outcome, pruned };
}
