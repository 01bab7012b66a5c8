import { strict as assert } from "node:assert";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";
import type { Listener } from "../../operations/exercise/listener";

/**
 * Several clients, users and namespaces at once: each gets exactly what it may and asked for. The notifier is invoked
 * synchronously, so when it answers, every post has been made; a ping then flushes each socket.
 */
describe("Who gets a message", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("chat", [{ channel: "chat/{team}" }, { channel: "chat/@me" }]);
    });
    afterEach(() => cloud.closeListeners());

    it("is each client that subscribed and may, and nobody else", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["orders/@me"] });
        const adaOnAnotherDevice = await cloud.listen({ sub: "ada", channels: ["orders/ada/1"] });
        const bob = await cloud.listen({ sub: "bob", channels: ["orders/@me", "orders/bob/1"] });
        const staff = await cloud.listen({ sub: "eve", claims: { role: "staff" }, channels: ["orders/@all"] });
        const chatter = await cloud.listen({ sub: "ada", claims: { team: "red" }, channels: ["chat/red", "chat/@me"] });
        const silent = await cloud.listen({ sub: "ada" });

        await publish(cloud, "orders", "orders/ada/1", "to one order");
        await publish(cloud, "orders", "orders/@user/ada", "to a user");
        await publish(cloud, "orders", "orders/@user/bob", "to another user");
        await publish(cloud, "orders", "orders/@all", "to everyone in the namespace");
        await publish(cloud, "chat", "chat/red", "to a team");
        await publish(cloud, "chat", "chat/blue", "to another team");
        await publish(cloud, "chat", "chat/@user/ada", "to a user of another namespace");

        assert.deepEqual(await received(ada), ["to a user"]);
        assert.deepEqual(await received(adaOnAnotherDevice), ["to one order"]);
        assert.deepEqual(await received(bob), ["to another user"]);
        assert.deepEqual(await received(staff), ["to everyone in the namespace"]);
        assert.deepEqual(await received(chatter), ["to a team", "to a user of another namespace"]);
        assert.deepEqual(await received(silent), []);
    });

    it("is nobody who has unsubscribed or left", async () => {
        const stayed = await cloud.listen({ sub: "ada", channels: ["orders/ada/2"] });
        const unsubscribed = await cloud.listen({ sub: "ada", channels: ["orders/ada/2"] });
        const left = await cloud.listen({ sub: "ada", channels: ["orders/ada/2"] });
        await unsubscribed.ask({ action: "unsubscribe", id: "1", channel: "orders/ada/2" });
        await left.ask({ action: "hello", id: "hello" });
        await left.close();
        await cloud.untilRegistryIsClearOf(left);

        const report = await publish(cloud, "orders", "orders/ada/2", "still here?");

        assert.equal(report["audience"], 1);
        assert.deepEqual(await received(stayed), ["still here?"]);
        assert.deepEqual(await received(unsubscribed), []);
    });

    it("is one copy for a client that subscribed twice", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/3"] });
        await ada.ask({ action: "subscribe", id: "again", channel: "orders/ada/3" });

        await publish(cloud, "orders", "orders/ada/3", "once");

        assert.deepEqual(await received(ada), ["once"]);
    });

    it("leaves out the connections that the publisher excepts", async () => {
        const sender = await cloud.listen({ sub: "ada", channels: ["orders/ada/4"] });
        const other = await cloud.listen({ sub: "ada", channels: ["orders/ada/4"] });
        const { connectionId } = await sender.ask({ action: "hello", id: "who" });

        await cloud.notify({
            namespace: "orders",
            event: "Typed",
            channel: "orders/ada/4",
            data: "echo",
            except: [connectionId],
        });

        assert.deepEqual(await received(sender), []);
        assert.deepEqual(await received(other), ["echo"]);
    });

    it("counts a connection that vanished without a goodbye as stale, and reaches the others all the same", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/5"] });
        await cloud.registry.putStale("orders/ada/5", { connectedSecondsAgo: 3_600 });

        const first = await publish(cloud, "orders", "orders/ada/5", "one");
        const second = await publish(cloud, "orders", "orders/ada/5", "two");

        assert.deepEqual([first["audience"], first["delivered"], first["stale"]], [2, 1, 1]);
        assert.deepEqual([second["audience"], second["delivered"], second["stale"]], [1, 1, 0]);
        assert.deepEqual(await received(ada), ["one", "two"]);
    });

    it("does not prune a connection whose socket may still be on its way", async () => {
        await cloud.registry.putStale("orders/ada/6", { connectedSecondsAgo: 0 });

        const first = await publish(cloud, "orders", "orders/ada/6", "one");
        const second = await publish(cloud, "orders", "orders/ada/6", "two");

        assert.equal(first["audience"], 1);
        assert.equal(second["audience"], 1);
    });

    it("ignores rows past their expiry, though TTL has not deleted them", async () => {
        await cloud.registry.putStale("orders/ada/7", { connectedSecondsAgo: 10_000, expired: true });

        const report = await publish(cloud, "orders", "orders/ada/7", "anyone?");

        assert.equal(report["audience"], 0);
    });

    it("is decided by the rules of the namespace alone, whatever the claims contain", async () => {
        for (const claims of [{ team: "*" }, { team: "red/../blue" }, { team: "@all" }, { team: "" }, {}]) {
            const client = await cloud.listen({ sub: "mallory", claims });
            for (const channel of ["chat/red", "chat/*", "chat/@all", "chat/@user/ada"]) {
                const answer = await client.ask({ action: "subscribe", id: channel, channel });
                assert.equal(answer["type"], "error", `${JSON.stringify(claims)} opened ${channel}`);
            }
        }
    });

    it("follows a table row to all three channels of the example", async () => {
        const order = await cloud.listen({ sub: "ada", channels: ["orders/ada/8"] });
        const user = await cloud.listen({ sub: "ada", channels: ["orders/@me"] });
        const staff = await cloud.listen({ sub: "eve", claims: { role: "staff" }, channels: ["orders/@all"] });

        await cloud.dynamodb.send(
            new PutItemCommand({
                TableName: cloud.orders.ordersTableName,
                Item: { customer: { S: "ada" }, orderId: { S: "8" } },
            }),
        );

        const channels = await Promise.all(
            [order, user, staff].map(async (client) => (await client.message())["channel"]),
        );
        assert.deepEqual(channels, ["orders/ada/8", "orders/@user/ada", "orders/@all"]);
    });
});

async function publish(
    cloud: TestCloud,
    namespace: string,
    channel: string,
    data: string,
): Promise<Record<string, unknown>> {
    return cloud.notify({ namespace, event: "Said", channel, data });
}

async function received(client: Listener): Promise<unknown[]> {
    await client.settle();
    return client.messages.map((message) => message["data"]);
}
