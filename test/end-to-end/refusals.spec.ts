import { strict as assert } from "node:assert";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { HandshakeRefused, Listener } from "../../operations/exercise/listener";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

describe("What is refused", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    describe("at the handshake", () => {
        const refused = async (options: Parameters<typeof Listener.open>[1]): Promise<number> => {
            try {
                await (await Listener.open(cloud.platform.webSocketUrl, options)).close();
                return 101;
            } catch (error) {
                if (error instanceof HandshakeRefused) {
                    return error.status;
                }
                throw error;
            }
        };

        it("answers 401 without a token", async () => {
            assert.equal(await refused({}), 401);
        });

        it("answers 401 to a token that is expired, forged, or for another audience or issuer", async () => {
            for (const token of [
                await cloud.mint({ sub: "ada" }, { ttlSeconds: -60 }),
                await cloud.mint({ sub: "ada" }, { audience: "another-api" }),
                await cloud.mint({ sub: "ada" }, { issuer: "https://elsewhere.example" }),
                withOtherClaims(await cloud.mint({ sub: "ada" }), { sub: "bob" }),
                "not.a.token",
            ]) {
                assert.equal(await refused({ token }), 401);
            }
        });

        it("answers 403 to a page of another origin, though its token is good", async () => {
            const token = await cloud.mint({ sub: "ada" });
            assert.equal(await refused({ token, origin: "https://evil.example" }), 403);
            assert.equal(await refused({ token, origin: new URL(cloud.local.http).origin }), 101);
        });

        it("answers 403 to a channel that the token does not open, and leaves no row behind", async () => {
            const token = await cloud.mint({ sub: "refused" });
            assert.equal(await refused({ token, channels: ["orders/bob/1"] }), 403);
            assert.equal(await refused({ token, channels: ["orders/@me", "nowhere/1"] }), 403);
            assert.equal(await refused({ token, channels: ["orders//1"] }), 400);
            assert.equal(await cloud.registry.rowsOfUser("refused"), 0);
        });

        it("answers 401 to a token in the query, which this stack does not allow", async () => {
            assert.equal(await refused({ token: await cloud.mint({ sub: "ada" }), tokenIn: "query" }), 401);
        });

        it("takes a browser's token from the sub-protocols, and answers push.v1 alone", async () => {
            const listener = await Listener.open(cloud.platform.webSocketUrl, {
                token: await cloud.mint({ sub: "ada" }),
                tokenIn: "subprotocol",
            });
            assert.equal(listener.socket.protocol, "push.v1");
            await listener.close();
        });

        it("takes sub-protocols that come in two lines for one list, whichever is first", async () => {
            const bearer = `bearer.${await cloud.mint({ sub: "ada" })}`;
            for (const lines of [
                ["push.v1", bearer],
                [bearer, "push.v1"],
                [`other, ${bearer}`, "push.v1, more"],
            ]) {
                assert.deepEqual(await handshake(cloud.platform.webSocketUrl, lines), [101, "push.v1"]);
            }
        });
    });

    describe("on an open socket", () => {
        const cases: readonly (readonly [string, unknown, string])[] = [
            ["a frame that is not JSON", "{", "bad_request"],
            ["a frame that is no object", "[1]", "bad_request"],
            ["an unknown action", { action: "shout", id: "1" }, "bad_request"],
            ["an action that is a route of the gateway", { action: "$connect", id: "1" }, "bad_request"],
            ["a subscribe without a channel", { action: "subscribe", id: "1" }, "bad_request"],
            ["a malformed channel", { action: "subscribe", id: "1", channel: "orders//x" }, "bad_request"],
            [
                "a reserved segment that means nothing",
                { action: "subscribe", id: "1", channel: "orders/@nobody" },
                "bad_request",
            ],
            [
                "a namespace that nobody registered",
                { action: "subscribe", id: "1", channel: "nowhere/1" },
                "unknown_namespace",
            ],
            ["another user's channel", { action: "subscribe", id: "1", channel: "orders/@user/bob" }, "forbidden"],
            ["another customer's order", { action: "subscribe", id: "1", channel: "orders/bob/1" }, "forbidden"],
            ["a channel for staff", { action: "subscribe", id: "1", channel: "orders/@all" }, "forbidden"],
            ["a frame over 8 KB", { action: "subscribe", id: "1", channel: "x".repeat(9_000) }, "payload_too_large"],
        ];
        for (const [what, frame, code] of cases) {
            it(`answers ${code} to ${what}, and the connection stays open`, async () => {
                const ada = await cloud.listen({ sub: "ada" });

                ada.send(frame);

                const error = await ada.find((answer) => answer["type"] === "error");
                assert.equal(error["code"], code);
                assert.equal(typeof error["message"], "string");
                await ada.settle();
            });
        }

        it("answers too_many_subscriptions beyond the limit", async () => {
            const ada = await cloud.listen({ sub: "ada" });
            const limit = 100;
            for (let n = 0; n < limit; n++) {
                const answer = await ada.ask({ action: "subscribe", id: n, channel: `orders/ada/${n}` });
                assert.equal(answer["type"], "subscribed");
            }

            const answer = await ada.ask({ action: "subscribe", id: "last", channel: "orders/ada/one-more" });

            assert.equal(answer["code"], "too_many_subscriptions");
        });

        it("closes with 1009 at a message over the gateway's limit", async () => {
            const ada = await cloud.listen({ sub: "ada" });
            const closed = ada.closed();
            ada.send("x".repeat(130 * 1024));
            assert.equal(await closed, 1009);
        });
    });

    describe("on the push bus", () => {
        const cases: readonly (readonly [string, string, string, unknown, string])[] = [
            [
                "an event of a namespace that nobody registered",
                "nowhere",
                "X",
                { channel: "nowhere/1", data: 1 },
                "unknown_namespace",
            ],
            [
                "an event for another namespace's channel",
                "orders",
                "X",
                { channel: "chat/1", data: 1 },
                "foreign_namespace",
            ],
            ["an event without a channel or a mapping", "orders", "X", { data: 1 }, "malformed"],
            [
                "a frame over 128 KB",
                "orders",
                "X",
                { channel: "orders/1", data: "x".repeat(129 * 1024) },
                "payload_too_large",
            ],
        ];
        for (const [what, source, detailType, detail, reason] of cases) {
            it(`sends ${what} to the dead-letter queue with its reason`, async () => {
                const before = (await cloud.deadLetters()).length;

                await cloud.eventbridge.send(
                    new PutEventsCommand({
                        Entries: [
                            {
                                EventBusName: cloud.platform.eventBusName,
                                Source: source,
                                DetailType: detailType,
                                Detail: JSON.stringify(detail),
                            },
                        ],
                    }),
                );

                const [letter] = await cloud.deadLettersAfter(before);
                assert.equal(letter?.["reason"], reason);
                assert.equal(typeof letter["message"], "string");
                assert.deepEqual((letter["event"] as { detail: unknown }).detail, detail);
            });
        }
    });
});

/** The token with other claims under the same signature, as a forger would try. */
/** A handshake with a line of sub-protocols for each of these: its status, and the sub-protocol of the answer. */
async function handshake(url: string, protocols: readonly string[]): Promise<readonly [number?, string?]> {
    const sent = request(url.replace(/^ws/, "http"), {
        headers: {
            Connection: "Upgrade",
            Upgrade: "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": [...protocols],
        },
    });
    sent.end();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
        sent.on("response", resolve).on("error", reject);
        sent.on("upgrade", resolve);
    });
    response.socket.destroy();
    return [response.statusCode, response.headers["sec-websocket-protocol"]];
}

function withOtherClaims(token: string, claims: Readonly<Record<string, unknown>>): string {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const original = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    return [header, Buffer.from(JSON.stringify({ ...original, ...claims })).toString("base64url"), signature].join(".");
}
