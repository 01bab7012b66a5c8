import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFrame } from "../../client/frames";
import { RecentIds } from "../../client/recent-ids";

describe("parseFrame", () => {
    const parse = (frame: object): unknown => parseFrame(JSON.stringify(frame));

    it("reads what the server sends", () => {
        assert.deepEqual(
            parse({ type: "welcome", id: 1, connectionId: "a=", userId: "ada", expiresAt: 7, pingSeconds: 5 }),
            {
                type: "welcome",
                session: { connectionId: "a=", userId: "ada", expiresAt: 7, pingSeconds: 5 },
            },
        );
        assert.deepEqual(parse({ type: "subscribed", id: 2, channel: "a/b", epoch: "e", offset: 3, recovered: true }), {
            type: "subscribed",
            id: 2,
            confirmation: { head: { epoch: "e", offset: 3 }, recovered: true },
        });
        assert.deepEqual(parse({ type: "subscribed", id: 2, channel: "a/b", recovered: false }), {
            type: "subscribed",
            id: 2,
            confirmation: { head: undefined, recovered: false },
        });
        assert.deepEqual(parse({ type: "unsubscribed", id: 3, channel: "a/b" }), { type: "unsubscribed", id: 3 });
        assert.deepEqual(parse({ type: "pong" }), { type: "pong" });
        assert.deepEqual(parse({ type: "error", id: 4, code: "forbidden", message: "no" }), {
            type: "error",
            id: 4,
            code: "forbidden",
            message: "no",
        });
        const message = { type: "message", channel: "a/b", id: "m", source: "a", event: "E", time: "t", data: null };
        assert.deepEqual(parse(message), { type: "message", message });
        const changed = { ...message, offset: 1, epoch: "e", sequence: "300000000000000499659" };
        assert.deepEqual(parse(changed), { type: "message", message: changed });
        assert.deepEqual(parse({ type: "skip", channel: "a/b", epoch: "e", offset: 3, later: 1 }), {
            type: "message",
            message: { channel: "a/b", epoch: "e", offset: 3 },
        });
    });

    it("takes the gateway's own frames, and anything else, for nothing", () => {
        assert.equal(parse({ message: "Internal server error", connectionId: "a=", requestId: "b" }), undefined);
        assert.equal(parse({ type: "message", channel: 1, id: "m" }), undefined);
        assert.equal(parse({ type: "message", channel: "a" }), undefined);
        assert.equal(parse({ type: "skip", channel: "a", offset: 1 }), undefined);
        assert.equal(parse({ type: "skip", epoch: "e", offset: 1 }), undefined);
        for (const data of ["", "{", "null", "[]", "7", '"welcome"', undefined, new ArrayBuffer(2)]) {
            assert.equal(parseFrame(data), undefined);
        }
    });

    it("never throws", () => {
        fc.assert(
            fc.property(fc.oneof(fc.json(), fc.string(), fc.anything()), (data) => {
                parseFrame(data);
            }),
            { numRuns: 2_000 },
        );
    });
});

describe("RecentIds", () => {
    it("knows an id again, until as many others came as it remembers", () => {
        const ids = new RecentIds(2);
        assert.deepEqual(
            ["a", "a", "b", "a", "c", "a"].map((id) => ids.add(id)),
            [true, false, true, false, true, true],
        );
    });
});
