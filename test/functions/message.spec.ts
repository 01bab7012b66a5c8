import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { BatchWriter } from "../../functions/registry/batch-write";
import { messageRoute } from "../../functions/transports/api-gateway/routes";
import type { GatewayResponse } from "../../functions/transports/api-gateway/gateway-events";
import type { History } from "../../functions/message-log/history";
import { ReplayInterruptedError } from "../../functions/message-log/history";
import type { Namespaces } from "../../functions/namespaces/namespaces";
import { ERROR_CODES } from "../../contract/protocol";
import { ConnectionRegistry } from "../../functions/registry/registry";
import type { Sender } from "../../functions/transports/api-gateway/sender";
import { createSender } from "../../functions/transports/api-gateway/sender";
import type { Subscriber } from "../../functions/tokens/subscriber";
import { createAnswer } from "../../functions/message/answer";
import { createMessageHandler } from "../../functions/message/handler";
import { RecordingDeliveryQueue } from "../fakes/delivery-queue";
import { CONNECTION_ID, messageEvent, subscriber } from "../fakes/gateway-events";
import { FakeManagementApi } from "../fakes/management-api";
import { fakeNamespaces } from "../fakes/namespaces";
import { RecordingLog } from "../fakes/recorders";
import { TestDynamoDb } from "../support/dynamodb";

const NAMESPACES = fakeNamespaces({
    orders: { subscribe: [{ channel: "orders/{sub}/*" }, { channel: "orders/@me" }] },
    chat: { subscribe: [{ channel: "chat/*" }], history: { ttlSeconds: 60, maxMessages: 10 } },
});

interface Circumstances {
    readonly history?: History;
    readonly namespaces?: Namespaces;
    /** By which the time for a replay is measured. */
    readonly clock?: () => number;
}

describe("message", () => {
    let dynamo: TestDynamoDb;
    let registry: ConnectionRegistry;
    let api: FakeManagementApi;
    let sender: Sender;
    let deliveries: RecordingDeliveryQueue;
    let log: RecordingLog;
    let ada: Subscriber;
    beforeEach(async () => {
        ada = subscriber("ada");
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
            connections: 1,
        });
        deliveries = new RecordingDeliveryQueue();
        log = new RecordingLog();
        await registry.add(
            { connectionId: CONNECTION_ID, userId: "ada", connectedAt: 1, expiresAt: 9_999_999_999 },
            [],
        );
    });
    afterEach(async () => {
        await sender.close();
        await api.close();
        await dynamo.close();
    });

    describe("to hello", () => {
        it("answers who the client is, how long it lasts, and how often to ping", async () => {
            const { connectionId, expiresAt, expiresIn, ...rest } = await ask({ action: "hello", id: "1" });
            assert.deepEqual(rest, { type: "welcome", id: "1", userId: "ada", pingSeconds: 240 });
            assert.equal(connectionId, CONNECTION_ID);
            assert.equal(expiresAt, ada.expiresAt);
            assert.ok(typeof expiresIn === "number" && expiresIn > 0 && expiresIn <= 3_600);
        });
    });

    describe("to subscribe", () => {
        it("posts its answer, since messages may have to follow it in order, and sends no body", async () => {
            const response = await send("subscribe", { action: "subscribe", id: 7, channel: "orders/ada/1" });
            assert.deepEqual(response, { statusCode: 200 });
            assert.deepEqual(api.received(CONNECTION_ID), [
                { type: "subscribed", id: 7, channel: "orders/ada/1", recovered: false },
            ]);
            assert.deepEqual(await partitions(), ["channel#orders/ada/1", `connection#${CONNECTION_ID}`]);
        });

        it("resolves @me, and answers with the channel that it became", async () => {
            await send("subscribe", { action: "subscribe", channel: "orders/@me" });
            assert.deepEqual(api.received(CONNECTION_ID), [
                { type: "subscribed", channel: "orders/@user/ada", recovered: false },
            ]);
        });

        it("is fine twice", async () => {
            await send("subscribe", { action: "subscribe", id: 1, channel: "orders/ada/1" });
            await send("subscribe", { action: "subscribe", id: 2, channel: "orders/ada/1" });
            assert.deepEqual(api.received(CONNECTION_ID).map(type), ["subscribed", "subscribed"]);
            assert.equal((await partitions()).length, 2);
        });

        const refused: readonly (readonly [string, unknown, string])[] = [
            ["a channel that no rule opens", "orders/bob/1", "forbidden"],
            ["another user's own channel", "orders/@user/bob", "forbidden"],
            ["everyone's channel, which no rule opens", "orders/@all", "forbidden"],
            ["a namespace that nobody registered", "nowhere/1", "unknown_namespace"],
            ["what is no channel", "orders//1", "bad_request"],
            ["a reserved segment that means nothing", "orders/@nobody", "bad_request"],
            ["no channel", undefined, "bad_request"],
        ];
        for (const [what, channel, code] of refused) {
            it(`posts ${code} to ${what}, with the id, and stores nothing`, async () => {
                await send("subscribe", { action: "subscribe", id: "7", channel });
                const [answer, ...more] = api.received(CONNECTION_ID);
                assert.deepEqual(
                    [type(answer), member(answer, "id"), member(answer, "code"), more],
                    ["error", "7", code, []],
                );
                assert.equal((await partitions()).length, 1);
            });
        }

        it("posts too_many_subscriptions beyond the limit, and no sooner", async () => {
            for (let n = 1; n <= 4; n++) {
                await send("subscribe", { action: "subscribe", channel: `orders/ada/${n}` });
            }
            assert.deepEqual(
                api.received(CONNECTION_ID).map((frame) => member(frame, "code")),
                [undefined, undefined, undefined, "too_many_subscriptions"],
            );
        });

        it("tells a connection that is not registered any more to connect again", async () => {
            await registry.remove(CONNECTION_ID);
            await send("subscribe", { action: "subscribe", channel: "orders/ada/1" });
            assert.equal(member(api.received(CONNECTION_ID)[0], "code"), "internal");
            assert.deepEqual(await partitions(), []);
        });

        it("does not fail where the client has left meanwhile", async () => {
            api.script = () => 410;
            assert.deepEqual(await send("subscribe", { action: "subscribe", channel: "orders/ada/1" }), {
                statusCode: 200,
            });
            assert.equal(api.posts.length, 1);
        });

        it("posts again after a reset, and fails where nothing helps", async () => {
            api.script = (_, attempt) => (attempt === 1 ? "reset" : 200);
            await send("subscribe", { action: "subscribe", channel: "orders/ada/1" });
            assert.equal(api.posts.length, 2);
            api.script = () => 500;
            await assert.rejects(send("subscribe", { action: "subscribe", channel: "orders/ada/1" }), {
                name: "UnansweredFrameError",
            });
        });

        describe("in a namespace with history", () => {
            it("posts what was missed after the answer, in order, having stored the subscription first", async () => {
                const since = { epoch: "e", offset: 3 };
                const history: History = {
                    async since(channel, position, connectionId) {
                        assert.deepEqual([channel, position, connectionId], ["chat/1", since, CONNECTION_ID]);
                        assert.equal((await partitions()).length, 2);
                        return {
                            recovered: true,
                            position: { epoch: "e", offset: 5 },
                            missed: ['{"offset":4}', '{"offset":5}'],
                        };
                    },
                };
                await send("subscribe", { action: "subscribe", channel: "chat/1", since }, { history });
                assert.deepEqual(api.received(CONNECTION_ID), [
                    { type: "subscribed", channel: "chat/1", epoch: "e", offset: 5, recovered: true },
                    { offset: 4 },
                    { offset: 5 },
                ]);
            });

            describe("whose log is read while it is posted", () => {
                const breakingOff = (error: Error): History => ({
                    since: async () => ({
                        recovered: true,
                        position: { epoch: "e", offset: 5 },
                        missed: (async function* () {
                            yield await Promise.resolve('{"offset":4}');
                            throw error;
                        })(),
                    }),
                });
                const endless = (read: number[] = []): History => ({
                    since: async () => ({
                        recovered: true,
                        position: { epoch: "e", offset: 9_999 },
                        missed: (async function* () {
                            for (let offset = 4; ; offset++) {
                                read.push(offset);
                                yield await Promise.resolve(`{"offset":${offset}}`);
                            }
                        })(),
                    }),
                });
                const request = { action: "subscribe", id: 1, channel: "chat/1", since: { epoch: "e", offset: 3 } };

                it("tells the client that the rest is lost, where the log has lost it meanwhile", async () => {
                    await send("subscribe", request, { history: breakingOff(new ReplayInterruptedError("chat/1", 5)) });
                    const answer = { type: "subscribed", id: 1, channel: "chat/1", epoch: "e", offset: 5 };
                    assert.deepEqual(api.received(CONNECTION_ID), [
                        { ...answer, recovered: true },
                        { offset: 4 },
                        { ...answer, recovered: false },
                    ]);
                });

                const restFrom = (offset: number): unknown => ({
                    kind: "replay",
                    connection: CONNECTION_ID,
                    channels: [{ channel: "chat/1", since: { epoch: "e", offset } }],
                    attempt: 1,
                    askedAt: 0,
                });
                const atTheEpoch = () => 0;
                const left = (): readonly unknown[] =>
                    deliveries
                        .drain()
                        .map((task) =>
                            task.kind === "replay" ? { ...task, connection: task.connection.connectionId } : task,
                        );

                it("leaves the rest to a deliverer where the log cannot be read for now", async () => {
                    const history = breakingOff(new Error("throttled"));
                    await send("subscribe", request, { history, clock: atTheEpoch });
                    assert.deepEqual(api.received(CONNECTION_ID).slice(1), [{ offset: 4 }]);
                    assert.deepEqual(left(), [restFrom(4)]);
                    assert.deepEqual(
                        log.lines.map(({ level }) => level),
                        ["warn"],
                    );
                });

                it("leaves the rest to a deliverer where posts keep failing", async () => {
                    api.script = () => (api.posts.length > 1 ? 500 : 200);
                    await send("subscribe", request, { history: endless(), clock: atTheEpoch });
                    assert.deepEqual(left(), [restFrom(3)]);
                });

                it("leaves the rest to a deliverer after five seconds", async () => {
                    // A second for each post.
                    const clock = () => api.posts.length * 1_000;
                    await send("subscribe", request, { history: endless(), clock });
                    assert.deepEqual(
                        api.received(CONNECTION_ID).slice(1),
                        [4, 5, 6, 7].map((offset) => ({ offset })),
                    );
                    assert.deepEqual(left(), [{ ...(restFrom(7) as object), askedAt: 5_000 }]);
                    assert.deepEqual(log.lines, []);
                });

                it("fails where the rest cannot be left to anybody: the client has to ask again", async () => {
                    deliveries.failure = new Error("SQS is away");
                    await assert.rejects(
                        send("subscribe", request, { history: breakingOff(new Error("throttled")) }),
                        deliveries.failure,
                    );
                });

                it("is not read any further once the client has left", async () => {
                    const read: number[] = [];
                    api.script = () => (api.posts.length > 2 ? 410 : 200);
                    await send("subscribe", request, { history: endless(read) });
                    assert.deepEqual(read, [4, 5]);
                    assert.deepEqual(deliveries.drain(), []);
                });
            });

            it("is not asked for the history of a namespace that keeps none", async () => {
                const history: History = { since: () => Promise.reject(new Error("asked")) };
                await send(
                    "subscribe",
                    { action: "subscribe", channel: "orders/ada/1", since: { epoch: "e", offset: 3 } },
                    { history },
                );
                assert.equal(member(api.received(CONNECTION_ID)[0], "recovered"), false);
            });
        });
    });

    describe("to unsubscribe", () => {
        it("answers, and the connection is out of the channel", async () => {
            await send("subscribe", { action: "subscribe", channel: "orders/@me" });
            assert.deepEqual(await ask({ action: "unsubscribe", id: 1, channel: "orders/@me" }), {
                type: "unsubscribed",
                id: 1,
                channel: "orders/@user/ada",
            });
            assert.deepEqual(await partitions(), [`connection#${CONNECTION_ID}`]);
        });

        it("answers the same where there was no such subscription, or no right to it", async () => {
            assert.equal(type(await ask({ action: "unsubscribe", channel: "orders/bob/1" })), "unsubscribed");
            assert.equal(type(await ask({ action: "unsubscribe", channel: "nowhere/1" })), "unsubscribed");
        });

        it("answers bad_request to what is no channel", async () => {
            assert.equal(member(await ask({ action: "unsubscribe", channel: "" }), "code"), "bad_request");
        });
    });

    describe("to anything else", () => {
        const cases: readonly (readonly [string, unknown, string])[] = [
            ["what is not JSON", "{", "bad_request"],
            ["an empty frame", "", "bad_request"],
            ["an unknown action", { action: "shout", id: "1" }, "bad_request"],
            ["a frame over 8 KB", { action: "hello", pad: "x".repeat(8_192) }, "payload_too_large"],
        ];
        for (const [what, frame, code] of cases) {
            it(`answers ${code} to ${what}`, async () => {
                assert.equal(member(await ask(frame, "$default"), "code"), code);
            });
        }

        it("answers forbidden to everything once the token has expired, and stores nothing", async () => {
            const expired = { ...ada, expiresAt: Math.floor(Date.now() / 1_000) };
            assert.equal(member(await ask({ action: "hello", id: 1 }, "hello", expired), "code"), "forbidden");
            await send("subscribe", { action: "subscribe", channel: "orders/ada/1" }, {}, expired);
            assert.equal(member(api.received(CONNECTION_ID)[0], "code"), "forbidden");
            assert.equal((await partitions()).length, 1);
        });

        it("answers internal, and logs why, where the fault is ours", async () => {
            dynamo.throttle("DeleteItem");
            const answer = await ask({ action: "unsubscribe", id: 3, channel: "orders/ada/1" });
            assert.deepEqual([type(answer), member(answer, "id"), member(answer, "code")], ["error", 3, "internal"]);
            assert.doesNotMatch(JSON.stringify(answer), /throughput/);
            assert.deepEqual(
                log.lines.map(({ level }) => level),
                ["error"],
            );
        });
    });

    it("answers every frame with one frame of the protocol, whatever it is", async () => {
        const types = ["welcome", "unsubscribed", "subscribed", "error"];
        const channel = fc.oneof(
            fc.constantFrom("orders/ada/1", "orders/@me", "orders/bob/1", "x"),
            fc.string(),
            fc.jsonValue(),
        );
        const frame = fc.oneof(
            fc.string(),
            fc.json(),
            fc
                .record(
                    {
                        action: fc.constantFrom("hello", "subscribe", "unsubscribe", "ping", "$connect"),
                        id: fc.jsonValue(),
                        channel,
                    },
                    { requiredKeys: ["action"] },
                )
                .map((value) => JSON.stringify(value)),
        );
        await fc.assert(
            fc.asyncProperty(
                frame,
                fc.constantFrom("hello", "subscribe", "unsubscribe", "$default"),
                async (body, route) => {
                    api.posts.length = 0;
                    const response = await send(route, body);
                    const answers =
                        response.body === undefined
                            ? api.received(CONNECTION_ID)
                            : [JSON.parse(response.body) as unknown];
                    assert.equal(answers.length, 1);
                    assert.ok(types.includes(String(type(answers[0]))));
                    if (type(answers[0]) === "error") {
                        assert.ok(
                            ERROR_CODES.some((code) => code === member(answers[0], "code") && code !== "internal"),
                        );
                    }
                },
            ),
            { numRuns: 300 },
        );
    });

    async function send(
        routeKey: string,
        body: unknown,
        { history, namespaces = NAMESPACES, clock = Date.now }: Circumstances = {},
        who: Subscriber = ada,
    ): Promise<GatewayResponse> {
        const answer = createAnswer({
            registry,
            namespaces,
            history,
            maxSubscriptions: 3,
            pingSeconds: 240,
            clock: Date.now,
        });
        const handler = createMessageHandler({
            answer,
            deliveries,
            clock,
            transport: sender,
            sleep: async () => undefined,
            random: Math.random,
            log,
        });
        return messageRoute(handler)(messageEvent(routeKey, body, who));
    }

    async function ask(frame: unknown, routeKey = "hello", who: Subscriber = ada): Promise<Record<string, unknown>> {
        const { statusCode, body } = await send(routeKey, frame, {}, who);
        assert.equal(statusCode, 200);
        return JSON.parse(body ?? "") as Record<string, unknown>;
    }

    async function partitions(): Promise<string[]> {
        return (await dynamo.registryRows()).map((row) => String(row["pk"])).sort();
    }
});

function type(frame: unknown): unknown {
    return member(frame, "type");
}

function member(frame: unknown, name: string): unknown {
    return (frame as Record<string, unknown>)[name];
}
