import { strict as assert } from "node:assert";
import type { FanOut, FanOutReport } from "../../../functions/fan-out/planner";
import type { Push } from "../../../functions/deliveries/push";
import type { LogEntry, MessageLog } from "../../../functions/message-log/history";
import { parseNamespace } from "../../../contract/namespace";
import type { PublishedMessage } from "../../../functions/publishing/published-message";
import type { PublishReport } from "../../../functions/publishing/publisher";
import { messageFrame } from "../../../functions/wire/server-frames";
import { createPublisher } from "../../../functions/publishing/publisher";

const NOW = 1_707_502_303_000;

const MESSAGE: PublishedMessage = {
    namespace: "orders",
    event: "X",
    channels: ["orders/1"],
    data: '{"a":1}',
    except: new Set(),
    id: "m-1",
    time: "2024-02-09T18:11:43Z",
    options: {},
};

describe("Publishing", () => {
    it("sums up what became of the message over its channels", async () => {
        const { report, pushes } = await publish({
            channels: ["orders/1", "orders/2", "orders/3"],
            reports: {
                "orders/1": { audience: 5, delivered: 1, stale: 1, queued: 2, failed: 1 },
                "orders/2": { audience: 9, delivered: 9, stale: 0, queued: 0, failed: 0 },
            },
        });
        assert.deepEqual(report, { audience: 14, delivered: 10, stale: 1, queued: 2, failed: 1 });
        assert.deepEqual(
            pushes.map(({ channel }) => channel),
            ["orders/1", "orders/2", "orders/3"],
        );
    });

    it("sends each channel its own frame, without a position where there is no history", async () => {
        const { pushes } = await publish({ channels: ["orders/1", "orders/2"] });
        const { namespace: source, event, id, time } = MESSAGE;
        for (const { channel, frame, namespace, id: key, publishedAt } of pushes) {
            assert.deepEqual(frame, { type: "message", channel, id, source, event, time, data: { a: 1 } });
            assert.deepEqual([namespace, key, publishedAt], ["orders", "m-1", NOW]);
        }
        assert.equal(pushes.length, 2);
    });

    it("sends the publisher's sequence with it, where there is no history either", async () => {
        const { pushes } = await publish({ sequence: "17" });
        assert.deepEqual(
            pushes.map(({ frame }) => frame["sequence"]),
            ["17"],
        );
    });

    it("leaves out whom the publisher excepts", async () => {
        const { pushes } = await publish({ except: ["b"] });
        assert.deepEqual(
            pushes.map(({ except }) => except),
            [["b"]],
        );
    });

    it("fails where one channel cannot be served, after the others are", async () => {
        const pushes: SentPush[] = [];
        await assert.rejects(
            publish({ channels: ["orders/1", "orders/2"], failures: { "orders/1": "throttled" }, pushes }),
            /throttled/,
        );
        assert.deepEqual(
            pushes.map(({ channel }) => channel),
            ["orders/1", "orders/2"],
        );
    });

    it("has nothing for them in a namespace without history", async () => {
        const { pushes } = await publish({ except: ["b"] });
        assert.ok(pushes.every((push) => !("skip" in push)));
    });

    describe("in a namespace with history", () => {
        const numbering = (entries: LogEntry[]): MessageLog => ({
            async append(channel, entry, settings) {
                assert.equal(channel, "orders/1");
                assert.deepEqual(settings, { ttlSeconds: 60, maxMessages: 10 });
                entries.push(entry);
                return { position: { epoch: "e-1", offset: 18 }, entry, repeated: false };
            },
            end: neverEnded,
        });

        it("numbers the message before anybody gets it, and reports the number", async () => {
            const entries: LogEntry[] = [];
            const { report, pushes } = await publish({
                history: true,
                messageLog: numbering(entries),
            });
            assert.equal(report.offset, 18);
            assert.deepEqual([pushes[0]?.frame["epoch"], pushes[0]?.frame["offset"]], ["e-1", 18]);
            assert.deepEqual(entries, [{ id: "m-1", body: messageFrame(MESSAGE, "orders/1") }]);
        });

        it("sends the publisher's sequence with the message", async () => {
            const { pushes } = await publish({ history: true, messageLog: numbering([]), sequence: "17" });
            assert.equal(pushes[0]?.frame["sequence"], "17");
        });

        it("sends what the log holds under the id of a repeated message, be it another", async () => {
            const first = { event: "First", time: "2024-02-09T18:00:00Z", data: '"first"', options: { sequence: "1" } };
            const messageLog: MessageLog = {
                append: async (channel, { id }) => ({
                    position: { epoch: "e-1", offset: 17 },
                    entry: { id, body: messageFrame({ ...MESSAGE, ...first }, channel) },
                    repeated: true,
                }),
                end: neverEnded,
            };
            const { pushes } = await publish({ history: true, messageLog, sequence: "2" });
            assert.deepEqual(pushes[0]?.frame, {
                type: "message",
                channel: "orders/1",
                epoch: "e-1",
                offset: 17,
                id: "m-1",
                source: "orders",
                event: "First",
                time: "2024-02-09T18:00:00Z",
                sequence: "1",
                data: "first",
            });
        });

        it("tells whom the publisher excepts the message's place, and has the log remember them", async () => {
            const entries: LogEntry[] = [];
            const { pushes } = await publish({ history: true, messageLog: numbering(entries), except: ["b", "c"] });
            const [{ except, skip } = { except: [], skip: undefined }] = pushes;
            assert.deepEqual(except, ["b", "c"]);
            assert.deepEqual(JSON.parse(skip ?? ""), { type: "skip", channel: "orders/1", epoch: "e-1", offset: 18 });
            assert.deepEqual(
                entries.map((entry) => entry.except),
                [["b", "c"]],
            );
        });

        it("has no frame for exceptions where there are none", async () => {
            const { pushes } = await publish({ history: true, messageLog: numbering([]) });
            assert.deepEqual(
                pushes.map((push) => "skip" in push),
                [false],
            );
        });

        it("excepts whom the log excepts from a repeated message, not whom the repetition does", async () => {
            const appending = (except?: readonly string[]): MessageLog => ({
                append: async (_, entry) => ({
                    position: { epoch: "e-1", offset: 17 },
                    entry: { ...entry, except },
                    repeated: true,
                }),
                end: neverEnded,
            });
            const other = await publish({ history: true, messageLog: appending(["a"]), except: ["b"] });
            assert.deepEqual(
                other.pushes.map(({ except }) => except),
                [["a"]],
            );
            const none = await publish({ history: true, messageLog: appending(undefined), except: ["b"] });
            assert.deepEqual(
                none.pushes.map(({ except, skip }) => [except, skip]),
                [[[], undefined]],
            );
        });

        it("sends nothing where it cannot be numbered", async () => {
            const pushes: SentPush[] = [];
            const messageLog: MessageLog = { append: () => Promise.reject(new Error("no log")), end: neverEnded };
            await assert.rejects(publish({ history: true, messageLog, pushes }), /no log/);
            assert.deepEqual(pushes, []);
        });
    });

    describe("in a namespace without history", () => {
        const ending = (end: MessageLog["end"]): MessageLog => ({
            append: () => Promise.reject(new Error("numbered")),
            end,
        });

        it("ends the log of each channel before anybody gets the message, which has no number", async () => {
            const pushes: SentPush[] = [];
            const events: string[] = [];
            const messageLog = ending(async (channel) => {
                // Longer than a fan-out takes here.
                for (let turn = 0; turn < 5; turn++) {
                    await new Promise((resolve) => setImmediate(resolve));
                }
                events.push(`${channel} ended, ${pushes.filter((push) => push.channel === channel).length} sent`);
            });
            const channels = ["orders/1", "orders/2"];
            const { report } = await publish({ channels, messageLog, pushes });
            assert.deepEqual(events, ["orders/1 ended, 0 sent", "orders/2 ended, 0 sent"]);
            assert.deepEqual(
                pushes.map(({ channel, frame }) => [channel, "offset" in frame]),
                [
                    ["orders/1", false],
                    ["orders/2", false],
                ],
            );
            assert.ok(!("offset" in report));
        });

        it("sends nothing where the log cannot be ended, so that the event is tried again", async () => {
            const pushes: SentPush[] = [];
            const messageLog = ending(() => Promise.reject(new Error("no table")));
            await assert.rejects(publish({ messageLog, pushes }), /no table/);
            assert.deepEqual(pushes, []);
        });
    });
});

/** Numbered messages must not end the log. */
const neverEnded: MessageLog["end"] = () => Promise.reject(new Error("The log was ended"));

interface SentPush extends Omit<Push, "frame"> {
    readonly frame: Readonly<Record<string, unknown>>;
    readonly except: readonly string[];
}

interface Scenario {
    readonly channels?: readonly string[];
    readonly except?: readonly string[];
    readonly sequence?: string;
    /** By channel. Without one, nobody is there. */
    readonly reports?: Readonly<Record<string, FanOutReport>>;
    /** By channel. */
    readonly failures?: Readonly<Record<string, string>>;
    readonly history?: boolean;
    readonly messageLog?: MessageLog;
    readonly pushes?: SentPush[];
}

async function publish(scenario: Scenario): Promise<{ report: PublishReport; pushes: SentPush[] }> {
    const { pushes = [], messageLog, reports = {}, failures = {} } = scenario;
    const fanOut: FanOut = async (push, except) => {
        await new Promise((resolve) => setImmediate(resolve));
        pushes.push({ ...push, frame: JSON.parse(push.frame) as SentPush["frame"], except: [...except] });
        const failure = failures[push.channel];
        if (failure !== undefined) {
            throw new Error(failure);
        }
        return reports[push.channel] ?? { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };
    };
    const publishMessage = createPublisher({ fanOut, clock: () => NOW, messageLog });
    const namespace = parseNamespace(
        "orders",
        scenario.history === true ? { history: { ttlSeconds: 60, maxMessages: 10 } } : {},
    );
    const { channels = MESSAGE.channels, except, sequence } = scenario;
    const message = { ...MESSAGE, channels, except: new Set(except), options: { sequence } };
    return { report: await publishMessage(message, namespace), pushes };
}
