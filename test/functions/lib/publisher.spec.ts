import { strict as assert } from "node:assert";
import type { Audience, Recipient } from "../../../functions/lib/audience";
import type { DeliveryOutcome } from "../../../functions/lib/delivery";
import type { LogEntry, MessageLog } from "../../../functions/lib/history";
import { parseNamespace } from "../../../functions/lib/namespace";
import type { PublishedMessage } from "../../../functions/lib/published-message";
import type { PublishReport } from "../../../functions/lib/publisher";
import { createPublisher } from "../../../functions/lib/publisher";
import { RecordingDeadLetters, RecordingLog } from "../../fakes/recorders";

const MESSAGE: PublishedMessage = {
    namespace: "orders",
    event: "X",
    channels: ["orders/1"],
    data: '{"a":1}',
    except: new Set(),
    id: "m-1",
    time: "2024-02-09T18:11:43Z",
};

describe("Publishing", () => {
    it("sums up what became of the message over its channels", async () => {
        const { report, posts } = await publish({
            channels: ["orders/1", "orders/2", "orders/3"],
            audience: { "orders/1": [["a", "stale"], ["failed"]], "orders/2": [["b", "a"]], "orders/3": [[]] },
        });
        assert.deepEqual(report, { audience: 5, delivered: 3, stale: 1, queued: 0, failed: 1 });
        assert.deepEqual(posts.map(({ channel, connectionId }) => `${channel} ${connectionId}`).sort(), [
            "orders/1 a",
            "orders/1 failed",
            "orders/1 stale",
            "orders/2 a",
            "orders/2 b",
        ]);
    });

    it("sends each channel its own frame, without a position where there is no history", async () => {
        const { posts } = await publish({
            channels: ["orders/1", "orders/2"],
            audience: { "orders/1": [["a"]], "orders/2": [["b"]] },
        });
        for (const { channel, frame } of posts) {
            const { namespace: source, event, id, time } = MESSAGE;
            assert.deepEqual(frame, { type: "message", channel, id, source, event, time, data: { a: 1 } });
        }
        assert.equal(posts.length, 2);
    });

    it("leaves out whom the publisher excepts, and does not count them", async () => {
        const { report, posts } = await publish({ except: ["b"], audience: { "orders/1": [["a", "b"], ["b"]] } });
        assert.deepEqual(
            posts.map(({ connectionId }) => connectionId),
            ["a"],
        );
        assert.equal(report.audience, 1);
    });

    it("stores what failed as a dead letter, with frame, channel, connections and reasons", async () => {
        const { deadLetters, log } = await publish({ audience: { "orders/1": [["a", "failed"], ["failed2"]] } });
        assert.deepEqual(
            deadLetters.undeliverable.map(({ channel, connections }) => [channel, connections]),
            [
                [
                    "orders/1",
                    [
                        { connectionId: "failed", connectedAt: 1, reason: "429" },
                        { connectionId: "failed2", connectedAt: 1, reason: "429" },
                    ],
                ],
            ],
        );
        assert.match(deadLetters.undeliverable[0]?.frame ?? "", /"id":"m-1"/);
        assert.deepEqual(
            log.lines.map(({ level }) => level),
            ["error"],
        );
    });

    it("fails where what failed could not be stored, so that it is tried again", async () => {
        const deadLetters = new RecordingDeadLetters();
        deadLetters.failure = new Error("no queue");
        await assert.rejects(publish({ audience: { "orders/1": [["failed"]] }, deadLetters }), /no queue/);
    });

    it("fails where an audience cannot be read, after the other channels are served", async () => {
        const posts: Post[] = [];
        await assert.rejects(
            publish({
                channels: ["orders/1", "orders/2"],
                audience: { "orders/1": [["a"], "throttled"], "orders/2": [["b"], ["c"]] },
                posts,
            }),
            /throttled/,
        );
        assert.deepEqual(posts.map(({ connectionId }) => connectionId).sort(), ["a", "b", "c"]);
    });

    describe("in a namespace with history", () => {
        const numbering = (entries: LogEntry[]): MessageLog => ({
            async append(entry, settings) {
                assert.deepEqual(settings, { ttlSeconds: 60, maxMessages: 10 });
                entries.push(entry);
                return { position: { epoch: "e-1", offset: 18 }, entry, repeated: false };
            },
        });

        it("numbers the message before anybody gets it, and reports the number", async () => {
            const entries: LogEntry[] = [];
            const { report, posts } = await publish({
                history: true,
                messageLog: numbering(entries),
                audience: { "orders/1": [["a"]] },
            });
            assert.equal(report.offset, 18);
            assert.deepEqual([posts[0]?.frame["epoch"], posts[0]?.frame["offset"]], ["e-1", 18]);
            assert.deepEqual(entries, [
                {
                    channel: "orders/1",
                    idempotencyKey: "m-1",
                    namespace: "orders",
                    event: "X",
                    time: "2024-02-09T18:11:43Z",
                    data: '{"a":1}',
                },
            ]);
        });

        it("sends what the log holds under the key of a repeated message, be it another", async () => {
            const messageLog: MessageLog = {
                append: async (entry) => ({
                    position: { epoch: "e-1", offset: 17 },
                    entry: { ...entry, event: "First", time: "2024-02-09T18:00:00Z", data: '"first"' },
                    repeated: true,
                }),
            };
            const { posts } = await publish({ history: true, messageLog, audience: { "orders/1": [["a"]] } });
            assert.deepEqual(posts[0]?.frame, {
                type: "message",
                channel: "orders/1",
                epoch: "e-1",
                offset: 17,
                id: "m-1",
                source: "orders",
                event: "First",
                time: "2024-02-09T18:00:00Z",
                data: "first",
            });
        });

        it("sends nothing where it cannot be numbered", async () => {
            const posts: Post[] = [];
            const messageLog: MessageLog = { append: () => Promise.reject(new Error("no log")) };
            await assert.rejects(
                publish({ history: true, messageLog, audience: { "orders/1": [["a"]] }, posts }),
                /no log/,
            );
            assert.deepEqual(posts, []);
        });

        it("does not number messages of other namespaces", async () => {
            const entries: LogEntry[] = [];
            const { report } = await publish({ messageLog: numbering(entries), audience: { "orders/1": [["a"]] } });
            assert.deepEqual(entries, []);
            assert.ok(!("offset" in report));
        });
    });
});

interface Post {
    readonly channel: string;
    readonly connectionId: string;
    readonly frame: Readonly<Record<string, unknown>>;
}

interface Scenario {
    readonly channels?: readonly string[];
    readonly except?: readonly string[];
    /** By channel: the ids of each page. "stale…" and "failed…" end as such; a page that is a text is thrown. */
    readonly audience: Readonly<Record<string, readonly (readonly string[] | string)[]>>;
    readonly history?: boolean;
    readonly messageLog?: MessageLog;
    readonly deadLetters?: RecordingDeadLetters;
    readonly posts?: Post[];
}

async function publish(
    scenario: Scenario,
): Promise<{ report: PublishReport; posts: Post[]; deadLetters: RecordingDeadLetters; log: RecordingLog }> {
    const { posts = [], deadLetters = new RecordingDeadLetters(), messageLog } = scenario;
    const log = new RecordingLog();
    const audience: Audience = {
        async *of(channel) {
            for (const page of scenario.audience[channel] ?? []) {
                if (typeof page === "string") {
                    throw new Error(page);
                }
                yield page.map((connectionId): Recipient => ({ connectionId, connectedAt: 1 }));
            }
        },
    };
    const publishMessage = createPublisher({
        audience,
        async deliver({ connectionId }, channel, { bytes }): Promise<DeliveryOutcome> {
            posts.push({ channel, connectionId, frame: JSON.parse(bytes.toString()) as Post["frame"] });
            if (connectionId.startsWith("stale")) {
                return { kind: "stale" };
            }
            return connectionId.startsWith("failed") ? { kind: "failed", reason: "429" } : { kind: "delivered" };
        },
        deadLetters,
        log,
        maxInFlight: 4,
        messageLog,
    });
    const namespace = parseNamespace(
        "orders",
        scenario.history === true ? { history: { ttlSeconds: 60, maxMessages: 10 } } : {},
    );
    const message = { ...MESSAGE, channels: scenario.channels ?? MESSAGE.channels, except: new Set(scenario.except) };
    return { report: await publishMessage(message, namespace), posts, deadLetters, log };
}
