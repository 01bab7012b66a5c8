import assert from "node:assert/strict";
import fc from "fast-check";
import { reaches, ringAfter, slotOf, slotRanges } from "../../../functions/message-log/ring";
import type { Head, Ring } from "../../../functions/message-log/rows";

const NOW = 1_000_000;
const ring: Ring = { id: "old", first: 1, slots: 11, startedAt: NOW - 3600 };
const head: Head = { epoch: "e", offset: 25, lastId: "k", ring, expiresAt: NOW + 3600 };
const newId = (): string => "new";

describe("slotRanges", () => {
    it("names the slots of all offsets from first to last, in their order", () => {
        const cases = fc.record({
            slots: fc.integer({ min: 1, max: 12 }),
            first: fc.integer({ min: 1, max: 1000 }),
            length: fc.nat(),
        });
        fc.assert(
            fc.property(cases, ({ slots, first, length }) => {
                const offsets = Array.from({ length: 1 + (length % slots) }, (_, index) => first + index);
                const ranges = slotRanges({ ...ring, slots }, first, first + offsets.length - 1);
                const named = ranges.flatMap(({ from, to }) =>
                    Array.from({ length: to - from + 1 }, (_, index) => from + index),
                );
                assert.deepEqual(
                    named,
                    offsets.map((offset) => slotOf({ ...ring, slots }, offset)),
                );
            }),
        );
    });
});

describe("ringAfter", () => {
    it("keeps the ring of a setting that stays", () => {
        assert.equal(ringAfter(head, { ttlSeconds: 60, maxMessages: 10 }, NOW, newId), ring);
    });

    it("starts an empty ring after the setting has changed, one slot larger than messages are kept", () => {
        const started = ringAfter(head, { ttlSeconds: 60, maxMessages: 100 }, NOW, newId);
        assert.deepEqual(started, { id: "new", first: 26, slots: 101, startedAt: NOW });
    });

    it("starts the first ring of an epoch with its first message", () => {
        const started = ringAfter(
            { epoch: "e", offset: 0, expiresAt: NOW + 1 },
            { ttlSeconds: 60, maxMessages: 1 },
            NOW,
            newId,
        );
        assert.deepEqual(started, { id: "new", first: 1, slots: 2, startedAt: NOW });
    });

    it("keeps a ring for a minute, although some functions still go by other settings", () => {
        const young = { ...head, ring: { ...ring, startedAt: NOW - 59 } };
        assert.equal(ringAfter(young, { ttlSeconds: 60, maxMessages: 100 }, NOW, newId), young.ring);
        assert.equal(ringAfter(young, { ttlSeconds: 60, maxMessages: 100 }, NOW + 1, newId).id, "new");
    });
});

describe("reaches", () => {
    it("reaches back as many messages as are kept", () => {
        assert.equal(reaches(head, { epoch: "e", offset: 15 }), true);
        assert.equal(reaches(head, { epoch: "e", offset: 14 }), false);
    });

    it("reaches back to the first message of the ring, not into the one before it", () => {
        const started = { ...head, ring: { ...ring, first: 20 } };
        assert.equal(reaches(started, { epoch: "e", offset: 19 }), true);
        assert.equal(reaches(started, { epoch: "e", offset: 18 }), false);
    });

    it("reaches the present, also of a log without messages", () => {
        assert.equal(reaches(head, { epoch: "e", offset: 25 }), true);
        assert.equal(reaches({ epoch: "e", offset: 0, expiresAt: NOW + 1 }, { epoch: "e", offset: 0 }), true);
    });

    it("reaches neither the future nor another epoch", () => {
        assert.equal(reaches(head, { epoch: "e", offset: 26 }), false);
        assert.equal(reaches(head, { epoch: "f", offset: 25 }), false);
    });
});
