import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { Outcome, Scenario } from "../../../simulation/fan-out/world";
import { simulate } from "../../../simulation/fan-out/world";
import type { PostFaults } from "../../../simulation/post-faults";
import { NO_FAULTS } from "../../../simulation/post-faults";

const USUAL: Scenario = { connections: 8_000, deliveryRate: 5_000, seed: 1 };

/** Faults while the condition holds for the milliseconds since the message was published. */
function during(from: number, to: number, faults: Partial<PostFaults>): (elapsedMs: number) => PostFaults {
    return (elapsedMs) => (elapsedMs >= from && elapsedMs < to ? { ...NO_FAULTS, ...faults } : NO_FAULTS);
}

/**
 * The planner and the deliverers in virtual time, against models of the account, the gateway, SQS, Lambda and DynamoDB.
 * The models are ours: that AWS behaves so is not shown here.
 */
describe("A message to a large audience", () => {
    describe("when all goes well", () => {
        let outcome: Outcome;
        before(async () => {
            outcome = await simulate({ ...USUAL, isGone: (index) => index % 100 === 0 });
        });

        it("reaches everybody who is there, once, and takes whoever is gone out of the registry", () => {
            assert.deepEqual(
                [outcome.reached, outcome.duplicates, outcome.pruned, outcome.deadLettered.size, outcome.lost],
                [7_920, 0, 80, 0, 0],
            );
            assert.deepEqual(outcome.counts, { delivered: 7_920, stale: 80, failed: 0 });
        });

        it("is reported as far as it is done: some delivered at once, the rest queued", () => {
            const { audience, delivered, stale, queued, failed } = outcome.report;
            assert.equal(audience, 8_000);
            assert.equal(delivered + stale + queued + failed, 8_000);
            assert.ok(delivered > 1_000 && queued > 1_000);
        });

        it("takes no longer than its rate asks for, by much", () => {
            assert.ok(outcome.finishedAfterMs < (8_000 / 5_000) * 1_000 * 1.15);
        });
    });

    it("leaves the account's other APIs what is theirs", async () => {
        const { others, throttledPosts, lost } = await simulate({
            ...USUAL,
            connections: 30_000,
            deliveryRate: 5_000,
            otherApis: 4_500,
        });
        assert.ok(others.asked > 20_000);
        assert.deepEqual([others.throttled, throttledPosts, lost], [0, 0, 0]);
    });

    for (const warm of [false, true]) {
        for (const messages of [10, 100]) {
            it(`leaves them as much with ${messages - 1} others at once, and is not lost; deliverers ${warm ? "warm" : "cold"}`, async () => {
                for (const [deliveryRate, otherApis] of [
                    [2_000, 7_500],
                    [5_000, 4_500],
                ] as const) {
                    const outcome = await simulate({
                        connections: 1_400,
                        messages,
                        deliveryRate,
                        otherApis,
                        warm,
                        duplicates: 0.001,
                        seed: 1,
                    });
                    const { others, throttledPosts, burst, reached, lost, report } = outcome;
                    assert.deepEqual([others.throttled, throttledPosts, lost], [0, 0, 0]);
                    assert.equal(reached, messages * 1_400);
                    assert.ok(burst <= deliveryRate, `${burst} posts ahead of the rate`);
                    assert.ok(
                        report.delivered >= 1_400 && report.delivered <= deliveryRate,
                        `${report.delivered} directly`,
                    );
                }
            });
        }
    }

    it("takes its turn with many others of a middling size, without waiting for the deliverers if there is room", async () => {
        const { report, finishedAfterMs } = await simulate({
            ...USUAL,
            connections: 60,
            messages: 50,
            deliveryRate: 5_000,
        });
        assert.ok(report.delivered > 2_500, `${report.delivered} of 3,000 directly`);
        assert.ok(finishedAfterMs < 1_000);
    });

    const storms: readonly (readonly [string, Partial<PostFaults>])[] = [
        ["429", { throttled: 0.95 }],
        ["5xx", { serverError: 1 }],
        ["resets", { reset: 1 }],
        ["time-outs", { timeout: 0.5 }],
    ];
    for (const [what, faults] of storms) {
        it(`outlives a storm of ${what}: only who was not reached is tried again, and nobody is given up`, async () => {
            const outcome = await simulate({ ...USUAL, faults: during(200, 20_000, faults) });
            assert.deepEqual([outcome.reached, outcome.lost, outcome.deadLettered.size], [8_000, 0, 0]);
            assert.deepEqual(outcome.counts, { delivered: 8_000, stale: 0, failed: 0 });
            assert.ok(outcome.posts < 20 * 5_000, `${outcome.posts} posts stay within the rate`);
        });
    }

    it("is given up for those who cannot be reached until the attempts run out, and for nobody else", async () => {
        const outcome = await simulate({
            ...USUAL,
            connections: 3_000,
            maxAttempts: 3,
            faults: during(80, Infinity, { throttled: 1 }),
        });
        assert.ok(outcome.reached > 200 && outcome.reached < 2_500);
        assert.equal(outcome.reached + outcome.deadLettered.size, 3_000);
        assert.equal(outcome.lost, 0);
        assert.deepEqual(outcome.counts, { delivered: outcome.reached, stale: 0, failed: outcome.deadLettered.size });
    });

    it("is given up once it is too old", async () => {
        const outcome = await simulate({
            ...USUAL,
            connections: 2_000,
            maxAgeSeconds: 60,
            maxAttempts: 1_000,
            faults: during(0, Infinity, { serverError: 1 }),
        });
        assert.equal(outcome.deadLettered.size, 2_000);
        assert.deepEqual(outcome.counts, { delivered: 0, stale: 0, failed: 2_000 });
    });

    it("reaches connections whose sockets open late, and prunes fresh ones only once they are not", async () => {
        const gone = (index: number): boolean => index % 4 === 0;
        const outcome = await simulate({ ...USUAL, connections: 2_000, connectedSecondsAgo: 2, isGone: gone });
        assert.deepEqual([outcome.reached, outcome.pruned, outcome.lost], [1_500, 500, 0]);
        assert.deepEqual(outcome.counts, { delivered: 1_500, stale: 500, failed: 0 });
    });

    it("survives deliverers that die at any moment: their chunks come back", async () => {
        const outcome = await simulate({ ...USUAL, crashes: 0.2, maxAgeSeconds: 7_200 });
        assert.deepEqual([outcome.reached, outcome.lost, outcome.deadLettered.size], [8_000, 0, 0]);
        assert.ok(outcome.duplicates > 0 && outcome.duplicates < 4_000);
        assert.ok(outcome.instances > 3);
    });

    for (const notifierDiesAfterMs of [1, 10, 20, 40, 60, 80, 100, 150, 200, 300]) {
        it(`survives the notifier's death after ${notifierDiesAfterMs} ms: Lambda runs it again`, async () => {
            const outcome = await simulate({ ...USUAL, notifierDiesAfterMs });
            assert.deepEqual([outcome.reached, outcome.lost], [8_000, 0]);
            assert.ok(outcome.duplicates <= 8_000);
        });
    }

    it("may come twice where the bus hands over the event twice, and is never missed", async () => {
        const outcome = await simulate({ ...USUAL, eventTwice: true });
        assert.deepEqual([outcome.reached, outcome.duplicates, outcome.lost], [8_000, 8_000, 0]);
    });

    it("is not lost where SQS hands out chunks twice and does not take all of a batch", async () => {
        const outcome = await simulate({ ...USUAL, duplicates: 0.1, unsent: 0.2 });
        assert.deepEqual([outcome.reached, outcome.lost], [8_000, 0]);
        assert.ok(outcome.duplicates > 0 && outcome.duplicates < 4_000);
    });

    it("is not lost where DynamoDB throttles every second read", async () => {
        const outcome = await simulate({ ...USUAL, connections: 40_000, throttledReads: 0.5 });
        assert.deepEqual([outcome.reached, outcome.lost], [40_000, 0]);
    });

    it("reaches everybody or leaves a dead letter, whatever goes wrong together", async () => {
        const share = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });
        const scenarios = fc.record({
            connections: fc.integer({ min: 1, max: 3_000 }),
            messages: fc.integer({ min: 1, max: 4 }),
            deliveryRate: fc.constantFrom(50, 500, 2_000, 10_000),
            seed: fc.integer(),
            warm: fc.boolean(),
            crashes: share(0.2),
            duplicates: share(0.2),
            unsent: share(0.2),
            throttledReads: share(0.5),
            maxAttempts: fc.integer({ min: 2, max: 10 }),
            connectedSecondsAgo: fc.constantFrom(1, 20, 600),
            goneEvery: fc.integer({ min: 2, max: 50 }),
            faults: fc.record({
                throttled: share(0.7),
                serverError: share(0.3),
                reset: share(0.3),
                timeout: share(0.1),
            }),
        });
        await fc.assert(
            fc.asyncProperty(scenarios, async ({ goneEvery, faults, ...scenario }) => {
                const isGone = (index: number): boolean => index % goneEvery === 0;
                const outcome = await simulate({ ...scenario, isGone, faults: () => faults });
                assert.equal(outcome.lost, 0);
                const connections = scenario.connections * scenario.messages;
                const reachable = connections - Math.ceil(connections / goneEvery);
                assert.ok(outcome.eventGivenUp || outcome.reached + outcome.deadLettered.size >= reachable);
            }),
            { numRuns: 25 },
        );
    });
});
