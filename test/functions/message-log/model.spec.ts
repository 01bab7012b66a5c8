import assert from "node:assert/strict";
import fc from "fast-check";
import type { Position } from "../../../contract/protocol";
import type { Around, Recovered } from "./log-cloud";
import { entryOf, LogCloud } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 4 };
const EPOCH_LIFE_MS = 22 * 24 * 3600 * 1000;

/**
 * What happens: messages are published, at once; a client that is some messages behind asks; time passes; TTL
 * deletes.
 */
type Action =
    | {
          readonly do: "publish";
          readonly keys: readonly string[];
          readonly dieOn?: number;
          readonly death: "before" | "after";
      }
    | { readonly do: "since"; readonly behind: number; readonly pageSize?: number }
    | { readonly do: "wait"; readonly seconds: number }
    | { readonly do: "sweep" }
    | { readonly do: "idle until the epoch ends" };

const action: fc.Arbitrary<Action> = fc.oneof(
    {
        weight: 6,
        arbitrary: fc.record({
            do: fc.constant("publish" as const),
            keys: fc.array(fc.integer({ min: 1, max: 12 }).map(String), { minLength: 1, maxLength: 3 }),
            dieOn: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
            death: fc.constantFrom("before" as const, "after" as const),
        }),
    },
    {
        weight: 4,
        arbitrary: fc.record({
            do: fc.constant("since" as const),
            behind: fc.integer({ min: -1, max: 6 }),
            pageSize: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
        }),
    },
    {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 1000, 2000, 3600) }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "sweep" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "idle until the epoch ends" as const }) },
);

/**
 * What the log promises, as a check of what was seen of one epoch: one list of messages, of which every answer showed a
 * part. `settle` compares, once every crashed append has been tried again and so every message has been seen.
 */
class EpochAsSeen {
    readonly #ids = new Map<number, string>();
    readonly #tries = new Map<string, number[]>();
    readonly #answers: { readonly asked: Position; readonly answer: Recovered; readonly at: number }[] = [];
    #highest = 0;

    tried(key: string, at: number): void {
        this.#tries.set(key, [...(this.#tries.get(key) ?? []), at]);
    }

    numbered(offset: number, id: string): void {
        assert.equal(this.#ids.get(offset) ?? id, id, `two messages have number ${offset}`);
        this.#ids.set(offset, id);
        this.#highest = Math.max(this.#highest, offset);
    }

    answered(asked: Position, answer: Recovered, at: number): void {
        assert.ok(answer.position.offset >= this.#highest, "a message that was numbered is not in the log");
        for (const frame of answer.missed) {
            const { offset, id } = JSON.parse(frame) as { offset: number; id: string };
            this.numbered(offset, id);
        }
        this.#highest = Math.max(this.#highest, answer.position.offset);
        this.#answers.push({ asked, answer, at });
    }

    settle(): void {
        const numbered = Array.from({ length: this.#highest }, (_, index) => this.#ids.get(index + 1));
        assert.ok(
            numbered.every((id) => id !== undefined),
            "a number was left out",
        );
        assert.equal(new Set(numbered).size, numbered.length, "a message has two numbers");
        for (const { asked, answer, at } of this.#answers) {
            this.#check(asked, answer, at);
        }
    }

    #check(asked: Position, { recovered, position, missed }: Recovered, at: number): void {
        const count = position.offset - asked.offset;
        const within = asked.epoch === position.epoch && count >= 0 && count <= SETTINGS.maxMessages;
        const ids = within
            ? Array.from({ length: count }, (_, index) => this.#ids.get(asked.offset + index + 1) ?? "")
            : [];
        const since = at - SETTINGS.ttlSeconds * 1000;
        const alive = (id: string): boolean[] => (this.#tries.get(id) ?? []).map((time) => time > since);
        if (recovered) {
            assert.ok(within);
            assert.deepEqual(
                missed.map((frame) => (JSON.parse(frame) as { offset: number }).offset),
                ids.map((_, index) => asked.offset + index + 1),
            );
            assert.ok(
                ids.every((id) => alive(id).some(Boolean)),
                "a message came back after its time",
            );
        } else {
            assert.deepEqual(missed, []);
            assert.ok(
                !within || ids.some((id) => alive(id).some((living) => !living)),
                "messages that are kept were not given",
            );
        }
    }
}

class Crash extends Error {}

function dyingOn(fatal: number | undefined, death: "before" | "after"): Around {
    let count = 0;
    return async (_operation, request) => {
        count++;
        if (fatal === undefined || count < fatal || (count === fatal && death === "after")) {
            await request();
        }
        if (fatal !== undefined && count >= fatal) {
            throw new Crash();
        }
    };
}

/** One channel through one sequence of actions. */
class Run {
    readonly #crashed = new Set<string>();
    #seen = new EpochAsSeen();
    #last: Position = { epoch: "none", offset: 0 };

    constructor(
        private readonly cloud: LogCloud,
        private readonly channel: string,
    ) {}

    async do(action: Action): Promise<void> {
        switch (action.do) {
            case "publish":
                await Promise.all(
                    action.keys.map((key, index) =>
                        this.#publish(key, index === 0 ? dyingOn(action.dieOn, action.death) : undefined),
                    ),
                );
                return;
            case "since":
                await this.#since(action.behind, action.pageSize);
                return;
            case "wait":
                this.cloud.clock.now += action.seconds * 1000;
                return;
            case "sweep":
                await this.cloud.sweep();
                return;
            case "idle until the epoch ends":
                await this.settle();
                this.cloud.clock.now += EPOCH_LIFE_MS;
                this.#seen = new EpochAsSeen();
                return;
        }
    }

    /** The platform tries again what has crashed; then all that was seen has to fit together. */
    async settle(): Promise<void> {
        for (const key of this.#crashed) {
            await this.#publish(key);
        }
        this.#crashed.clear();
        this.#seen.settle();
    }

    async #publish(key: string, around?: Around): Promise<void> {
        const log = this.cloud.environment(around === undefined ? {} : { around });
        this.#seen.tried(key, this.cloud.clock.now);
        try {
            const { position, entry } = await log.append({ ...entryOf(key), channel: this.channel }, SETTINGS);
            assert.equal(entry.id, key);
            this.#seen.numbered(position.offset, key);
            this.#last = position;
        } catch (error) {
            if (!(error instanceof Crash)) {
                throw error;
            }
            this.#crashed.add(key);
        }
    }

    async #since(behind: number, pageSize?: number): Promise<void> {
        const log = this.cloud.environment(pageSize === undefined ? {} : { pageSize });
        const asked = { epoch: this.#last.epoch, offset: Math.max(0, this.#last.offset - behind) };
        const answer = await log.since(this.channel, asked);
        this.#seen.answered(asked, answer, this.cloud.clock.now);
        this.#last = answer.position;
    }
}

describe("The message log, whatever happens", () => {
    let cloud: LogCloud;

    before(async () => {
        cloud = await LogCloud.start();
    });

    after(async () => {
        await cloud.close();
    });

    it("numbers each message once, without holes, and gives back what is kept of them, or says that it cannot", async function () {
        this.timeout(60_000);
        let channels = 0;
        await fc.assert(
            fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25, size: "max" }), async (actions) => {
                const run = new Run(cloud, `orders/${++channels}`);
                for (const next of actions) {
                    await run.do(next);
                }
                await run.settle();
            }),
            { numRuns: 25 },
        );
    });
});
