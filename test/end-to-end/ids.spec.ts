import { strict as assert } from "node:assert";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { encodeSegment } from "../../client/segment";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** Ids as issuers and tables have them, from the token and the table to the socket. */
describe("An id as it is in the world", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    for (const [what, id] of [
        ["Auth0's, with a bar", "auth0|64f0aa12bb34cc56dd78ee90"],
        ["an e-mail address, with a plus", "ada+shop@example.com"],
        ["a single-table key, with a number sign", "CUSTOMER#ada"],
        ["a name, with a blank and an umlaut", "Jürgen Müller"],
        ["one with slashes", "a/b/../c"],
        ["a star", "*"],
        ["a reserved word", "@all"],
        ["what looks encoded already", "auth0%7C64f0"],
        ["with what separates channels in a URL", "a,b~c~1"],
        ["300 characters", "x".repeat(300)],
        ["300 umlauts", "ü".repeat(300)],
        ["300 characters of four bytes", "😀".repeat(300)],
    ] as const) {
        it(`gets what is its own: ${what}`, async () => {
            const channel = `orders/${encodeSegment(id)}/o1`;
            const owner = await cloud.listen({ sub: id, channels: ["orders/@me"] });
            const subscribed = await owner.ask({ action: "subscribe", id: 1, channel });
            assert.deepEqual([subscribed["type"], subscribed["channel"]], ["subscribed", channel]);
            const again = await owner.ask({ action: "subscribe", id: 2, channel: "orders/@me" });
            assert.equal(again["channel"], `orders/@user/${encodeSegment(id)}`);

            await cloud.dynamodb.send(
                new PutItemCommand({
                    TableName: cloud.orders.ordersTableName,
                    Item: { customer: { S: id }, orderId: { S: "o1" }, status: { S: "paid" } },
                }),
            );

            for (const name of [channel, `orders/@user/${encodeSegment(id)}`]) {
                const message = await owner.message((frame) => frame["channel"] === name);
                assert.equal((message["data"] as { new: { customer: string } }).new.customer, id);
            }
            await owner.ask({ action: "hello", id: 3 });
            await owner.close();
            await cloud.untilRegistryIsClearOf(owner);
        });
    }

    it("opens its own channel and no other's, which differs only in how it is written", async () => {
        const ids = ["a/b", "a%2Fb", "a", "A/b", "a/b "];
        for (const id of ids) {
            const listener = await cloud.listen({ sub: id });
            for (const other of ids) {
                const channel = `orders/${encodeSegment(other)}/1`;
                const answer = await listener.ask({ action: "subscribe", id: other, channel });
                assert.equal(answer["type"], other === id ? "subscribed" : "error", `${id} and ${channel}`);
            }
        }
    });

    it("is told of by the channel that is written as the server writes it, in a URL too", async () => {
        const id = "auth0|url";
        const channel = `orders/${encodeSegment(id)}/7`;
        const owner = await cloud.listen({ sub: id, channels: [channel] });
        const report = await cloud.notify({ namespace: "orders", event: "X", channel, data: 1 });
        assert.deepEqual([report["audience"], report["delivered"]], [1, 1]);
        assert.equal((await owner.message())["channel"], channel);
    });

    it("says what to write where a channel holds the id as it is", async () => {
        const owner = await cloud.listen({ sub: "auth0|64f0" });
        const answer = await owner.ask({ action: "subscribe", id: 1, channel: "orders/auth0|64f0/1" });
        assert.equal(answer["code"], "bad_request");
        assert.match(String(answer["message"]), /is written auth0%7C64f0/);
    });
});

describe("A claim as issuers write it", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("claims", [
            { channel: "claims/@all", claims: { scope: "claims:read" } },
            { channel: "claims/realm", claims: { "realm_access.roles": "staff" } },
            { channel: "claims/roles/{resource_access.web.roles}" },
            { channel: "claims/tenant/{app_metadata.tenant}" },
            { channel: "claims/named/{https://example.com/roles}" },
            { channel: "claims/words/{scp}" },
        ]);
    });
    afterEach(() => cloud.closeListeners());

    for (const [channel, claims] of [
        ["claims/@all", { scope: "openid claims:read" }],
        ["claims/realm", { realm_access: { roles: ["cook", "staff"] } }],
        ["claims/roles/staff", { resource_access: { web: { roles: ["staff"] }, account: { roles: ["view"] } } }],
        ["claims/tenant/acme%20%26%20co", { app_metadata: { tenant: "acme & co" } }],
        ["claims/named/staff", { "https://example.com/roles": ["staff"] }],
        ["claims/words/read", { scp: "write read" }],
    ] as const) {
        it(`opens ${channel} to ${JSON.stringify(claims)}, and to nobody without it`, async () => {
            const ada = await cloud.listen({ sub: "ada", claims, channels: [channel] });
            assert.equal((await ada.ask({ action: "subscribe", id: 1, channel }))["type"], "subscribed");
            const bob = await cloud.listen({ sub: "bob", claims: { role: "staff" } });
            assert.equal((await bob.ask({ action: "subscribe", id: 1, channel }))["code"], "forbidden");
        });
    }
});

describe("A row that leaves a channel", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("tasks", [{ channel: "tasks/@me" }, { channel: "tasks/@all" }], {
            ttlSeconds: 3_600,
            maxMessages: 100,
        });
    });
    afterEach(() => cloud.closeListeners());

    const task = (assignee: string | undefined, note: string): Record<string, unknown> => ({
        id: { S: "t1" },
        note: { S: note },
        ...(assignee === undefined ? {} : { assignee: { S: assignee } }),
    });
    const change = async (eventId: string, old: unknown, current: unknown): Promise<unknown> =>
        cloud.notify({
            namespace: "tasks",
            event: "TaskChanged",
            tableChange: {
                channels: ["tasks/@user/{assignee}", "tasks/@all"],
                eventId,
                record: { SequenceNumber: "1", OldImage: old, NewImage: current },
            },
        });
    const seen = (frames: readonly Readonly<Record<string, unknown>>[]): unknown =>
        frames.map(({ offset, data }) => [offset, data]);

    it("tells each audience what concerns it, once, now and in a replay", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["tasks/@me"] });
        const bob = await cloud.listen({ sub: "bob", channels: ["tasks/@me"] });
        const all = await cloud.listen({ sub: "eve", channels: ["tasks/@all"] });
        const mine = { id: "t1", note: "for ada", assignee: "ada" };
        const yours = { id: "t1", note: "for bob", assignee: "bob" };
        const nobodys = { id: "t1", note: "for nobody" };

        await change("e1", undefined, task("ada", "for ada"));
        const moved = await change("e2", task("ada", "for ada"), task("bob", "for bob"));
        // The bus hands an event on twice, or a run ended before it had reported.
        await change("e2", task("ada", "for ada"), task("bob", "for bob"));
        await change("e3", task("bob", "for bob"), task(undefined, "for nobody"));
        await Promise.all([ada, bob, all].map((listener) => listener.settle()));

        assert.deepEqual(moved, { audience: 3, delivered: 3, stale: 0, queued: 0, failed: 0 });
        const distinct = (frames: readonly Readonly<Record<string, unknown>>[]): unknown =>
            seen(frames.filter(({ offset }, index) => frames.findIndex((one) => one["offset"] === offset) === index));
        const told = {
            ada: [
                [1, { old: null, new: mine }],
                [2, { old: mine, new: null }],
            ],
            bob: [
                [1, { old: null, new: yours }],
                [2, { old: yours, new: null }],
            ],
            all: [
                [1, { old: null, new: mine }],
                [2, { old: mine, new: yours }],
                [3, { old: yours, new: nobodys }],
            ],
        };
        assert.deepEqual(
            [ada, bob, all].map(({ messages }) => distinct(messages)),
            [told.ada, told.bob, told.all],
        );
        assert.ok(!JSON.stringify(ada.frames).includes("for bob"));
        assert.ok(!JSON.stringify(bob.frames).includes("for ada"));

        const [{ epoch } = { epoch: undefined }] = ada.messages;
        const later = await cloud.listen({ sub: "ada" });
        await later.ask({ action: "subscribe", id: 1, channel: "tasks/@me", since: { epoch, offset: 0 } });
        await later.message(({ offset }) => offset === 2);
        assert.deepEqual(seen(later.messages), told.ada);
    });
});
