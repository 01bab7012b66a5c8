import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import WebSocket from "ws";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud } from "./support/fault-cloud";
import { MovableTime } from "./support/movable-time";
import { Dice } from "../../simulation/dice";
import { Troubles } from "./world/troubles";
import { Visitor } from "./world/visitor";

const KINDS = [
    "publish",
    "repeat",
    "wait",
    "cut",
    "reload",
    "leave",
    "subscribe",
    "crash",
    "throttle",
    "storm",
    "loseDisconnects",
] as const;

interface Step {
    readonly kind: (typeof KINDS)[number];
    readonly seed: number;
}

const WEIGHTS: Readonly<Record<Step["kind"], number>> = {
    publish: 12,
    repeat: 2,
    wait: 8,
    cut: 2,
    reload: 2,
    leave: 1,
    subscribe: 2,
    crash: 3,
    throttle: 1,
    storm: 2,
    loseDisconnects: 1,
};

const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
    fc.record({
        kind: fc.oneof(...KINDS.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: fc.constant(kind) }))),
        seed: fc.nat({ max: 0xffff }),
    }),
    { minLength: 20, maxLength: 40, size: "max" },
);

/** Few, since these take real time; `promise.faults.ts` has many. */
const RUNS = { numRuns: 6, endOnFailure: true };

/** Two users' pages on one channel of the real cloud, and what happens to them. */
class Scene {
    private readonly time = new MovableTime();
    private readonly sockets: WebSocket[] = [];
    private readonly visitors: readonly Visitor[];
    private readonly troubles: Troubles;
    private readonly published = new Set<string>();

    constructor(
        private readonly faults: FaultCloud,
        private readonly channel: string,
        dice: Dice,
    ) {
        this.troubles = new Troubles(dice);
        faults.failing = {
            dynamoDb: this.troubles.ofDynamoDb,
            connections: this.troubles.ofPost,
            disconnects: this.troubles.isDisconnectLost,
            crashes: () => this.troubles.death(),
        };
        const { sockets } = this;
        class KeptWebSocket extends WebSocket {
            constructor(url: string, protocols: string[]) {
                super(url, protocols);
                sockets.push(this);
            }
        }
        this.visitors = ["ada", "bob"].map(
            (sub) =>
                new Visitor(sub, channel, faults.cloud.platform.webSocketUrl, {
                    token: () => faults.cloud.mint({ sub }),
                    WebSocket: KeptWebSocket,
                    clock: this.time,
                    random: dice.next,
                    backoff: { baseMs: 10, capMs: 100 },
                }),
        );
    }

    async run({ kind, seed }: Step): Promise<void> {
        const visitor = this.visitors[seed % this.visitors.length];
        switch (kind) {
            case "publish":
                await this.put(`m${this.published.size + 1}`);
                break;
            case "repeat":
                await this.put([...this.published][seed % Math.max(1, this.published.size)] ?? "m1");
                break;
            case "wait":
                await sleep(seed % 200);
                break;
            case "cut":
                this.sockets[seed % this.sockets.length]?.terminate();
                break;
            case "reload":
                visitor?.reload();
                break;
            case "leave":
                visitor?.leave();
                break;
            case "subscribe":
                visitor?.subscribe();
                break;
            case "crash":
            case "throttle":
            case "storm":
            case "loseDisconnects":
                this.troubles[kind](seed);
        }
    }

    /** From now on all goes well, and delays pass quickly, until the log is whole and everybody is at its end. */
    async heal(): Promise<readonly string[]> {
        this.troubles.end();
        await this.put("end");
        for (;;) {
            await sleep(200);
            this.time.advance(2_000);
            await this.faults.redriveLetters();
            const log = await this.faults.log(this.channel);
            const isEverybodyThere = this.visitors.every(
                ({ isSubscribed, position }) => !isSubscribed || position?.offset === log.length,
            );
            if (log.length >= this.published.size && isEverybodyThere) {
                return log;
            }
        }
    }

    assertPromise(log: readonly string[], epoch: string): void {
        const ids = log.map((line) => line.replace(/^\d+ /, ""));
        assert.deepEqual(
            log.map((line) => line.replace(/ .*$/, "")),
            ids.map((_, index) => String(index + 1)),
        );
        assert.deepEqual([...ids].sort(), [...this.published].sort(), "every key has one number");
        for (const visitor of this.visitors) {
            visitor.assertPromise(ids, epoch);
            assert.equal(visitor.gapCount, 0);
        }
    }

    close(): void {
        this.visitors.forEach((visitor) => {
            visitor.close();
        });
    }

    private async put(key: string): Promise<void> {
        this.published.add(key);
        await this.faults.putEvents(this.channel, [key]);
    }
}

describe("The promise, over random failures of the real programs and bundles, on real sockets", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    it("holds: every message once, in order, and no gap", async () => {
        await fc.assert(
            fc.asyncProperty(STEPS, fc.nat(), async (steps, seed) => {
                const channel = `${await faults.namespace({ maxMessages: 1_000 })}/1`;
                const scene = new Scene(faults, channel, new Dice(seed));
                try {
                    for (const step of steps) {
                        await scene.run(step);
                    }
                    const log = await scene.heal();
                    scene.assertPromise(log, await faults.epoch(channel));
                } finally {
                    scene.close();
                }
            }),
            RUNS,
        );
    }).timeout(600_000);
});
