import { strict as assert } from "node:assert";
import { MAX_CHANNEL_LENGTH } from "../../../contract/limits";
import { createDeadLetters } from "../../../functions/deliveries/dead-letters";

interface Letter {
    readonly reason: string;
    readonly body: string;
}

describe("Dead letters", () => {
    let letters: Letter[];
    const deadLetters = createDeadLetters(async (reason, body) => {
        letters.push({ reason, body });
    });
    beforeEach(() => {
        letters = [];
    });

    it("hold a rejected event as it came, with the reason", async () => {
        const event = { source: "orders", "detail-type": "X", detail: { a: "ä" } };
        await deadLetters.rejected({ code: "malformed", message: "No channel." }, event);
        assert.equal(letters[0]?.reason, "malformed");
        assert.deepEqual(contents(), [{ reason: "malformed", message: "No channel.", event }]);
    });

    it("hold no character that a queue refuses, whatever the event has", async () => {
        const event = { source: "orders", "detail-type": "\ufffe", detail: { a: "\uffff" } };
        await deadLetters.rejected({ code: "malformed", message: "No channel." }, event);
        const connections = [{ connectionId: "a=", connectedAt: 1, reason: "\uffff" }];
        await deadLetters.undelivered({ channel: "orders/1", frame: "{}", connections });
        assert.ok(letters.every(({ body }) => !/[\ufffe\uffff]/.test(body)));
        assert.deepEqual(contents()[0]?.["event"], event);
    });

    it("hold an event whole up to what a queue takes", async () => {
        const event = { id: "e-1", source: "orders", detail: { data: "x".repeat(1_000_000) } };
        await deadLetters.rejected({ code: "payload_too_large", message: "Too large." }, event);
        assert.deepEqual(contents()[0]?.["event"], event);
    });

    it("leave the detail out, and say so, where a queue could not hold it", async () => {
        const event = { id: "e-1", source: "orders", detail: { data: "ä".repeat(600_000) } };
        await deadLetters.rejected({ code: "payload_too_large", message: "Too large." }, event);
        const [letter] = contents();
        assert.deepEqual(letter?.["event"], { id: "e-1", source: "orders", detail: "(left out: 1200011 bytes)" });
    });

    it("leave out whatever else is large, and in the end the whole event, but always fit a queue", async () => {
        const rejection = { code: "malformed", message: "No channel." } as const;
        const detail = { a: 1 };
        await deadLetters.rejected(rejection, { id: "e-1", detail, resources: ["x".repeat(1_100_000)] });
        await deadLetters.rejected(rejection, Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [n, "x"])));
        await deadLetters.rejected({ ...rejection, message: "x".repeat(2_000_000) }, { id: "e-1" });
        await deadLetters.rejected(rejection, ["x".repeat(2_000_000)]);

        assert.ok(letters.every(({ body }) => Buffer.byteLength(body) <= 1_048_576 - 1_024));
        assert.deepEqual(
            contents().map(({ reason, event }) => [reason, event]),
            [
                ["malformed", { id: "e-1", detail, resources: "(left out: 1100004 bytes)" }],
                ["malformed", "(left out: 2488891 bytes)"],
                ["malformed", "(left out: 12 bytes)"],
                ["malformed", null],
            ],
        );
    });

    it("hold what could not be delivered: the frame, the channel, the connections, and why", async () => {
        const connections = [{ connectionId: "a=", connectedAt: 1, reason: "429 LimitExceededException" }];
        await deadLetters.undelivered({ channel: "orders/1", frame: '{"type":"message","data":1}', connections });
        assert.deepEqual(
            letters.map(({ reason }) => reason),
            ["undelivered"],
        );
        assert.deepEqual(contents(), [
            {
                reason: "undelivered",
                message: "1 connections of orders/1 did not get the message.",
                channel: "orders/1",
                connections,
                frame: { type: "message", data: 1 },
            },
        ]);
    });

    it("are as many as it takes: each fits a queue, and no connection is lost", async () => {
        const connections = Array.from({ length: 5_000 }, (_, n) => ({
            connectionId: `c${n}=`,
            connectedAt: n,
            reason: "x".repeat(300),
        }));
        const frame = JSON.stringify({ data: "x".repeat(128 * 1_024 - 11) });
        await deadLetters.undelivered({ channel: "x".repeat(MAX_CHANNEL_LENGTH), frame, connections });
        assert.ok(letters.length > 1);
        assert.ok(letters.every(({ body }) => Buffer.byteLength(body) <= 1_048_576 - 1_024));
        assert.deepEqual(
            contents().flatMap((letter) => letter["connections"]),
            connections,
        );
    });

    function contents(): Record<string, unknown>[] {
        return letters.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    }
});
