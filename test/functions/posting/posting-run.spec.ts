import { strict as assert } from "node:assert";
import { VirtualTime } from "../../../simulation/virtual-time";
import type { Recipient } from "../../../functions/registry/audience";
import { Slots } from "../../../functions/runtime/concurrency";
import type { PostingResult } from "../../../functions/posting/posting-run";
import { postToAll } from "../../../functions/posting/posting-run";
import { Regulator } from "../../../functions/posting/regulator";
import { TokenBucket } from "../../../functions/posting/token-bucket";
import type { PostOutcome } from "../../../functions/transports/transport";
import { RecordingLog } from "../../fakes/recorders";

const DELIVERED: PostOutcome = { kind: "delivered" };
const THROTTLED: PostOutcome = { kind: "throttled", reason: "429" };
const UNAVAILABLE: PostOutcome = { kind: "unavailable", reason: "500" };
const GONE: PostOutcome = { kind: "gone" };
const REFUSED: PostOutcome = { kind: "refused", reason: "403" };

interface Situation {
    readonly connections: number;
    /** How a post ends, and after how many milliseconds. `attempt` counts the posts to this connection, from 1. */
    readonly answer: (index: number, attempt: number, elapsedMs: number) => readonly [PostOutcome, number];
    readonly ratePerSecond?: number;
    readonly burst?: number;
    readonly slots?: number;
    readonly patient?: boolean;
    readonly untilMs?: number;
    readonly connectedSecondsAgo?: number;
}

interface Observed extends PostingResult {
    readonly posts: readonly { readonly index: number; readonly at: number }[];
    readonly mostInFlight: number;
    readonly elapsedMs: number;
    readonly causes: Readonly<Record<string, number>>;
}

async function post(situation: Situation): Promise<Observed> {
    const { connections, answer, ratePerSecond = 1_000_000, burst = 1_000_000, slots = 256 } = situation;
    const time = new VirtualTime();
    const beganAt = time.clock();
    const posts: { index: number; at: number }[] = [];
    let inFlight = 0;
    let mostInFlight = 0;
    const frame = {
        postTo: async (connectionId: string): Promise<PostOutcome> => {
            const index = Number(connectionId);
            posts.push({ index, at: time.clock() - beganAt });
            mostInFlight = Math.max(mostInFlight, ++inFlight);
            const attempt = posts.filter((one) => one.index === index).length;
            const [outcome, afterMs] = answer(index, attempt, time.clock() - beganAt);
            await time.sleep(afterMs);
            inFlight--;
            return outcome;
        },
    };
    const deps = {
        registry: { remove: async () => undefined },
        clock: time.clock,
        sleep: time.sleep,
        random: () => 0.5,
        log: new RecordingLog(),
        graceSeconds: 30,
        slots: new Slots(slots),
        regulator: new Regulator(new TokenBucket(ratePerSecond, burst, time.clock), time.clock),
        patient: situation.patient ?? true,
    };
    const connectedAt = beganAt - (situation.connectedSecondsAgo ?? 600) * 1_000;
    const ids = Array.from({ length: connections }, (_, n) => String(n));
    const recipients = ids.map((connectionId): Recipient => ({ connectionId, connectedAt }));
    let elapsedMs = 0;
    let result: PostingResult | undefined;
    let failure: unknown;
    postToAll(deps, recipients, "orders/1", frame, beganAt + (situation.untilMs ?? 60_000)).then(
        (value) => {
            result = value;
            elapsedMs = time.clock() - beganAt;
        },
        (error: unknown) => {
            failure = error;
        },
    );
    await time.run();
    if (result === undefined) {
        throw failure;
    }
    const causes: Record<string, number> = {};
    result.unreached.forEach(({ cause }) => {
        causes[cause] = (causes[cause] ?? 0) + 1;
    });
    assert.equal(result.delivered + result.stale + result.unreached.length, connections, "each is counted once");
    return { ...result, posts, mostInFlight, elapsedMs, causes };
}

describe("Posting to many", () => {
    it("posts to each once where all is well, as many at a time as there are slots", async () => {
        const { delivered, posts, mostInFlight, elapsedMs } = await post({
            connections: 100,
            slots: 10,
            answer: () => [DELIVERED, 20],
        });
        assert.deepEqual([delivered, posts.length, mostInFlight, elapsedMs], [100, 100, 10, 200]);
    });

    it("keeps the rate: a burst, and then so many a second", async () => {
        const { posts } = await post({ connections: 300, ratePerSecond: 100, burst: 50, answer: () => [DELIVERED, 5] });
        for (const second of [0, 1, 2]) {
            const count = posts.filter(({ at }) => at >= second * 1_000 && at < (second + 1) * 1_000).length;
            assert.ok(count <= (second === 0 ? 150 : 101), `${count} in second ${second}`);
        }
        assert.equal(posts.at(-1)?.at, 2_500);
    });

    it("tries failures again while the others are under way, at random times within a bound that doubles", async () => {
        const failures = [THROTTLED, UNAVAILABLE, THROTTLED];
        const { delivered, posts } = await post({
            connections: 10,
            answer: (index, attempt) => [index === 3 ? (failures[attempt - 1] ?? DELIVERED) : DELIVERED, 10],
        });
        assert.equal(delivered, 10);
        assert.deepEqual(
            posts.filter(({ index }) => index === 3).map(({ at }) => at),
            [0, 15, 35, 65],
        );
    });

    it("leaves what keeps failing, with its cause and the last reason", async () => {
        const { unreached, posts } = await post({
            connections: 3,
            answer: (index) => [[DELIVERED, THROTTLED, REFUSED][index] ?? DELIVERED, 10],
        });
        assert.deepEqual(unreached.map(({ connectionId, cause, reason }) => [connectionId, cause, reason]).sort(), [
            ["1", "throttled", "429"],
            ["2", "refused", "403"],
        ]);
        assert.equal(posts.filter(({ index }) => index === 1).length, 12);
        assert.equal(posts.filter(({ index }) => index === 2).length, 1);
    });

    it("tries a fresh connection that is not there a few times, and an old one never again", async () => {
        const answer = (): readonly [PostOutcome, number] => [GONE, 10];
        const fresh = await post({ connections: 5, connectedSecondsAgo: 1, answer });
        assert.deepEqual([fresh.stale, fresh.causes, fresh.posts.length], [0, { fresh: 5 }, 15]);
        const old = await post({ connections: 5, answer });
        assert.deepEqual([old.stale, old.causes, old.posts.length], [5, {}, 5]);
    });

    it("does not wait for the few that do not answer, nor count their late answers", async () => {
        const { delivered, causes, elapsedMs } = await post({
            connections: 100,
            answer: (index) => [DELIVERED, index < 3 ? 3_000 : 20],
        });
        assert.deepEqual([delivered, causes], [97, { silent: 3 }]);
        assert.equal(elapsedMs, 500);
    });

    it("waits for the slow where all are slow", async () => {
        const { delivered } = await post({ connections: 100, answer: () => [DELIVERED, 2_500] });
        assert.equal(delivered, 100);
    });

    it("takes a late failure for silence, and does not wait for another", async () => {
        const { causes, posts } = await post({ connections: 10, answer: () => [UNAVAILABLE, 3_000] });
        assert.deepEqual([causes, posts.length], [{ silent: 10 }, 10]);
    });

    it("slows down in a storm, then leaves off, and leaves the rest untried", async () => {
        const { posts, causes } = await post({
            connections: 5_000,
            ratePerSecond: 1_000,
            burst: 5_000,
            answer: () => [THROTTLED, 10],
        });
        assert.ok(posts.length < 1_000, `${posts.length} posts`);
        assert.ok((causes["untried"] ?? 0) > 4_000);
        assert.equal((causes["untried"] ?? 0) + (causes["throttled"] ?? 0), 5_000);
    });

    it("goes on after a short storm", async () => {
        const { delivered } = await post({
            connections: 3_000,
            ratePerSecond: 2_000,
            burst: 1_000,
            answer: (_, __, elapsedMs) => [elapsedMs > 20 && elapsedMs < 150 ? THROTTLED : DELIVERED, 10],
        });
        assert.equal(delivered, 3_000);
    });

    it("begins nothing after its time, and says so", async () => {
        const { posts, unreached, elapsedMs } = await post({
            connections: 100,
            ratePerSecond: 10,
            burst: 1,
            untilMs: 2_000,
            answer: () => [DELIVERED, 10],
        });
        assert.equal(posts.length, 20);
        const reasons = new Set(unreached.map(({ cause, reason }) => `${cause}: ${reason}`));
        assert.deepEqual([...reasons], ["untried: not tried: time ran out"]);
        assert.ok(elapsedMs < 2_200);
    });

    describe("in a hurry", () => {
        it("waits for no rate: the rest is left untried at once", async () => {
            const { posts, causes, elapsedMs } = await post({
                connections: 1_000,
                ratePerSecond: 10,
                burst: 300,
                patient: false,
                answer: () => [DELIVERED, 10],
            });
            assert.deepEqual([posts.length, causes, elapsedMs], [300, { untried: 700 }, 20]);
        });

        it("leaves off at the first sign of a storm", async () => {
            const { posts, causes } = await post({
                connections: 3_000,
                patient: false,
                slots: 50,
                answer: () => [THROTTLED, 10],
            });
            assert.ok(posts.length <= 100, `${posts.length} posts`);
            assert.ok((causes["untried"] ?? 0) > 2_900);
        });

        it("tries failures again a few times only", async () => {
            const { posts } = await post({ connections: 1, patient: false, answer: () => [THROTTLED, 10] });
            assert.equal(posts.length, 3);
        });
    });

    it("throws where there is nothing to sign with", async () => {
        await assert.rejects(
            post({
                connections: 3,
                answer: (index) => {
                    if (index === 1) {
                        throw new Error("no credentials");
                    }
                    return [DELIVERED, 1];
                },
            }),
            /no credentials/,
        );
    });
});
