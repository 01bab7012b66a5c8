import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import {
    errorFrame,
    messageFrame,
    positionedFrame,
    skipFrame,
    subscribedFrame,
    unsubscribedFrame,
    welcomeFrame,
} from "../../../functions/wire/server-frames";

describe("Server frames", () => {
    const said = { id: "m-1", event: "OrderShipped", time: "2024-02-09T18:11:43Z" };
    const message = { ...said, namespace: "orders", data: "1", options: {} };
    const head = { ...said, channel: "orders/42", source: "orders" };

    it("answer with the id that was asked with, and without one where there was none", () => {
        assert.deepEqual(JSON.parse(unsubscribedFrame("7", "orders/1")), {
            type: "unsubscribed",
            id: "7",
            channel: "orders/1",
        });
        assert.deepEqual(JSON.parse(unsubscribedFrame(undefined, "orders/1")), {
            type: "unsubscribed",
            channel: "orders/1",
        });
    });

    it("carry no position where there is no history", () => {
        assert.deepEqual(JSON.parse(subscribedFrame(1, "orders/1", { recovered: false, missed: [] })), {
            type: "subscribed",
            id: 1,
            channel: "orders/1",
            recovered: false,
        });
        assert.deepEqual(JSON.parse(messageFrame(message, "orders/42")), { type: "message", ...head, data: 1 });
    });

    it("carry the position where there is one", () => {
        const position = { epoch: "e", offset: 18 };
        assert.deepEqual(JSON.parse(subscribedFrame(1, "orders/1", { recovered: true, position, missed: [] })), {
            type: "subscribed",
            id: 1,
            channel: "orders/1",
            epoch: "e",
            offset: 18,
            recovered: true,
        });
        assert.deepEqual(JSON.parse(positionedFrame(messageFrame(message, "orders/42"), position)), {
            type: "message",
            ...head,
            ...position,
            data: 1,
        });
    });

    it("carry the publisher's sequence where it gave one, before the data", () => {
        const frame = messageFrame({ ...message, options: { sequence: "300000000000000499659" } }, "orders/42");
        assert.ok(frame.endsWith(`,"sequence":"300000000000000499659","data":1}`));
        assert.ok(!messageFrame(message, "orders/42").includes("sequence"));
    });

    it("say of a message that is not for a connection no more than its place", () => {
        const frame: unknown = JSON.parse(skipFrame("orders/1", { epoch: "e", offset: 18 }));
        assert.deepEqual(frame, { type: "skip", channel: "orders/1", epoch: "e", offset: 18 });
    });

    it("welcome a client with what it needs to stay connected", () => {
        const session = {
            connectionId: "c",
            userId: "ada",
            expiresAt: 1_707_502_303,
            expiresIn: 900,
            pingSeconds: 240,
        };
        const welcome = { id: "1", ...session };
        assert.deepEqual(JSON.parse(welcomeFrame(welcome)), { type: "welcome", ...welcome });
    });

    it("say what was wrong", () => {
        assert.deepEqual(JSON.parse(errorFrame({ code: "forbidden", message: "No." })), {
            type: "error",
            code: "forbidden",
            message: "No.",
        });
    });

    it("carry any data and any text unchanged", () => {
        fc.assert(
            fc.property(fc.jsonValue(), fc.string(), (data, event) => {
                const frame: unknown = JSON.parse(
                    messageFrame({ ...message, event, data: JSON.stringify(data) }, "orders/42"),
                );
                assert.deepEqual(frame, JSON.parse(JSON.stringify({ type: "message", ...head, event, data })));
            }),
        );
    });
});
