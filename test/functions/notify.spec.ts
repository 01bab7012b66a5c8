import { strict as assert } from "node:assert";
import { RegistryAudience } from "../../functions/registry/audience";
import { BatchWriter } from "../../functions/registry/batch-write";
import { Slots } from "../../functions/runtime/concurrency";
import { createChunkDelivery } from "../../functions/deliveries/chunk-delivery";
import type { PlannerDeps } from "../../functions/fan-out/planner";
import { createPlanner } from "../../functions/fan-out/planner";
import { createRangeExpansion } from "../../functions/fan-out/range-expansion";
import { Regulator } from "../../functions/posting/regulator";
import type { Chunk } from "../../functions/deliveries/task";
import { TokenBucket } from "../../functions/posting/token-bucket";
import type { Namespaces } from "../../functions/namespaces/namespaces";
import type { PublishReport } from "../../functions/publishing/publisher";
import { createPublisher } from "../../functions/publishing/publisher";
import { ConnectionRegistry } from "../../functions/registry/registry";
import type { Sender } from "../../functions/transports/api-gateway/sender";
import { createSender } from "../../functions/transports/api-gateway/sender";
import { createNotifyHandler } from "../../functions/notify/handler";
import { RecordingDeliveryQueue } from "../fakes/delivery-queue";
import { FakeManagementApi } from "../fakes/management-api";
import { fakeNamespaces } from "../fakes/namespaces";
import { RecordingDeadLetters, RecordingLog, RecordingMetrics } from "../fakes/recorders";
import { TestDynamoDb } from "../support/dynamodb";

const NAMESPACES = fakeNamespaces({ orders: {}, chat: {} });
const CHANNEL = "orders/1";

/** The notifier with everything but AWS itself: a registry in DynamoDB, connections behind a real socket. */
describe("notify", () => {
    let dynamo: TestDynamoDb;
    let registry: ConnectionRegistry;
    let api: FakeManagementApi;
    let sender: Sender;
    let deadLetters: RecordingDeadLetters;
    let metrics: RecordingMetrics;
    let queue: RecordingDeliveryQueue;
    beforeEach(async () => {
        dynamo = await TestDynamoDb.start();
        const batches = new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, {
            sleep: async () => undefined,
            random: Math.random,
        });
        registry = new ConnectionRegistry(dynamo.documents, TestDynamoDb.REGISTRY, batches);
        api = await FakeManagementApi.start();
        sender = createSender({
            endpoint: api.endpoint,
            region: "us-east-1",
            credentials: () => ({ accessKeyId: "a", secretAccessKey: "s" }),
            clock: Date.now,
            connections: 8,
        });
        deadLetters = new RecordingDeadLetters();
        metrics = new RecordingMetrics();
        queue = new RecordingDeliveryQueue();
    });
    afterEach(async () => {
        await sender.close();
        await api.close();
        await dynamo.close();
    });

    describe("with an event of the push bus", () => {
        it("posts the frame to each subscriber of the channel, and to nobody else", async () => {
            await connect("a=", [CHANNEL]);
            await connect("b=", [CHANNEL, "orders/2"]);
            await connect("c=", ["orders/2"]);

            const report = await notify(busEvent({ channel: CHANNEL, data: { carrier: "post" } }));

            const frame = {
                type: "message",
                channel: CHANNEL,
                id: "event-id",
                source: "orders",
                event: "OrderShipped",
                time: "2024-02-09T18:11:43Z",
                data: { carrier: "post" },
            };
            assert.deepEqual([api.received("a="), api.received("b="), api.received("c=")], [[frame], [frame], []]);
            assert.deepEqual(report, { audience: 2, delivered: 2, stale: 0, queued: 0, failed: 0 });
            assert.deepEqual(metrics.counted, [
                { counts: { published: 1, delivered: 2, stale: 0, failed: 0 }, namespace: "orders" },
            ]);
        });

        const rejected: readonly (readonly [string, string, unknown, string])[] = [
            ["of a namespace that nobody registered", "nowhere", { channel: "nowhere/1" }, "unknown_namespace"],
            ["for another namespace's channel", "orders", { channel: "chat/1" }, "foreign_namespace"],
            ["without a channel", "orders", { data: 1 }, "malformed"],
            ["over 128 KB", "orders", { channel: CHANNEL, data: "x".repeat(129 * 1_024) }, "payload_too_large"],
        ];
        for (const [what, source, detail, code] of rejected) {
            it(`sends one ${what} to the dead-letter queue as ${code}, counts it, and is done with it`, async () => {
                await connect("a=", [CHANNEL]);
                const event = { ...busEvent(detail), source };
                assert.deepEqual(await notify(event), { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 });
                assert.deepEqual(
                    deadLetters.rejections.map(({ rejection, event: kept }) => [rejection.code, kept]),
                    [[code, event]],
                );
                assert.deepEqual(metrics.counted, [{ counts: { rejected: 1 } }]);
                assert.deepEqual(api.posts, []);
            });
        }

        it("fails where the dead-letter queue does, so that the event is not lost", async () => {
            deadLetters.failure = new Error("no queue");
            await assert.rejects(notify(busEvent({ data: 1 })), /no queue/);
        });

        it("fails where the registry is throttled, so that Lambda tries the event again", async () => {
            await connect("a=", [CHANNEL]);
            dynamo.throttle("Query");
            await assert.rejects(notify(busEvent({ channel: CHANNEL })), {
                name: "ProvisionedThroughputExceededException",
            });
            assert.deepEqual(metrics.counted, []);
        });

        it("fails where namespaces cannot be read: the message is not its namespace's fault", async () => {
            const namespaces: Namespaces = { find: () => Promise.reject(new Error("throttled")) };
            await assert.rejects(notify(busEvent({ channel: CHANNEL }), { namespaces }), /throttled/);
            assert.deepEqual(deadLetters.rejections, []);
        });
    });

    describe("invoked directly", () => {
        it("reports what became of the message", async () => {
            await connect("a=", [CHANNEL]);
            const report = await notify({ namespace: "orders", event: "Hello", channels: [CHANNEL], data: 1 });
            assert.deepEqual(report, { audience: 1, delivered: 1, stale: 0, queued: 0, failed: 0 });
        });

        it("throws what is wrong with the message, and leaves the dead-letter queue alone", async () => {
            await assert.rejects(notify({ namespace: "orders", event: "Hello", channel: "chat/1" }), {
                name: "RejectedMessageError",
                code: "foreign_namespace",
                message: /^foreign_namespace: .*chat\/1/,
            });
            await assert.rejects(notify("nonsense"), { name: "RejectedMessageError", code: "malformed" });
            assert.deepEqual(deadLetters.rejections, []);
            assert.deepEqual(
                metrics.counted.map(({ counts }) => counts),
                [{ rejected: 1 }, { rejected: 1 }],
            );
        });
    });

    describe("of connections that are gone", () => {
        it("removes those, all their rows and no other's, and reaches the rest", async () => {
            await connect("gone=", [CHANNEL, "orders/2"]);
            await connect("live=", [CHANNEL, "orders/2"]);
            api.script = (id) => (id === "gone=" ? 410 : 200);

            const report = await notify(busEvent({ channel: CHANNEL }));

            assert.deepEqual(report, { audience: 2, delivered: 1, stale: 1, queued: 0, failed: 0 });
            const rows = await dynamo.registryRows();
            assert.deepEqual(
                rows.map((row) => row["connectionId"]),
                ["live=", "live=", "live="],
            );
        });

        it("does not remove a fresh one, whose socket may be about to open, and tries it again later", async () => {
            await connect("fresh=", [CHANNEL], Date.now());
            api.script = () => 410;
            assert.deepEqual(await notify(busEvent({ channel: CHANNEL })), {
                audience: 1,
                delivered: 0,
                stale: 0,
                queued: 1,
                failed: 0,
            });
            assert.deepEqual(queue.chunks, [["fresh="]]);
            assert.equal((await dynamo.registryRows()).length, 2);
        });

        it("reaches a fresh one that opens meanwhile", async () => {
            await connect("fresh=", [CHANNEL], Date.now());
            api.script = (_, attempt) => (attempt === 1 ? 410 : 200);
            assert.equal((await notify(busEvent({ channel: CHANNEL }))).delivered, 1);
        });
    });

    it("tries again what can be, and loses no connection over another's trouble", async () => {
        const ids = ["ok=", "throttled-once=", "throttled=", "broken=", "reset-once=", "resetting=", "forbidden="];
        for (const id of ids) {
            await connect(id, [CHANNEL]);
        }
        api.script = (id, attempt) => {
            switch (id) {
                case "throttled-once=":
                    return attempt === 1 ? 429 : 200;
                case "reset-once=":
                    return attempt === 1 ? "reset" : 200;
                case "throttled=":
                    return { status: 429, errorType: "LimitExceededException" };
                case "broken=":
                    return 500;
                case "resetting=":
                    return "reset";
                case "forbidden=":
                    return { status: 403, errorType: "ForbiddenException" };
                default:
                    return 200;
            }
        };

        const report = await notify(busEvent({ channel: CHANNEL, data: "x" }));

        assert.deepEqual(report, { audience: 7, delivered: 3, stale: 0, queued: 3, failed: 1 });
        assert.deepEqual(
            ids.map((id) => api.attempts(id)),
            [1, 2, 3, 3, 2, 3, 1],
        );
        assert.deepEqual([...queue.chunks.flat()].sort(), ["broken=", "resetting=", "throttled="]);

        await deliverQueued(2);

        const letters = deadLetters.undeliverable;
        assert.deepEqual(
            letters.map(({ channel }) => channel),
            [CHANNEL, CHANNEL],
        );
        const undelivered = letters.flatMap(({ connections }) => connections);
        const reasons = new Map(undelivered.map(({ connectionId, reason }) => [connectionId, reason]));
        assert.deepEqual([...reasons.keys()].sort(), ["broken=", "forbidden=", "resetting=", "throttled="]);
        assert.match(reasons.get("throttled=") ?? "", /429 LimitExceededException/);
        assert.match(reasons.get("resetting=") ?? "", /UND_ERR_SOCKET|ECONNRESET/);
        assert.equal((await dynamo.registryRows()).length, 14);
    });

    it("reads an audience of many pages to its end, and never has more posts under way than it may", async () => {
        for (let n = 0; n < 60; n++) {
            await connect(`c${n}=`, [CHANNEL], 1, n % 3 === 0 ? 1 : 9_999_999_999);
        }
        api.script = () => new Promise((resolve) => setImmediate(resolve, 200));
        const report = await notify(busEvent({ channel: CHANNEL }), { maxInFlight: 5 });
        assert.deepEqual([report.audience, report.delivered], [40, 40]);
        assert.ok(api.mostInFlight <= 5);
        assert.equal(new Set(api.posts.map(({ connectionId }) => connectionId)).size, 40);
    });

    it("serves a large audience's beginning itself and leaves the rest to deliverers, everybody once", async () => {
        for (let n = 0; n < 400; n++) {
            await connect(`c${n}=`, [CHANNEL]);
        }
        const report = await notify(busEvent({ channel: CHANNEL, except: ["c7="] }), { directAudience: 300 });
        assert.equal(report.audience, 399);
        assert.equal(report.delivered + report.queued, 399);
        assert.ok(report.delivered >= 249 && report.delivered < 390);
        assert.ok(queue.chunks.every(({ length }) => length <= 10));

        await deliverQueued();

        const reached = api.posts.map(({ connectionId }) => connectionId);
        assert.equal(reached.length, 399);
        assert.equal(new Set(reached).size, 399);
        assert.ok(!reached.includes("c7="));
    });

    async function connect(
        connectionId: string,
        channels: readonly string[],
        connectedAt = 1,
        expiresAt = 9_999_999_999,
    ): Promise<void> {
        await registry.add({ connectionId, userId: "ada", connectedAt, expiresAt }, channels);
    }

    interface Overrides {
        readonly namespaces?: Namespaces;
        readonly directAudience?: number;
        readonly maxInFlight?: number;
        readonly maxAttempts?: number;
        readonly patient?: boolean;
    }

    function createParts({ maxInFlight = 8, maxAttempts = 10, patient = false }: Overrides): Parts {
        const log = new RecordingLog();
        const clock = Date.now;
        // Waits a turn of the event loop where the code waits longer.
        const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
        const timing = { clock, sleep, random: Math.random };
        const audience = new RegistryAudience(dynamo.documents, TestDynamoDb.REGISTRY, clock);
        const deliver = createChunkDelivery({
            ...timing,
            transport: sender,
            registry,
            queue,
            deadLetters,
            log,
            slots: new Slots(maxInFlight),
            regulator: new Regulator(new TokenBucket(10_000, 10_000, clock), clock),
            patient,
            chunkSize: 10,
            limits: { maxAttempts, maxAgeSeconds: 900 },
            graceSeconds: 30,
        });
        const limits = { chunkSize: 10, maxAttempts, budgetMs: 60_000 };
        const expand = createRangeExpansion({ ...timing, ...limits, audience, queue, log });
        return { audience, deliver, expand };
    }

    async function notify(input: unknown, overrides: Overrides = {}): Promise<PublishReport> {
        const { namespaces = NAMESPACES, directAudience = 1_000 } = overrides;
        const ask = async (count: number): Promise<number> => Math.min(count, directAudience);
        const fanOut = createPlanner({ ...createParts(overrides), queue, chunkSize: 10, ask, directAudience });
        return createNotifyHandler({
            namespaces,
            publish: createPublisher({ fanOut, clock: Date.now }),
            maxFrameBytes: sender.maxFrameBytes,
            deadLetters,
            metrics,
            log: new RecordingLog(),
            clock: Date.now,
            randomId: () => "random-id",
        })(input);
    }

    /** Works the queue off, as a deliverer does. */
    async function deliverQueued(maxAttempts = 10): Promise<void> {
        const { deliver } = createParts({ maxAttempts, patient: true });
        while (queue.sent.length > 0) {
            for (const task of queue.drain()) {
                await deliver(task as Chunk);
            }
        }
    }
});

type Parts = Pick<PlannerDeps, "audience" | "deliver" | "expand">;

function busEvent(detail: unknown): Record<string, unknown> {
    return {
        version: "0",
        id: "event-id",
        "detail-type": "OrderShipped",
        source: "orders",
        account: "000000000000",
        time: "2024-02-09T18:11:43Z",
        region: "us-east-1",
        resources: [],
        detail,
    };
}
