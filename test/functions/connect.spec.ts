import { strict as assert } from "node:assert";
import type { ConnectDeps } from "../../functions/connect/handler";
import { createConnectHandler } from "../../functions/connect/handler";
import { BatchWriter } from "../../functions/registry/batch-write";
import { connectRoute } from "../../functions/transports/api-gateway/routes";
import type { ConnectEvent, GatewayResponse } from "../../functions/transports/api-gateway/gateway-events";
import { ConnectionRegistry } from "../../functions/registry/registry";
import { RecordingDeliveryQueue } from "../fakes/delivery-queue";
import { CONNECTION_ID, connectEvent, subscriber } from "../fakes/gateway-events";
import { fakeNamespaces } from "../fakes/namespaces";
import { RecordingLog } from "../fakes/recorders";
import { TestDynamoDb } from "../support/dynamodb";

const NAMESPACES = fakeNamespaces({
    orders: { subscribe: [{ channel: "orders/{sub}/*" }, { channel: "orders/@me" }] },
    logged: { subscribe: [{ channel: "logged/*" }], history: { ttlSeconds: 60, maxMessages: 10 } },
});
const NOW = 1_707_502_303_000;

describe("connect", () => {
    let dynamo: TestDynamoDb;
    let log: RecordingLog;
    let deliveries: RecordingDeliveryQueue;
    beforeEach(async () => {
        dynamo = await TestDynamoDb.start();
        log = new RecordingLog();
        deliveries = new RecordingDeliveryQueue();
    });
    afterEach(() => dynamo.close());

    const ada = subscriber("ada");

    it("registers the connection until 2 hours after its beginning", async () => {
        const later = { ...ada, expiresAt: ada.expiresAt + 100_000 };
        const event = connectEvent(later);
        assert.deepEqual(await connect(event), { statusCode: 200 });
        const { connectedAt } = event.requestContext;
        assert.deepEqual(await dynamo.registryRows(), [
            {
                pk: `connection#${CONNECTION_ID}`,
                sk: "connection",
                connectionId: CONNECTION_ID,
                userId: "ada",
                connectedAt,
                expiresAt: Math.floor(connectedAt / 1_000) + 7_200,
            },
        ]);
    });

    it("registers it until its token expires, where that comes first", async () => {
        await connect(connectEvent(ada));
        assert.equal((await dynamo.registryRows())[0]?.["expiresAt"], ada.expiresAt);
    });

    describe("with ?channels=", () => {
        it("subscribes the connection to each, @me being the user's own", async () => {
            await connect(withChannels("orders/@me,orders/ada/1"));
            assert.deepEqual(await partitions(), [
                "channel#orders/@user/ada",
                "channel#orders/ada/1",
                `connection#${CONNECTION_ID}`,
            ]);
        });

        it("takes them from several parameters too", async () => {
            await connect(withChannels("orders/ada/1", "orders/ada/2,orders/ada/1"));
            assert.deepEqual(await partitions(), [
                "channel#orders/ada/1",
                "channel#orders/ada/2",
                `connection#${CONNECTION_ID}`,
            ]);
        });

        it("takes an empty one for none", async () => {
            assert.equal((await connect(withChannels(""))).statusCode, 200);
            assert.deepEqual(await partitions(), [`connection#${CONNECTION_ID}`]);
        });

        const refused: readonly (readonly [string, string, number])[] = [
            ["a channel that no rule opens", "orders/ada/1,orders/bob/1", 403],
            ["another user's own channel", "orders/@user/bob", 403],
            ["a namespace that nobody registered", "nowhere/1", 403],
            ["what is no channel", "orders//1", 400],
            ["a wildcard", "orders/*", 400],
            ["an empty item", "orders/ada/1,", 400],
            ["a position without an offset", "logged/1~epoch", 400],
            ["a position without an epoch", "logged/1~~1", 400],
            ["an offset that is no number", "logged/1~epoch~1e3", 400],
            ["an offset below 0", "logged/1~epoch~-1", 400],
            ["an offset beyond what is counted exactly", "logged/1~epoch~9007199254740992", 400],
            ["more than a position", "logged/1~epoch~1~2", 400],
            ["a position in a channel that no rule opens", "orders/bob/1~epoch~1", 403],
            ["more than a connection may have", "orders/ada/1,orders/ada/2,orders/ada/3,orders/ada/4", 400],
        ];
        for (const [what, channels, status] of refused) {
            it(`answers ${status} to ${what}, registers nothing, and logs why`, async () => {
                assert.equal((await connect(withChannels(channels))).statusCode, status);
                assert.deepEqual(await dynamo.registryRows(), []);
                assert.deepEqual(deliveries.sent, []);
                assert.equal(log.lines.length, 1);
                assert.equal(typeof log.lines[0]?.fields["reason"], "string");
            });
        }
    });

    describe("with positions", () => {
        it("has what was missed replayed once the socket is open, in the order of the channels", async () => {
            const event = withChannels("logged/2~b-_9~0,orders/ada/1", "logged/1~a~17");
            assert.deepEqual(await connect(event), { statusCode: 200 });
            const { connectedAt } = event.requestContext;
            assert.deepEqual(deliveries.sent, [
                {
                    delaySeconds: 0,
                    task: {
                        kind: "replay",
                        connection: { connectionId: CONNECTION_ID, connectedAt },
                        channels: [
                            { channel: "logged/2", since: { epoch: "b-_9", offset: 0 } },
                            { channel: "logged/1", since: { epoch: "a", offset: 17 } },
                        ],
                        attempt: 1,
                        askedAt: NOW,
                    },
                },
            ]);
        });

        it("asks for nothing of a log where there is no history, but for the answer that says so", async () => {
            await connect(withChannels("orders/@me~epoch~3"));
            const [sent] = deliveries.sent;
            assert.ok(sent?.task.kind === "replay");
            assert.deepEqual(sent.task.channels, [{ channel: "orders/@user/ada" }]);
        });

        it("asks only once the subscriptions are stored: a message in between comes twice rather than never", async () => {
            let subscribed: readonly string[] = [];
            const queue = {
                send: async () => {
                    subscribed = await partitions();
                },
            };
            await connect(withChannels("logged/1~a~1"), { deliveries: queue });
            assert.deepEqual(subscribed, ["channel#logged/1", `connection#${CONNECTION_ID}`]);
        });

        it("fails where the queue does: the client would wait for ever", async () => {
            deliveries.failure = new Error("no queue");
            await assert.rejects(connect(withChannels("logged/1~a~1")), /no queue/);
        });

        it("queues nothing for channels without one", async () => {
            await connect(withChannels("logged/1,orders/@me"));
            assert.deepEqual(deliveries.sent, []);
        });
    });

    describe("answers a client that offers sub-protocols", () => {
        for (const name of ["Sec-WebSocket-Protocol", "sec-websocket-protocol"]) {
            it(`with push.v1, and never with the token (${name})`, async () => {
                const response = await connect(connectEvent(ada, { headers: { [name]: "push.v1, bearer.a.b.c" } }));
                assert.deepEqual(response, { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "push.v1" } });
            });
        }

        it("with none where push.v1 is not among them", async () => {
            assert.deepEqual(
                await connect(connectEvent(ada, { headers: { "Sec-WebSocket-Protocol": "graphql-ws" } })),
                { statusCode: 200 },
            );
        });
    });

    it("fails, so that the handshake does, where the authorizer's context is missing", async () => {
        const { authorizer, ...requestContext } = connectEvent(ada).requestContext;
        assert.ok(authorizer !== undefined);
        await assert.rejects(connect({ requestContext }), { name: "MissingSubscriberError" });
    });

    it("fails where the registry does: an unregistered connection would be deaf", async () => {
        dynamo.throttle("BatchWriteItem");
        await assert.rejects(connect(connectEvent(ada)), { name: "ProvisionedThroughputExceededException" });
    });

    function withChannels(...values: readonly string[]): ConnectEvent {
        return connectEvent(ada, {
            multiValueQueryStringParameters: { channels: values },
            queryStringParameters: { channels: values.at(-1) },
        });
    }

    async function connect(event: ConnectEvent, overrides: Partial<ConnectDeps> = {}): Promise<GatewayResponse> {
        const batches = new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, {
            sleep: async () => undefined,
            random: Math.random,
        });
        const registry = new ConnectionRegistry(dynamo.documents, TestDynamoDb.REGISTRY, batches);
        const deps = { registry, namespaces: NAMESPACES, deliveries, maxSubscriptions: 3, clock: () => NOW, log };
        return connectRoute(createConnectHandler({ ...deps, ...overrides }))(event);
    }

    async function partitions(): Promise<string[]> {
        return (await dynamo.registryRows()).map((row) => String(row["pk"])).sort();
    }
});
