import { strict as assert } from "node:assert";
import { createDisconnectHandler } from "../../functions/disconnect/handler";
import { BatchWriter } from "../../functions/registry/batch-write";
import { ConnectionRegistry } from "../../functions/registry/registry";
import type { Connection } from "../../functions/registry/registry-rows";
import { disconnectRoute } from "../../functions/transports/api-gateway/routes";
import { CONNECTION_ID, messageEvent, subscriber } from "../fakes/gateway-events";
import { TestDynamoDb } from "../support/dynamodb";

describe("disconnect", () => {
    let dynamo: TestDynamoDb;
    let registry: ConnectionRegistry;
    before(async () => {
        dynamo = await TestDynamoDb.start();
        const batches = new BatchWriter(dynamo.documents, TestDynamoDb.REGISTRY, {
            sleep: async () => undefined,
            random: Math.random,
        });
        registry = new ConnectionRegistry(dynamo.documents, TestDynamoDb.REGISTRY, batches);
    });
    after(() => dynamo.close());

    const event = messageEvent("$disconnect", "", subscriber("ada"));
    const connection: Connection = {
        connectionId: CONNECTION_ID,
        userId: "ada",
        connectedAt: 1,
        expiresAt: 9_999_999_999,
    };

    it("removes all rows of the connection, though it has the channels of several frames and batches", async () => {
        await registry.add(
            connection,
            Array.from({ length: 60 }, (_, n) => `orders/${n}`),
        );
        await registry.subscribe(connection, "orders/late", 100);
        assert.deepEqual(await disconnectRoute(createDisconnectHandler(registry))(event), { statusCode: 200 });
        assert.deepEqual(await dynamo.registryRows(), []);
    });

    it("answers 200 where it is called twice, before its time, or for a connection that never was", async () => {
        const disconnect = disconnectRoute(createDisconnectHandler(registry));
        assert.deepEqual(await disconnect(event), { statusCode: 200 });
        await registry.add(connection, ["orders/1"]);
        assert.deepEqual(await disconnect(event), { statusCode: 200 });
        assert.deepEqual(await disconnect(event), { statusCode: 200 });
        await registry.unsubscribe(CONNECTION_ID, "orders/1");
        assert.equal(await registry.subscribe(connection, "orders/2", 100), "gone");
        assert.deepEqual(await dynamo.registryRows(), []);
    });

    it("leaves other connections alone", async () => {
        await registry.add({ ...connection, connectionId: "other=" }, ["orders/1"]);
        await registry.add(connection, ["orders/1"]);
        await disconnectRoute(createDisconnectHandler(registry))(event);
        assert.deepEqual(
            (await dynamo.registryRows()).map((row) => row["connectionId"]),
            ["other=", "other="],
        );
    });
});
