import { strict as assert } from "node:assert";
import { Slots } from "../../../functions/runtime/concurrency";
import { Regulator } from "../../../functions/posting/regulator";
import { TokenBucket } from "../../../functions/posting/token-bucket";
import type { Position } from "../../../contract/protocol";
import type { Recovery } from "../../../functions/message-log/history";
import { ReplayInterruptedError } from "../../../functions/message-log/history";
import { createReplay } from "../../../functions/replay/replay";
import type { ReplayTask } from "../../../functions/deliveries/replay-task";
import type { PostOutcome } from "../../../functions/transports/transport";
import { RecordingDeliveryQueue } from "../../fakes/delivery-queue";
import { RecordingLog } from "../../fakes/recorders";
import { fakeTransport } from "../../fakes/transport";

const NOW = 1_707_502_303_000;
const TASK: ReplayTask = {
    kind: "replay",
    connection: { connectionId: "conn=", connectedAt: NOW - 1_000 },
    channels: [
        { channel: "orders/1", since: { epoch: "e", offset: 2 } },
        { channel: "orders/2", since: { epoch: "e", offset: 0 } },
    ],
    attempt: 1,
    askedAt: NOW,
};
const DELIVERED: PostOutcome = { kind: "delivered" };
const THROTTLED: PostOutcome = { kind: "throttled", reason: "429 LimitExceededException" };

/** A deliverer's replay, over a log that holds offsets 1 to 4 of every channel, and a gateway that a test scripts. */
class Replaying {
    readonly queue = new RecordingDeliveryQueue();
    readonly log = new RecordingLog();
    readonly posted: string[] = [];
    readonly removed: string[] = [];
    readonly letters: (readonly [string, unknown])[] = [];
    readonly sleeps: number[] = [];
    now = NOW;
    /** The answer to a post: by its number, from 1, and what is posted. */
    answers: (post: number, frame: string) => PostOutcome = () => DELIVERED;
    recovery: (channel: string, position: Position | undefined) => Promise<Recovery> = async (_channel, position) => ({
        recovered: true,
        position: { epoch: "e", offset: 4 },
        missed: [1, 2, 3, 4].filter((offset) => offset > (position?.offset ?? 4)).map(String),
    });
    noLetters = false;
    private posts = 0;

    run(task: ReplayTask = TASK): Promise<number> {
        const clock = (): number => this.now;
        return createReplay({
            transport: fakeTransport((connectionId, text) => {
                assert.equal(connectionId, "conn=");
                const frame = short(text);
                const outcome = this.answers(++this.posts, frame);
                if (outcome.kind === "delivered") {
                    this.posted.push(frame);
                }
                return outcome;
            }),
            registry: {
                remove: async (connectionId) => {
                    this.removed.push(connectionId);
                },
            },
            history: {
                since: (channel, position, connectionId) => {
                    assert.equal(connectionId, "conn=");
                    return this.recovery(channel, position);
                },
            },
            queue: this.queue,
            putLetter: async (reason, body) => {
                if (this.noLetters) {
                    throw new Error("no letters");
                }
                this.letters.push([reason, JSON.parse(body)]);
            },
            slots: new Slots(2),
            regulator: new Regulator(new TokenBucket(1_000, 1_000, clock), clock),
            limits: { maxAttempts: 3, maxAgeSeconds: 60 },
            graceSeconds: 30,
            clock,
            sleep: async (milliseconds) => {
                this.sleeps.push(milliseconds);
                this.now += milliseconds;
            },
            random: () => 0.5,
            log: this.log,
        })(task);
    }
}

/** `subscribed` frames as channel, offset and recovered; messages as they are. */
function short(frame: string): string {
    const value: unknown = JSON.parse(frame);
    if (typeof value !== "object") {
        return frame;
    }
    const { type, channel, offset, recovered } = value as Record<string, unknown>;
    assert.equal(type, "subscribed");
    return `${String(channel)}@${String(offset)} ${recovered === true ? "recovered" : "lost"}`;
}

describe("A replay", () => {
    it("tells of each channel where it stands, and then what was missed, in order", async () => {
        const replaying = new Replaying();
        assert.equal(await replaying.run(), 8);
        assert.deepEqual(replaying.posted, [
            "orders/1@4 recovered",
            "3",
            "4",
            "orders/2@4 recovered",
            "1",
            "2",
            "3",
            "4",
        ]);
        assert.deepEqual([replaying.queue.sent, replaying.letters, replaying.removed], [[], [], []]);
    });

    it("says of a channel without history that nothing can be had, without a look at the log", async () => {
        const replaying = new Replaying();
        replaying.recovery = async () => assert.fail("nothing is logged");
        await replaying.run({ ...TASK, channels: [{ channel: "chat/1" }] });
        assert.deepEqual(replaying.posted, ["chat/1@undefined lost"]);
    });

    it("tells the client, where the log loses the rest meanwhile", async () => {
        const replaying = new Replaying();
        replaying.recovery = async () => ({
            recovered: true,
            position: { epoch: "e", offset: 4 },
            missed: (async function* () {
                yield "3";
                throw new ReplayInterruptedError("orders/1", 4);
            })(),
        });
        await replaying.run({ ...TASK, channels: TASK.channels.slice(0, 1) });
        assert.deepEqual(replaying.posted, ["orders/1@4 recovered", "3", "orders/1@4 lost"]);
    });

    it("waits for a socket that is about to open, and takes nobody's rows", async () => {
        const replaying = new Replaying();
        replaying.answers = (post) => (post < 4 ? { kind: "gone" } : DELIVERED);
        assert.equal(await replaying.run(), 8);
        // Half of bounds that double from 20 ms.
        assert.deepEqual(replaying.sleeps, [10, 20, 40]);
        assert.deepEqual([replaying.removed, replaying.queue.sent], [[], []]);
    });

    it("leaves the rest to a later run where the socket does not open for seconds", async () => {
        const replaying = new Replaying();
        replaying.answers = () => ({ kind: "gone" });
        assert.equal(await replaying.run(), 0);
        assert.deepEqual(replaying.queue.sent, [{ task: { ...TASK, attempt: 2 }, delaySeconds: 1 }]);
        assert.deepEqual(replaying.removed, []);
    });

    it("is over where the connection is gone for good, whose rows it removes", async () => {
        const replaying = new Replaying();
        replaying.now = NOW + 30_000;
        replaying.answers = (post) => (post < 3 ? DELIVERED : { kind: "gone" });
        assert.equal(await replaying.run(), 2);
        assert.deepEqual(replaying.removed, ["conn="]);
        assert.deepEqual([replaying.queue.sent, replaying.letters], [[], []]);
    });

    it("goes on later from the first frame that is missing, and loses none and repeats none", async () => {
        const replaying = new Replaying();
        replaying.answers = (_post, frame) => (frame === "4" ? THROTTLED : DELIVERED);
        assert.equal(await replaying.run({ ...TASK, attempt: 3 }), 2);
        const [rest] = replaying.queue.drain();
        assert.ok(rest?.kind === "replay");
        // It got on, so those before count no more.
        assert.deepEqual(
            [rest.attempt, rest.channels],
            [2, [{ channel: "orders/1", since: { epoch: "e", offset: 3 } }, TASK.channels[1]]],
        );
        replaying.answers = () => DELIVERED;
        await replaying.run(rest);
        assert.deepEqual(replaying.posted, [
            "orders/1@4 recovered",
            "3",
            "orders/1@4 recovered",
            "4",
            "orders/2@4 recovered",
            "1",
            "2",
            "3",
            "4",
        ]);
    });

    it("stops well before its function is stopped, and goes on in further runs, however many they are", async () => {
        const replaying = new Replaying();
        // So slow that there is time for the answer alone, and that all of it takes longer than what gets nowhere may.
        replaying.answers = () => {
            replaying.now += 8_000;
            return DELIVERED;
        };
        replaying.recovery = async (_channel, position) => ({
            recovered: true,
            position: { epoch: "e", offset: 7 },
            missed: [1, 2, 3, 4, 5, 6, 7].filter((offset) => offset > (position?.offset ?? 7)).map(String),
        });
        const channels = [{ channel: "orders/1", since: { epoch: "e", offset: 2 } }];
        let runs = 0;
        for (let next: readonly ReplayTask[] = [{ ...TASK, channels }]; next.length > 0;) {
            for (const task of next) {
                assert.equal(task.attempt, 1);
                await replaying.run(task);
                runs++;
            }
            assert.ok(replaying.queue.sent.every(({ delaySeconds }) => delaySeconds === 0));
            next = replaying.queue.drain().filter((task) => task.kind === "replay");
        }
        assert.equal(runs, 5);
        assert.deepEqual(
            replaying.posted.filter((frame) => !frame.includes("@")),
            ["3", "4", "5", "6", "7"],
        );
        assert.deepEqual(replaying.letters, []);
    });

    it("leaves further channels to a later run where one takes all of the time", async () => {
        const replaying = new Replaying();
        replaying.answers = () => {
            replaying.now += 700;
            return DELIVERED;
        };
        await replaying.run();
        assert.deepEqual(replaying.posted, ["orders/1@4 recovered", "3", "4"]);
        assert.deepEqual(
            replaying.queue.sent.map(({ task }) => task),
            [{ ...TASK, channels: TASK.channels.slice(1), askedAt: replaying.now }],
        );
    });

    it("goes on later where the log cannot be read, and says so", async () => {
        const replaying = new Replaying();
        replaying.recovery = async () => {
            throw new Error("ProvisionedThroughputExceededException");
        };
        await replaying.run();
        assert.deepEqual(
            replaying.queue.sent.map(({ task }) => task),
            [{ ...TASK, attempt: 2 }],
        );
        assert.deepEqual(
            replaying.log.lines.map(({ level }) => level),
            ["warn"],
        );
    });

    for (const [what, task] of [
        ["after so many attempts", { ...TASK, attempt: 3 }],
        ["once it is too old", { ...TASK, askedAt: NOW - 60_000 }],
    ] as const) {
        it(`is given up ${what}, into the dead letters, with the reason`, async () => {
            const replaying = new Replaying();
            replaying.answers = () => THROTTLED;
            await replaying.run(task);
            assert.deepEqual(replaying.queue.sent, []);
            const reason = "unreplayed";
            assert.deepEqual(replaying.letters, [[reason, { reason, message: THROTTLED.reason, ...task }]]);
        });
    }

    it("gives up a channel whose frame is refused, and goes on with the others", async () => {
        const replaying = new Replaying();
        replaying.answers = (_post, frame) => (frame === "3" ? { kind: "refused", reason: "413" } : DELIVERED);
        await replaying.run({ ...TASK, channels: [...TASK.channels.slice(0, 1), { channel: "chat/1" }] });
        assert.deepEqual(replaying.posted, ["orders/1@4 recovered", "chat/1@undefined lost"]);
        const [letter] = replaying.letters;
        assert.deepEqual(letter, [
            "unreplayed",
            {
                reason: "unreplayed",
                message: "413",
                ...TASK,
                channels: [{ channel: "orders/1", since: { epoch: "e", offset: 2 } }],
            },
        ]);
    });

    it("fails where what is left cannot be stored, so that all of it is done again", async () => {
        const unqueued = new Replaying();
        unqueued.answers = () => THROTTLED;
        unqueued.queue.failure = new Error("no queue");
        await assert.rejects(unqueued.run(), /no queue/);
        const unwritten = new Replaying();
        unwritten.answers = () => THROTTLED;
        unwritten.noLetters = true;
        await assert.rejects(unwritten.run({ ...TASK, attempt: 3 }), /no letters/);
    });
});
