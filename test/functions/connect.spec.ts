import { strict as assert } from "node:assert";
import type { ConnectDeps } from "../../functions/connect/handler";
import { createConnectHandler } from "../../functions/connect/handler";
import { BatchWriter } from "../../functions/lib/batch-write";
import type { ConnectEvent, GatewayResponse } from "../../functions/lib/gateway-events";
import { ConnectionRegistry } from "../../functions/lib/registry";
import { CONNECTION_ID, connectEvent, subscriber } from "../fakes/gateway-events";
import { fakeNamespaces } from "../fakes/namespaces";
import { RecordingLog } from "../fakes/recorders";
import { TestDynamoDb } from "../support/dynamodb";

const NAMESPACES = fakeNamespaces({
    orders: { subscribe: [{ channel: "orders/{sub}/*" }, { channel: "orders/@me" }] },
});

describe("connect", () => {
    let dynamo: TestDynamoDb;
    let log: RecordingLog;
    beforeEach(async () => {
        dynamo = await TestDynamoDb.start();
        log = new RecordingLog();
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
            ["more than a connection may have", "orders/ada/1,orders/ada/2,orders/ada/3,orders/ada/4", 400],
        ];
        for (const [what, channels, status] of refused) {
            it(`answers ${status} to ${what}, registers nothing, and logs why`, async () => {
                assert.equal((await connect(withChannels(channels))).statusCode, status);
                assert.deepEqual(await dynamo.registryRows(), []);
                assert.equal(log.lines.length, 1);
                assert.equal(typeof log.lines[0]?.fields["reason"], "string");
            });
        }
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
        const batches = new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, async () => undefined, Math.random);
        const registry = new ConnectionRegistry(dynamo.documents, TestDynamoDb.REGISTRY, batches);
        return createConnectHandler({ registry, namespaces: NAMESPACES, maxSubscriptions: 3, log, ...overrides })(
            event,
        );
    }

    async function partitions(): Promise<string[]> {
        return (await dynamo.registryRows()).map((row) => String(row["pk"])).sort();
    }
});
