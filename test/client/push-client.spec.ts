import assert from "node:assert/strict";
import WebSocket from "ws";
import { PushClient, type PositionStorage } from "../../client/index";
import { Harness, listen, listening } from "./support/harness";
import type { ServerConnection } from "./support/protocol-server";
import { tokenOf } from "./support/tokens";
import { settle, until } from "./support/until";

const HOUR_MS = 60 * 60 * 1000;

describe("PushClient", () => {
    let harness: Harness;

    beforeEach(async () => {
        harness = await Harness.start();
    });

    afterEach(async () => {
        await harness.stop();
    });

    describe("when it connects", () => {
        it("offers the token as a sub-protocol, says hello, and tells of each state with its reason", async () => {
            const client = await harness.connected();
            assert.deepEqual(harness.server.handshakes, [["push.v1", "bearer.e30.ada.signed"]]);
            assert.deepEqual(harness.states, [
                { status: "connecting", code: "connect_called", reason: "connect was called" },
                { status: "connected", code: "welcome", reason: "Connected as ada" },
            ]);
            assert.deepEqual(client.session, {
                connectionId: "c1=",
                userId: "ada",
                expiresAt: harness.clock.now() / 1000 + 7_200,
                expiresIn: 7_200,
                pingSeconds: 300,
            });
        });

        it("works with the WebSocket of the package ws as it is", async () => {
            const client = await harness.connected({ WebSocket });
            const { told } = listen(client, "orders/1");
            await until(() => harness.protocol.latest.subscriptions.has("orders/1"));
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
        });

        it("connects once, however often it is told to", async () => {
            const client = await harness.connected();
            client.connect();
            client.connect();
            await settle();
            assert.equal(harness.server.handshakes.length, 1);
        });

        it("needs a WebSocket from somewhere", () => {
            const original = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
            Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true });
            try {
                assert.throws(() => new PushClient("ws://127.0.0.1"), /no global WebSocket here.*`ws` package/);
            } finally {
                if (original === undefined) {
                    Reflect.deleteProperty(globalThis, "WebSocket");
                } else {
                    Object.defineProperty(globalThis, "WebSocket", original);
                }
            }
        });

        it("is closed for good by an address that is none", async () => {
            const client = new PushClient("no address", { WebSocket, clock: harness.clock });
            client.connect();
            await until(() => client.state.status === "closed");
            assert.equal(client.state.code, "invalid");
        });

        it("tries again when the server does not welcome it in time", async () => {
            harness.protocol.treat = () => "ignore";
            const client = harness.client();
            client.connect();
            await until(() => harness.protocol.connections.length === 1);
            await until(() => harness.protocol.latest.of("hello").length === 1);
            harness.clock.advance(15_000);
            assert.deepEqual([client.state.status, client.state.code], ["waiting", "connect_timeout"]);
            harness.protocol.treat = () => "answer";
            harness.clock.advance(500);
            await until(() => client.state.status === "connected");
        });

        it("tries again when the server refuses the hello", async () => {
            harness.protocol.treat = () => ({ code: "internal" });
            const client = harness.client();
            client.connect();
            await until(() => client.state.status === "waiting");
            assert.equal(client.state.code, "hello_refused");
            assert.equal(client.state.reason, "internal: refused by the test");
        });
    });

    describe("when a subscriber listens", () => {
        it("delivers messages in order, once, whatever the server doubles and swaps", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            const waiting: (() => void)[] = [];
            harness.protocol.transmit = (_connection, send) => waiting.push(send);
            for (const data of ["one", "two", "three"]) {
                harness.protocol.publish("orders/1", data);
            }
            for (const index of [2, 0, 2, 0, 1, 1]) {
                waiting[index]?.();
            }
            await until(() => told.length === 3);
            await settle();
            assert.deepEqual(told, ["one", "two", "three"]);
        });

        it("subscribes as soon as there is a connection, and tells the subscriber", async () => {
            const client = harness.client();
            harness.protocol.publish("orders/1", "before");
            const { told, confirmations } = listen(client, "orders/1");
            client.connect();
            await until(() => confirmations.length === 1);
            assert.deepEqual(confirmations, [{ head: { epoch: "e0", offset: 1 }, recovered: false }]);
            assert.deepEqual(told, []);
        });

        it("takes a function for a handler of messages", async () => {
            const client = await harness.connected();
            const seen: unknown[] = [];
            client.subscribe("orders/1", ({ data, channel, source, event, offset }) => {
                seen.push({ data, channel, source, event, offset });
            });
            await until(() => harness.protocol.latest.subscriptions.size === 1);
            harness.protocol.publish("orders/1", { total: 7 });
            await until(() => seen.length === 1);
            assert.deepEqual(seen, [
                { data: { total: 7 }, channel: "orders/1", source: "orders", event: "Tested", offset: 1 },
            ]);
        });

        it("gives messages of the user's own channel to who subscribed to @me", async () => {
            const client = await harness.connected();
            const { told } = listen(client, "orders/@me");
            await until(() => harness.protocol.latest.subscriptions.has("orders/@user/ada"));
            harness.protocol.publish("orders/@user/ada", "mine");
            await until(() => told.length === 1);
            assert.deepEqual(told, ["mine"]);
        });

        it("shares one subscription among several subscribers, and ends it with the last", async () => {
            const client = await harness.connected();
            const first = listen(client, "orders/1");
            const second = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => second.told.length === 1);
            first.subscription.unsubscribe();
            harness.protocol.publish("orders/1", "two");
            await until(() => second.told.length === 2);
            second.subscription.unsubscribe();
            await until(() => harness.protocol.latest.subscriptions.size === 0);
            harness.protocol.publish("orders/1", "three");
            await settle();
            assert.deepEqual([first.told, second.told], [["one"], ["one", "two"]]);
            assert.deepEqual(
                [harness.protocol.latest.of("subscribe").length, harness.protocol.latest.of("unsubscribe").length],
                [1, 1],
            );
        });

        it("does not call a handler again that has unsubscribed from within", async () => {
            const client = await harness.connected();
            const seen: unknown[] = [];
            const subscription = client.subscribe("orders/1", ({ data }) => {
                seen.push(data);
                subscription.unsubscribe();
            });
            await until(() => harness.protocol.latest.subscriptions.size === 1);
            const waiting: (() => void)[] = [];
            harness.protocol.transmit = (_connection, send) => waiting.push(send);
            harness.protocol.publish("orders/1", "one");
            harness.protocol.publish("orders/1", "two");
            waiting.reverse().forEach((send) => {
                send();
            });
            await until(() => harness.protocol.latest.of("unsubscribe").length === 1);
            assert.deepEqual(seen, ["one"]);
        });

        it("keeps one handler's error from the others, and gives it to the page's error handling", async () => {
            const client = await harness.connected();
            client.subscribe("orders/1", () => {
                throw new Error("a bug in the page");
            });
            const { told } = await listening(client, "orders/1");
            const listeners = process.listeners("uncaughtException");
            process.removeAllListeners("uncaughtException");
            const caught: unknown[] = [];
            process.on("uncaughtException", (error) => caught.push(error.message));
            try {
                harness.protocol.publish("orders/1", "one");
                harness.protocol.publish("orders/1", "two");
                await until(() => caught.length === 2);
            } finally {
                process.removeAllListeners("uncaughtException");
                listeners.forEach((listener) => process.on("uncaughtException", listener));
            }
            assert.deepEqual(told, ["one", "two"]);
            assert.deepEqual(caught, ["a bug in the page", "a bug in the page"]);
        });

        it("asks one thing at a time about a channel, since the server handles frames in any order", async () => {
            const client = await harness.connected();
            const answers: (() => void)[] = [];
            harness.protocol.transmit = (_connection, send) => answers.push(send);
            listen(client, "orders/1").subscription.unsubscribe();
            const again = listen(client, "orders/1");
            await until(() => answers.length === 1);
            again.subscription.unsubscribe();
            await settle();
            const actions = (): readonly string[] => harness.protocol.latest.frames.map(({ action }) => action);
            assert.deepEqual(actions(), ["hello", "subscribe"]);
            answers[0]?.();
            await until(() => harness.protocol.latest.subscriptions.size === 0);
            assert.deepEqual(actions(), ["hello", "subscribe", "unsubscribe"]);
        });
    });

    describe("when a subscriber leaves and another one comes", () => {
        type Fate = "internal" | "lost" | "throttled";
        for (const fate of ["internal", "lost", "throttled"] satisfies readonly Fate[]) {
            it(`asks again where the answer to the leave is ${fate}, so that the new one hears everything`, async () => {
                const client = await harness.connected();
                const { subscription } = await listening(client, "orders/1");
                harness.protocol.treat = (connection, frame) => {
                    if (frame.action !== "unsubscribe") {
                        return "answer";
                    }
                    connection.subscriptions.clear();
                    if (fate === "throttled") {
                        connection.peer.send('{"message":"Too Many Requests","connectionId":"c","requestId":"r"}');
                    }
                    return fate === "internal" ? { code: "internal" } : "ignore";
                };
                subscription.unsubscribe();
                const { told, confirmations } = listen(client, "orders/1");
                await harness.pass(() => confirmations.length === 1);
                harness.protocol.publish("orders/1", "one");
                await until(() => told.length === 1);
            });
        }

        it("asks once more when a leave that was not answered may have been carried out late", async () => {
            const client = await harness.connected();
            const { subscription } = await listening(client, "orders/1");
            harness.protocol.treat = (_connection, { action }) => (action === "unsubscribe" ? "ignore" : "answer");
            subscription.unsubscribe();
            const { told, confirmations } = listen(client, "orders/1");
            await harness.pass(() => confirmations.length === 1);
            harness.protocol.latest.subscriptions.clear();
            harness.protocol.publish("orders/1", "one");
            await harness.pass(() => told.length === 1);
            assert.equal(harness.protocol.connections.length, 1);
        });

        it("does not take the refusal of a leave for one of the new subscription", async () => {
            const client = await harness.connected();
            const { subscription } = await listening(client, "orders/1");
            harness.protocol.treat = (_connection, { action }) =>
                action === "unsubscribe" ? { code: "forbidden" } : "answer";
            subscription.unsubscribe();
            const { told, confirmations } = listen(client, "orders/1");
            await until(() => confirmations.length === 1);
            assert.deepEqual(told, []);
        });

        it("asks for the new one where the answer to a question of the old one is lost", async () => {
            const client = await harness.connected();
            const { subscription, told: before } = await listening(client, "orders/1");
            harness.protocol.transmit = () => undefined;
            harness.protocol.publish("orders/1", "lost");
            harness.protocol.transmit = (_connection, send) => {
                send();
            };
            harness.protocol.publish("orders/1", "early");
            let isRepairing = false;
            harness.protocol.treat = (_connection, { since }) => {
                isRepairing ||= since !== undefined;
                return isRepairing ? "ignore" : "answer";
            };
            await harness.pass(() => isRepairing);
            subscription.unsubscribe();
            const { told, confirmations } = listen(client, "orders/1");
            harness.protocol.treat = () => "answer";
            await harness.pass(() => confirmations.length === 1);
            harness.protocol.publish("orders/1", "new");
            await until(() => told.at(-1) === "new");
            assert.deepEqual(before, []);
        });
    });

    describe("when history is switched on or off", () => {
        it("asks half a minute later, and tells of a gap, each time", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            harness.protocol.withoutHistory.add("orders");
            harness.protocol.publish("orders/1", "two");
            await harness.pass(() => told.length === 3);
            harness.protocol.withoutHistory.delete("orders");
            harness.protocol.publish("orders/1", "three");
            await harness.pass(() => told.length === 5);
            assert.deepEqual(told, ["one", "two", "gap no_history", "three", "gap no_history"]);
        });

        it("tells a page of it that is loaded again with a position", async () => {
            const items = new Map([["push:orders/1", '{"epoch":"e0","offset":3}']]);
            const storage = {
                getItem: (key: string) => items.get(key) ?? null,
                setItem: (key: string, value: string) => items.set(key, value),
                removeItem: (key: string) => items.delete(key),
            };
            harness.protocol.withoutHistory.add("orders");
            const { told } = await listening(await harness.connected({ storage }), "orders/1");
            assert.deepEqual([told, items.size], [["gap no_history"], 0]);
        });
    });

    describe("when a publisher leaves its connection out", () => {
        const own = (client: PushClient): readonly string[] => [client.session?.connectionId ?? ""];

        it("hears the other messages at once, and asks the server nothing", async () => {
            const client = await harness.connected();
            const { told, confirmations } = await listening(client, "orders/@me");
            harness.protocol.publish("orders/@user/ada", "own", own(client));
            harness.protocol.publish("orders/@user/ada", "other");
            await until(() => told.length === 1);
            harness.clock.advance(30_000);
            await settle();
            assert.deepEqual([told, confirmations.length], [["other"], 1]);
            assert.equal(harness.protocol.latest.of("subscribe").length, 1);
        });

        it("keeps the position after a message that it does not hear: another connection is not told it", async () => {
            const items = new Map<string, string>();
            const storage: PositionStorage = {
                getItem: (key) => items.get(key) ?? null,
                setItem: (key, value) => items.set(key, value),
                removeItem: (key) => items.delete(key),
            };
            const client = await harness.connected({ storage });
            await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "own", own(client));
            await until(() => items.get("push:orders/1")?.includes("1") === true);
            client.close();
            const { told } = await listening(await harness.connected({ storage }), "orders/1");
            harness.protocol.publish("orders/1", "other");
            await until(() => told.length > 0);
            assert.deepEqual(told, ["other"]);
        });

        it("counts its place as progress: what is missing before it is asked for no sooner than before", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            let isLosing = true;
            harness.protocol.transmit = (_connection, send) => {
                if (!isLosing) {
                    send();
                }
            };
            harness.protocol.publish("orders/1", "lost");
            isLosing = false;
            harness.protocol.publish("orders/1", "own", own(client));
            await harness.pass(() => told.length > 0);
            harness.protocol.publish("orders/1", "other");
            await until(() => told.length === 2);
            assert.deepEqual(told, ["lost", "other"]);
            assert.equal(harness.protocol.latest.of("subscribe").length, 2);
        });

        it("is told nothing in a namespace without history", async () => {
            harness.protocol.withoutHistory.add("chat");
            const client = await harness.connected();
            const { told } = await listening(client, "chat/1");
            harness.protocol.publish("chat/1", "own", own(client));
            harness.protocol.publish("chat/1", "other");
            await until(() => told.length === 1);
            assert.deepEqual(told, ["other"]);
        });
    });

    describe("when the server refuses a subscription", () => {
        it("tells the subscriber, leaves other channels alone, and does not ask again", async () => {
            const client = await harness.connected();
            harness.protocol.treat = (_connection, { channel }) =>
                channel === "orders/2" ? { code: "forbidden" } : "answer";
            const good = listen(client, "orders/1");
            const bad = listen(client, "orders/2");
            await until(() => bad.told.length === 1);
            assert.deepEqual(bad.told, ["error forbidden"]);
            harness.protocol.dropAll();
            await harness.pass(() => harness.protocol.connections.length === 2);
            await until(() => harness.protocol.latest.subscriptions.size === 1);
            assert.deepEqual(
                harness.protocol.latest.of("subscribe").map(({ channel }) => channel),
                ["orders/1"],
            );
            assert.deepEqual(good.told, []);
        });

        it("has a handler for all that have none of their own", async () => {
            const errors: string[] = [];
            const client = await harness.connected({
                onError: ({ message, code, channel }) => errors.push(`${message} | ${code} ${channel}`),
            });
            harness.protocol.treat = () => ({ code: "too_many_subscriptions" });
            client.subscribe("orders/1", () => undefined);
            await until(() => errors.length === 1);
            assert.deepEqual(errors, [
                "orders/1: refused by the test (too_many_subscriptions) | too_many_subscriptions orders/1",
            ]);
        });

        it("asks again, later and later, when the fault is the server's", async () => {
            const client = await harness.connected();
            let refusals = 0;
            harness.protocol.treat = () => {
                refusals += 1;
                return refusals <= 2 ? { code: "internal" } : "answer";
            };
            const { told, confirmations } = listen(client, "orders/1");
            await until(() => refusals === 1);
            await settle();
            assert.deepEqual(told, []);
            await harness.pass(() => confirmations.length === 1);
            assert.equal(harness.protocol.connections.length, 1);
        });

        it("makes a new connection when it gets no good answer on the old one", async () => {
            const client = await harness.connected();
            const first = harness.protocol.latest;
            harness.protocol.treat = (connection) => (connection === first ? { code: "internal" } : "answer");
            const { confirmations } = listen(client, "orders/1");
            await harness.pass(() => confirmations.length === 1);
            assert.equal(first.of("subscribe").length, 5);
            assert.ok(harness.path.includes("waiting not_registered"));
        });

        it("fetches a new token when the old one has expired under it", async () => {
            harness.protocol.sessionSeconds = 20;
            const client = await harness.connected();
            harness.clock.advance(25_000);
            harness.protocol.treat = (connection) => (connection.id === "c1=" ? { code: "forbidden" } : "answer");
            const { told, confirmations } = listen(client, "orders/1");
            await until(() => client.state.code === "expired");
            await harness.pass(() => confirmations.length === 1);
            assert.deepEqual(told, []);
            assert.ok(harness.tokens >= 2);
        });
    });

    describe("when messages are lost on the way", () => {
        it("asks for what is missing, and delivers it in its place", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            harness.protocol.transmit = () => undefined;
            harness.protocol.publish("orders/1", "two");
            harness.protocol.transmit = (_connection, send) => {
                send();
            };
            harness.protocol.publish("orders/1", "three");
            await until(() => told.length === 1);
            await harness.pass(() => told.length === 3);
            assert.deepEqual(told, ["one", "two", "three"]);
            assert.deepEqual(harness.protocol.latest.of("subscribe")[1]?.since, { epoch: "e0", offset: 1 });
        });

        it("asks in spite of later messages that keep coming", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.transmit = () => undefined;
            harness.protocol.publish("orders/1", "lost");
            harness.protocol.transmit = (_connection, send) => {
                send();
            };
            await harness.pass(() => {
                harness.protocol.publish("orders/1", "later");
                return told.length > 0;
            });
            assert.equal(told[0], "lost");
        });

        it("tells of a gap when asking does not help", async () => {
            const client = await harness.connected();
            const { told, gaps } = await listening(client, "orders/1");
            harness.protocol.transmit = (_connection, send, frame) => {
                if (!("offset" in frame && frame.offset === 1 && "data" in frame)) {
                    send();
                }
            };
            harness.protocol.publish("orders/1", "never arrives");
            harness.protocol.publish("orders/1", "two");
            await harness.pass(() => told.length === 2);
            assert.deepEqual(told, ["gap repair_failed", "two"]);
            assert.deepEqual(gaps, [
                { reason: "repair_failed", from: { epoch: "e0", offset: 0 }, to: { epoch: "e0", offset: 1 } },
            ]);
            assert.equal(harness.protocol.connections.length, 1);
        });

        it("asks again when an answer is lost", async () => {
            const client = await harness.connected();
            let lost = 0;
            harness.protocol.transmit = (_connection, send) => {
                lost += 1;
                if (lost > 1) {
                    send();
                }
            };
            const { confirmations } = listen(client, "orders/1");
            await until(() => lost === 1);
            await harness.pass(() => confirmations.length === 1);
            assert.equal(harness.protocol.latest.of("subscribe").length, 2);
        });
    });

    describe("when the connection is lost", () => {
        it("comes back after a delay, and misses nothing of a burst that it was cut off from", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            for (let index = 0; index < 100; index += 1) {
                harness.protocol.publish("orders/1", index);
                if (index === 50) {
                    harness.protocol.dropAll();
                }
            }
            await until(() => client.state.status === "waiting");
            assert.deepEqual(
                { ...client.state, retryInMs: Math.round(client.state.retryInMs ?? 0) },
                {
                    status: "waiting",
                    code: "connection_lost",
                    reason: "Closed with 1006",
                    closeCode: 1006,
                    retryInMs: 500,
                },
            );
            harness.clock.advance(500);
            await until(() => told.length === 100);
            assert.deepEqual(
                told,
                Array.from({ length: 100 }, (_, index) => index),
            );
            assert.deepEqual(harness.path.slice(-3), [
                "waiting connection_lost",
                "connecting retry",
                "connected welcome",
            ]);
        });

        it("waits longer after each attempt, and from the beginning after a good connection", async () => {
            const client = await harness.connected();
            harness.server.refuse = () => 503;
            harness.protocol.dropAll();
            const delays: number[] = [];
            for (let attempt = 0; attempt < 8; attempt += 1) {
                await until(() => client.state.retryInMs !== undefined);
                delays.push(Math.round((client.state.retryInMs ?? 0) / 100) * 100);
                harness.clock.advance(client.state.retryInMs ?? 0);
            }
            assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
            harness.server.refuse = () => undefined;
            await harness.pass(() => client.state.status === "connected");
            harness.clock.advance(60_000);
            harness.protocol.dropAll();
            await until(() => client.state.status === "waiting");
            assert.equal(Math.round(client.state.retryInMs ?? 0), 500);
        });

        it("does not begin anew with its delays when connections do not last", async () => {
            const client = await harness.connected();
            const delays: number[] = [];
            for (let attempt = 0; attempt < 3; attempt += 1) {
                harness.protocol.dropAll();
                await until(() => client.state.status === "waiting");
                delays.push(Math.round(client.state.retryInMs ?? 0));
                harness.clock.advance(5_000);
                await until(() => client.state.status === "connected");
            }
            assert.deepEqual(delays, [500, 999, 1998]);
        });

        it("tries at once when it is told to check", async () => {
            const client = await harness.connected();
            harness.protocol.dropAll();
            await until(() => client.state.status === "waiting");
            client.check();
            await until(() => client.state.status === "connected");
            assert.deepEqual(harness.path.slice(-2), ["connecting retry", "connected welcome"]);
        });

        it("tells of the gap when the log does not go back far enough, and goes on", async () => {
            const client = await harness.connected();
            const { told, gaps } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
            harness.protocol.dropAll();
            for (const data of ["two", "three", "four"]) {
                harness.protocol.publish("orders/1", data);
            }
            harness.protocol.trim("orders/1", 1);
            await harness.pass(() => told.length === 2);
            harness.protocol.publish("orders/1", "five");
            await until(() => told.length === 3);
            assert.deepEqual(told, ["one", "gap expired", "five"]);
            assert.deepEqual(gaps, [
                { reason: "expired", from: { epoch: "e0", offset: 1 }, to: { epoch: "e0", offset: 4 } },
            ]);
        });

        it("tells of the gap when the log was started over", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
            harness.protocol.startOver("orders/1");
            harness.protocol.publish("orders/1", "two");
            await harness.pass(() => told.length === 3);
            assert.deepEqual(told, ["one", "gap new_epoch", "two"]);
        });

        it("tells of a gap where there is no history", async () => {
            harness.protocol.withoutHistory.add("orders");
            const client = await harness.connected();
            const { told, confirmations } = listen(client, "orders/1");
            await until(() => confirmations.length === 1);
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
            harness.protocol.dropAll();
            await harness.pass(() => told.length === 2);
            harness.protocol.publish("orders/1", "two");
            await until(() => told.length === 3);
            assert.deepEqual(told, ["one", "gap no_history", "two"]);
        });

        it("has a handler for gaps that subscribers have none for", async () => {
            harness.protocol.withoutHistory.add("orders");
            const gaps: string[] = [];
            const client = await harness.connected({
                onGap: ({ reason }, channel) => gaps.push(`${channel} ${reason}`),
            });
            client.subscribe("orders/1", () => undefined);
            await until(() => harness.protocol.latest.subscriptions.size === 1);
            await settle();
            harness.protocol.dropAll();
            await harness.pass(() => gaps.length === 1);
            assert.deepEqual(gaps, ["orders/1 no_history"]);
        });

        it("is closed for good by a close that trying again would not mend", async () => {
            const client = await harness.connected();
            harness.protocol.latest.peer.close(4401, "not you");
            await until(() => client.state.status === "closed");
            assert.deepEqual(client.state, {
                status: "closed",
                code: "fatal_close",
                reason: "Closed with 4401, not you",
                closeCode: 4401,
            });
            harness.clock.advance(HOUR_MS);
            await settle();
            assert.equal(harness.server.handshakes.length, 1);
        });

        it("tries again after the closes of the gateway's limits", async () => {
            for (const code of [1000, 1001, 1008, 1011, 1012]) {
                const client = await harness.connected();
                harness.protocol.latest.peer.close(code, "Going away");
                await until(() => client.state.status === "waiting");
                client.close();
            }
        });
    });

    describe("when the connection is dead without a word", () => {
        it("notices by a ping that is not answered, and comes back", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            const dead = harness.protocol.latest;
            harness.protocol.treat = (connection) => (connection === dead ? "ignore" : "answer");
            harness.protocol.transmit = (connection, send) => {
                if (connection !== dead) {
                    send();
                }
            };
            harness.protocol.publish("orders/1", "into the void");
            harness.clock.advance(300_000);
            await until(() => dead.of("ping").length === 1);
            assert.equal(client.state.status, "connected");
            harness.clock.advance(9_999);
            assert.equal(client.state.status, "connected");
            harness.clock.advance(1);
            assert.deepEqual([client.state.status, client.state.code], ["waiting", "pong_timeout"]);
            harness.clock.advance(500);
            await until(() => told.length === 1);
            assert.deepEqual(told, ["into the void"]);
        });

        it("pings for as long as it is answered, well within the gateway's 10 minutes", async () => {
            harness.protocol.pingSeconds = 3_600;
            const client = await harness.connected();
            for (let count = 1; count <= 3; count += 1) {
                harness.clock.advance(540_000);
                await until(() => harness.protocol.latest.of("ping").length === count);
                await settle();
                assert.equal(client.state.status, "connected");
            }
        });

        it("takes any frame for a sign of life", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.treat = (_connection, { action }) => (action === "ping" ? "ignore" : "answer");
            harness.clock.advance(300_000);
            await until(() => harness.protocol.latest.of("ping").length === 1);
            harness.protocol.publish("orders/1", "alive");
            await until(() => told.length === 1);
            harness.clock.advance(20_000);
            assert.equal(client.state.status, "connected");
        });

        for (const type of ["online", "visibilitychange", "resume"]) {
            it(`pings by itself on ${type}, until it is closed`, async () => {
                const page = new EventTarget();
                const globals = { document: page, addEventListener: page.addEventListener.bind(page) };
                const stubs = { ...globals, removeEventListener: page.removeEventListener.bind(page) };
                Object.entries(stubs).forEach(([name, value]) => {
                    Object.defineProperty(globalThis, name, { value, configurable: true });
                });
                try {
                    const client = await harness.connected();
                    page.dispatchEvent(new Event(type));
                    await until(() => harness.protocol.latest.of("ping").length === 1);
                    harness.protocol.dropAll();
                    await until(() => client.state.status === "waiting");
                    page.dispatchEvent(new Event(type));
                    await until(() => client.state.status === "connected");
                    client.close();
                    page.dispatchEvent(new Event(type));
                    assert.equal(client.state.status, "closed");
                } finally {
                    Object.keys(stubs).forEach((name) => Reflect.deleteProperty(globalThis, name));
                }
            });
        }

        it("pings at once when its timers were stopped for long", async () => {
            await harness.connected();
            harness.clock.skip(90_000);
            harness.clock.advance(0);
            await until(() => harness.protocol.latest.of("ping").length === 1);
        });

        it("does not ping on every tick that is late by less, as in hidden tabs", async () => {
            await harness.connected();
            harness.clock.skip(60_000);
            harness.clock.advance(0);
            await settle();
            assert.equal(harness.protocol.latest.of("ping").length, 0);
        });

        it("pings when it is told to check", async () => {
            const client = await harness.connected();
            client.check();
            await until(() => harness.protocol.latest.of("ping").length === 1);
        });
    });

    describe("before the connection's time is up", () => {
        /** A short session, and no ping within it. With the longest jitter it rotates after 95 percent. */
        const SESSION_SECONDS = 200;
        const ROTATION_MS = 190_000;

        beforeEach(() => {
            harness.protocol.sessionSeconds = SESSION_SECONDS;
        });

        async function twoConnections(): Promise<readonly [ServerConnection, ServerConnection]> {
            await until(() => harness.protocol.connections.length === 2);
            const [old, fresh] = harness.protocol.connections;
            assert.ok(old !== undefined && fresh !== undefined);
            return [old, fresh];
        }

        it("makes a new one with a new token, subscribes there, and only then closes the old one", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);

            const answers: (() => void)[] = [];
            harness.protocol.transmit = (connection, send) => {
                if (connection.id === "c2=") {
                    answers.push(send);
                } else {
                    send();
                }
            };
            harness.clock.advance(ROTATION_MS);
            const [old, fresh] = await twoConnections();
            await until(() => answers.length === 1);
            assert.equal(harness.tokens, 2);
            assert.deepEqual(fresh.of("subscribe")[0]?.since, { epoch: "e0", offset: 1 });
            harness.clock.advance(5_000);
            await settle();
            assert.deepEqual([old.isOpen, client.session?.connectionId], [true, "c1="]);

            harness.protocol.publish("orders/1", "two");
            await until(() => told.length === 2 && answers.length === 2);
            answers.forEach((send) => {
                send();
            });
            await until(() => client.session?.connectionId === "c2=");
            assert.deepEqual(harness.path.slice(-1), ["connected rotated"]);
            await harness.pass(() => !old.isOpen);
            harness.protocol.publish("orders/1", "three");
            await until(() => answers.length === 3);
            answers[2]?.();
            await until(() => told.length === 3);
            assert.deepEqual(told, ["one", "two", "three"]);
            assert.equal(client.state.status, "connected");
            assert.equal(harness.path.filter((step) => step.startsWith("waiting")).length, 0);
        });

        it("rotates at the end of the connection's life, but before it", async () => {
            const client = await harness.connected();
            harness.clock.advance(ROTATION_MS * 0.99);
            await settle();
            assert.equal(harness.protocol.connections.length, 1);
            harness.clock.advance(ROTATION_MS * 0.01);
            await until(() => client.session?.connectionId === "c2=");
        });

        for (const aheadSeconds of [3_600, -3_600]) {
            it(`does so by what the server says is left, where its clock is ${aheadSeconds} s ahead`, async () => {
                harness.protocol.aheadSeconds = aheadSeconds;
                const client = await harness.connected();
                harness.clock.advance(ROTATION_MS);
                await until(() => client.session?.connectionId === "c2=");
            });
        }

        it("delivers once what both connections bring, with and without history", async () => {
            harness.protocol.withoutHistory.add("chat");
            const client = await harness.connected();
            const logged = await listening(client, "orders/1");
            const plain = await listening(client, "chat/1");
            harness.clock.advance(ROTATION_MS);
            const [old, fresh] = await twoConnections();
            await until(() => fresh.subscriptions.size === 2);
            assert.deepEqual([old.isOpen, fresh.isOpen], [true, true]);
            for (const data of ["one", "two"]) {
                harness.protocol.publish("orders/1", data);
                harness.protocol.publish("chat/1", data);
            }
            await until(() => logged.told.length >= 2 && plain.told.length >= 2);
            await harness.pass(() => !old.isOpen);
            assert.deepEqual(
                [logged.told, plain.told],
                [
                    ["one", "two"],
                    ["one", "two"],
                ],
            );
        });

        it("keeps the old connection while the new one cannot be made", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.server.refuse = () => 401;
            harness.clock.advance(ROTATION_MS);
            await until(() => harness.server.handshakes.length === 2);
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
            assert.equal(client.state.status, "connected");
            harness.server.refuse = () => undefined;
            await harness.pass(() => client.session?.connectionId === "c2=");
            assert.deepEqual(harness.path, ["connecting connect_called", "connected welcome", "connected rotated"]);
        });

        it("moves on at once when the old connection is lost meanwhile", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            harness.protocol.transmit = () => undefined;
            harness.clock.advance(ROTATION_MS);
            const [old, fresh] = await twoConnections();
            await until(() => fresh.of("subscribe").length === 1);
            await settle();
            harness.protocol.publish("orders/1", "one");
            harness.protocol.transmit = (_connection, send) => {
                send();
            };
            old.peer.destroy();
            await until(() => client.session?.connectionId === "c2=");
            await harness.pass(() => told.length === 1);
            assert.equal(harness.protocol.connections.length, 2);
        });

        it("tells of a gap without history when the old connection turns out to have been dead", async () => {
            harness.protocol.withoutHistory.add("chat");
            const client = await harness.connected();
            const { told } = await listening(client, "chat/1");
            harness.protocol.treat = (connection) => (connection.id === "c1=" ? "ignore" : "answer");
            harness.clock.advance(ROTATION_MS);
            await until(() => client.session?.connectionId === "c2=");
            await harness.pass(() => told.length === 1);
            assert.deepEqual(told, ["gap no_history"]);
        });

        it("does not count on the old connection when the new one is lost", async () => {
            harness.protocol.withoutHistory.add("chat");
            const client = await harness.connected();
            const { told } = await listening(client, "chat/1");
            harness.clock.advance(ROTATION_MS);
            await until(() => client.session?.connectionId === "c2=");
            const [old, fresh] = await twoConnections();
            assert.equal(old.isOpen, true);
            fresh.peer.destroy();
            await until(() => client.state.status === "waiting");
            harness.clock.advance(500);
            await until(() => told.length === 1);
            assert.deepEqual([old.isOpen, told], [true, ["gap no_history"]]);
        });

        it("does not rotate for ever when its clock is wrong", async () => {
            harness.protocol.sessionSeconds = -3 * 3_600;
            const client = await harness.connected();
            harness.clock.advance(4 * 60_000 - 1);
            await settle();
            assert.equal(harness.protocol.connections.length, 1);
            assert.equal(client.state.status, "connected");
        });
    });

    describe("when the token is not accepted", () => {
        it("asks for another each time, and says so after three refusals that look like any failure", async () => {
            harness.server.refuse = (token) => (token === tokenOf("user5") ? undefined : 401);
            let count = 0;
            const client = harness.client({
                token: async () => {
                    count += 1;
                    return tokenOf(`user${count}`);
                },
            });
            client.connect();
            for (const status of ["waiting", "waiting", "refused", "refused"]) {
                await until(() => client.state.retryInMs !== undefined);
                assert.deepEqual([client.state.status, client.state.code], [status, "handshake_failed"]);
                harness.clock.advance(client.state.retryInMs ?? 0);
            }
            await until(() => client.state.status === "connected");
            assert.deepEqual(
                harness.server.handshakes.map(([, bearer]) => bearer),
                [1, 2, 3, 4, 5].map((index) => `bearer.${tokenOf(`user${index}`)}`),
            );
            harness.protocol.dropAll();
            await until(() => client.state.retryInMs !== undefined);
            assert.equal(client.state.status, "waiting");
        });

        it("says so at once where the WebSocket tells the status", async () => {
            harness.server.refuse = () => 403;
            const client = harness.client({ WebSocket });
            client.connect();
            await until(() => client.state.status === "refused");
            assert.match(client.state.reason, /Unexpected server response: 403/);
        });

        it("tries again when the token provider fails", async () => {
            let attempts = 0;
            const client = harness.client({
                token: () => {
                    attempts += 1;
                    if (attempts === 1) {
                        throw new Error("the session server is down");
                    }
                    return tokenOf("ada");
                },
            });
            client.connect();
            await until(() => client.state.status === "waiting");
            assert.deepEqual([client.state.code, client.state.reason], ["token_failed", "The token provider failed"]);
            harness.clock.advance(500);
            await until(() => client.state.status === "connected");
        });

        const ODD: readonly unknown[] = [
            "<html>502 secret</html>",
            '{"message":"secret"}',
            { message: "secret" },
            "e30.ad\na.secret",
            "secret",
            "",
            undefined,
        ];
        for (const odd of ODD) {
            it(`takes ${JSON.stringify(odd)} for a failure that passes, and does not repeat it`, async () => {
                let attempts = 0;
                const client = harness.client({
                    token: () => {
                        attempts += 1;
                        return attempts === 1 ? (odd as string) : tokenOf("ada");
                    },
                });
                client.connect();
                await until(() => client.state.status === "waiting");
                assert.equal(client.state.code, "token_failed");
                assert.match(client.state.reason, /^The token provider gave no JWT, but /);
                assert.doesNotMatch(JSON.stringify(client.state), /secret/);
                harness.clock.advance(500);
                await until(() => client.state.status === "connected");
            });
        }

        it("gives what the provider threw as the cause, and none of its text as the reason", async () => {
            const thrown = new SyntaxError("Unexpected token '<', \"<html>\" is not valid JSON");
            const client = harness.client({
                token: () => {
                    throw thrown;
                },
            });
            client.connect();
            await until(() => client.state.status === "waiting");
            assert.deepEqual([client.state.reason, client.state.cause], ["The token provider failed", thrown]);
        });

        it("offers a token without the blanks around it", async () => {
            await harness.connected({ token: () => ` ${tokenOf("ada")}\r\n` });
            assert.deepEqual(harness.server.handshakes, [["push.v1", `bearer.${tokenOf("ada")}`]]);
        });

        it("leaves tokens out of what the WebSocket says", async () => {
            const told: ((event: { readonly type: string; readonly message?: string }) => void)[] = [];
            const client = new PushClient("ws://host?access_token=hidden", {
                token: () => tokenOf("ada"),
                clock: harness.clock,
                WebSocket: class {
                    addEventListener(type: string, listener: (event: { readonly type: string }) => void): void {
                        told.push(...(type === "error" || type === "close" ? [listener] : []));
                    }
                    send(): void {}
                    close(): void {}
                },
            });
            client.connect();
            await until(() => told.length === 2);
            const message = `bearer.${tokenOf("ada")} is no protocol of ws://host?access_token=hidden`;
            told.forEach((listener) => {
                listener({ type: "error", message });
            });
            assert.equal(client.state.reason, "Closed with 1006, bearer.… is no protocol of ws://host?…");
            client.close();
        });

        it("is closed when nobody is signed in any more", async () => {
            const client = harness.client({ token: () => null });
            client.connect();
            await until(() => client.state.status === "closed");
            assert.equal(client.state.code, "signed_out");
            assert.deepEqual(harness.server.handshakes, []);
        });

        it("does not wait for a token for ever", async () => {
            const client = harness.client({ token: () => new Promise<string>(() => undefined) });
            client.connect();
            harness.clock.advance(15_000);
            assert.deepEqual([client.state.status, client.state.code], ["waiting", "connect_timeout"]);
        });

        it("offers no token where the address carries one", async () => {
            await harness.connected({ token: undefined as never });
            assert.deepEqual(harness.server.handshakes, [["push.v1"]]);
        });
    });

    describe("when the page is loaded again", () => {
        function memoryStorage(): PositionStorage & { readonly items: Map<string, string> } {
            const items = new Map<string, string>();
            return {
                items,
                getItem: (key) => items.get(key) ?? null,
                setItem: (key, value) => items.set(key, value),
                removeItem: (key) => items.delete(key),
            };
        }

        it("goes on from the position that it stored", async () => {
            const storage = memoryStorage();
            const before = await harness.connected({ storage });
            const first = listen(before, "orders/1");
            await until(() => harness.protocol.latest.subscriptions.size === 1);
            harness.protocol.publish("orders/1", "one");
            await until(() => first.told.length === 1);
            before.close();
            await until(() => harness.protocol.open.length === 0);
            harness.protocol.publish("orders/1", "two");
            harness.protocol.publish("orders/1", "three");

            const after = await harness.connected({ storage });
            const second = listen(after, "orders/1");
            await until(() => second.told.length === 2);
            assert.deepEqual(second.told, ["two", "three"]);
        });

        it("stores where a subscription began, before any message", async () => {
            const storage = memoryStorage();
            const client = await harness.connected({ storage, storagePrefix: "ada:" });
            const { confirmations } = listen(client, "orders/1");
            await until(() => confirmations.length === 1);
            assert.deepEqual([...storage.items], [["ada:orders/1", '{"epoch":"e0","offset":0}']]);
        });

        it("forgets the position of a channel that was unsubscribed", async () => {
            const storage = memoryStorage();
            const client = await harness.connected({ storage });
            const { told, subscription } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
            subscription.unsubscribe();
            assert.deepEqual([...storage.items], []);
        });

        for (const stored of [
            '{"epoch":"e0","offset":-1}',
            '{"epoch":"e0","offset":1.5}',
            '{"epoch":"e0","offset":1e300}',
            '{"epoch":"","offset":1}',
            `{"epoch":"${"e".repeat(65)}","offset":1}`,
            "null",
        ]) {
            it(`begins anew, after a gap, with a position that no server takes: ${stored.slice(0, 40)}`, async () => {
                const storage = memoryStorage();
                storage.items.set("push:orders/1", stored);
                harness.protocol.publish("orders/1", "before");
                const { told } = await listening(await harness.connected({ storage }), "orders/1");
                harness.protocol.publish("orders/1", "one");
                await until(() => told.length === 2);
                assert.deepEqual(told, ["gap position_lost", "one"]);
                assert.equal(storage.items.get("push:orders/1"), '{"epoch":"e0","offset":2}');
            });
        }

        it("loses the replay, not the subscription, where the server does not take the position", async () => {
            const storage = memoryStorage();
            storage.items.set("push:orders/1", '{"epoch":"e0","offset":0}');
            harness.protocol.treat = (_connection, { since }) =>
                since === undefined ? "answer" : { code: "bad_request" };
            const { told } = await listening(await harness.connected({ storage }), "orders/1");
            assert.deepEqual(told, ["gap position_lost"]);
        });

        it("refuses the storage that all tabs share", () => {
            const storage = memoryStorage();
            const original = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
            Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
            try {
                assert.throws(() => harness.client({ storage }), /`storage` is localStorage.*Pass sessionStorage/);
            } finally {
                if (original === undefined) {
                    Reflect.deleteProperty(globalThis, "localStorage");
                } else {
                    Object.defineProperty(globalThis, "localStorage", original);
                }
            }
        });

        it("does not go on where another client is that uses the same storage", async () => {
            const storage = memoryStorage();
            const behind = await harness.connected({ storage });
            await listening(behind, "orders/1");
            const ahead = await listening(await harness.connected({ storage }), "orders/1");
            behind.close();
            harness.protocol.publish("orders/1", "missed");
            await until(() => ahead.told.length === 2);
            const { told } = await listening(await harness.connected({ storage }), "orders/1");
            assert.deepEqual([ahead.told, told], [["gap position_lost", "missed"], ["gap position_lost"]]);
        });

        it("takes a storage that fails, or holds nonsense, for an empty one", async () => {
            const broken = {
                getItem: (): string => "{nonsense",
                setItem: (): void => {
                    throw new Error("QuotaExceededError");
                },
                removeItem: (): void => undefined,
            };
            const client = await harness.connected({ storage: broken });
            const { told } = await listening(client, "orders/1");
            harness.protocol.publish("orders/1", "one");
            await until(() => told.length === 1);
        });
    });

    describe("when it is closed", () => {
        it("stays closed, leaves no timer behind, and goes on where it was when it is connected again", async () => {
            const client = await harness.connected();
            const { told } = await listening(client, "orders/1");
            client.close();
            assert.deepEqual(client.state, { status: "closed", code: "close_called", reason: "close was called" });
            await until(() => harness.protocol.open.length === 0);
            assert.equal(harness.clock.pending, 0);
            harness.protocol.publish("orders/1", "one");
            harness.clock.advance(HOUR_MS);
            client.check();
            await settle();
            assert.equal(harness.protocol.connections.length, 1);
            client.connect();
            await until(() => told.length === 1);
        });

        it("can be closed while it connects, and by who listens to its states", async () => {
            const client = harness.client();
            client.onState(({ status }) => {
                if (status === "connecting") {
                    client.close();
                }
            });
            client.connect();
            await settle();
            assert.equal(client.state.status, "closed");
            assert.equal(harness.clock.pending, 0);
            assert.equal(harness.server.handshakes.length, 0);
        });

        it("stops telling a listener that does not want to hear more", async () => {
            const client = await harness.connected();
            const statuses: string[] = [];
            const stop = client.onState(({ status }) => statuses.push(status));
            stop();
            client.close();
            assert.deepEqual(statuses, []);
        });
    });
});
