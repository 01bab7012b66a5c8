import { strict as assert } from "node:assert";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as fc from "fast-check";
import { acceptMessage } from "../../../functions/lib/accept-message";
import { parseChannel } from "../../../functions/lib/channels";
import { parseInvocation } from "../../../functions/lib/invocation";
import { parseNamespace } from "../../../functions/lib/namespace";
import type { PublishedMessage } from "../../../functions/lib/published-message";
import { messageFrame } from "../../../functions/lib/server-frames";

const TIME = "2024-02-09T18:11:43Z";
const NOW = Date.UTC(2024, 1, 10);

const ORDERS = {
    mappings: [
        {
            event: "OrderPlaced",
            channels: ["orders/{customer}/{order.id}", "orders/@user/{customer}"],
            data: "order",
            idempotencyKey: "order.id",
        },
        { event: "Refreshed", channels: ["orders/@all"] },
    ],
};

describe("A message on the push bus", () => {
    describe("in plain form", () => {
        it("is for the channel that it names", () => {
            assert.deepEqual(accept({ channel: "orders/42", data: { a: 1 } }), {
                namespace: "orders",
                event: "OrderShipped",
                channels: ["orders/42"],
                data: '{"a":1}',
                except: new Set(),
                id: "event-id",
                time: TIME,
            });
        });

        it("is for several channels, each once", () => {
            assert.deepEqual(accept({ channels: ["orders/1", "orders/@all", "orders/1"], data: 1 }).channels, [
                "orders/1",
                "orders/@all",
            ]);
        });

        it("names its own idempotency key, and whom it is not for", () => {
            const { id, except } = accept({
                channel: "orders/1",
                data: 1,
                idempotencyKey: "ship-42",
                except: ["a=", "b="],
            });
            assert.equal(id, "ship-42");
            assert.deepEqual(except, new Set(["a=", "b="]));
        });

        it("carries as escapes the two characters that a queue would refuse", () => {
            const { data } = accept({ channel: "orders/1", data: "a\ufffeb\uffffc" });
            assert.equal(data, '"a\\ufffeb\\uffffc"');
        });

        it("may do without data, which is then null", () => {
            assert.equal(accept({ channel: "orders/1" }).data, "null");
        });
    });

    describe("in the form of a domain event", () => {
        it("is mapped to channels and data by the namespace", () => {
            const detail = { customer: "ada", order: { id: "42", total: 9 } };
            const { channels, data, id } = accept(detail, "OrderPlaced");
            assert.deepEqual(channels, ["orders/ada/42", "orders/@user/ada"]);
            assert.equal(data, '{"id":"42","total":9}');
            assert.equal(id, "42");
        });

        it("is whole where the mapping names no part, and has the event's id where it names no key", () => {
            const { data, id } = accept({ x: 1 }, "Refreshed");
            assert.deepEqual([data, id], ['{"x":1}', "event-id"]);
        });

        it("is malformed where a value cannot be a segment, so that no other channel is addressed", () => {
            assert.equal(reject({ customer: "ada/../bob", order: { id: "42" } }, "OrderPlaced"), "malformed");
            assert.equal(reject({ customer: "@all", order: { id: "42" } }, "OrderPlaced"), "malformed");
            assert.equal(reject({ customer: "ada" }, "OrderPlaced"), "malformed");
        });

        it("is malformed where a value is a number that others read as, too", () => {
            assert.equal(reject({ customer: 2 ** 53, order: { id: "42" } }, "OrderPlaced"), "malformed");
        });

        it("is malformed where nothing maps it", () => {
            assert.equal(reject({ customer: "ada" }, "OrderLost"), "malformed");
        });
    });

    describe("in the form of a table's change", () => {
        const change = (
            images: Record<string, unknown>,
            more: Record<string, unknown> = {},
        ): Record<string, unknown> => ({
            tableChange: {
                channels: ["orders/{customer}/{orderId}", "orders/@all"],
                eventId: "stream-1",
                record: { Keys: {}, ...images },
                ...more,
            },
        });
        const item = (status: string): Record<string, unknown> => ({
            customer: "ada",
            orderId: "42",
            status,
            total: 9.5,
        });

        it("carries the item before and after as plain JSON", () => {
            const { channels, data, id } = accept(
                change({ OldImage: marshall(item("new")), NewImage: marshall(item("paid")) }),
            );
            assert.deepEqual(channels, ["orders/ada/42", "orders/@all"]);
            assert.deepEqual(JSON.parse(data), { old: item("new"), new: item("paid") });
            assert.equal(id, "stream-1");
        });

        it("has no item before an insert, and none after a removal", () => {
            assert.deepEqual(JSON.parse(accept(change({ NewImage: marshall(item("new")) })).data), {
                old: null,
                new: item("new"),
            });
            const removed = accept(change({ OldImage: marshall(item("paid")) }));
            assert.deepEqual(JSON.parse(removed.data), { old: item("paid"), new: null });
            assert.equal(removed.channels[0], "orders/ada/42");
        });

        it("carries the attributes that it is told to keep, and finds its channels by the others too", () => {
            const { channels, data } = accept(change({ NewImage: marshall(item("paid")) }, { attributes: ["status"] }));
            assert.equal(channels[0], "orders/ada/42");
            assert.deepEqual(JSON.parse(data), { old: null, new: { status: "paid" } });
        });

        it("never addresses another channel by what an attribute holds", () => {
            const hostile = { ...item("new"), customer: "mallory/../ada" };
            assert.equal(reject(change({ NewImage: marshall(hostile) })), "malformed");
        });

        it("is malformed without images, templates or a record", () => {
            assert.equal(reject(change({})), "malformed");
            assert.equal(reject(change({ NewImage: { a: 1 } })), "malformed");
            assert.equal(reject(change({ NewImage: marshall(item("new")) }, { channels: "orders/1" })), "malformed");
            assert.equal(reject(change({ NewImage: marshall(item("new")) }, { channels: ["orders/{"] })), "malformed");
            assert.equal(reject({ tableChange: null }), "malformed");
            assert.equal(reject({ tableChange: { channels: ["orders/1"] } }), "malformed");
        });
    });

    describe("is rejected", () => {
        const cases: readonly (readonly [what: string, detail: unknown, code: string])[] = [
            ["for another namespace's channel", { channel: "chat/1", data: 1 }, "foreign_namespace"],
            [
                "for another namespace's channel among its own",
                { channels: ["orders/1", "chat/1"], data: 1 },
                "foreign_namespace",
            ],
            ["for a namespace whose name begins alike", { channel: "orders2/1", data: 1 }, "foreign_namespace"],
            ["for what is no channel", { channel: "orders//1", data: 1 }, "malformed"],
            ["for @me, which a publisher has not", { channel: "orders/@me", data: 1 }, "malformed"],
            ["for no channel at all", { channels: [], data: 1 }, "malformed"],
            ["for a channel that is null", { channel: null, data: 1 }, "malformed"],
            [
                "for 101 channels",
                { channels: Array.from({ length: 101 }, (_, n) => `orders/${n}`), data: 1 },
                "malformed",
            ],
            ["with both ways of naming channels", { channel: "orders/1", channels: ["orders/2"] }, "malformed"],
            ["with channels that are no list", { channels: "orders/1" }, "malformed"],
            ["with an `except` that is no list", { channel: "orders/1", except: "a=" }, "malformed"],
            ["with an `except` of other things than ids", { channel: "orders/1", except: [1] }, "malformed"],
            ["with an `except` of an empty id", { channel: "orders/1", except: [""] }, "malformed"],
            [
                "with an `except` of what is too long for an id",
                { channel: "orders/1", except: ["x".repeat(129)] },
                "malformed",
            ],
            ["with an `except` of 101 ids", { channel: "orders/1", except: Array(101).fill("a=") }, "malformed"],
            ["with an idempotency key that is no text", { channel: "orders/1", idempotencyKey: 1 }, "malformed"],
            ["with an empty idempotency key", { channel: "orders/1", idempotencyKey: "" }, "malformed"],
            [
                "with an idempotency key of 257 characters",
                { channel: "orders/1", idempotencyKey: "x".repeat(257) },
                "malformed",
            ],
            ["with a detail that is no object", "x", "malformed"],
        ];
        for (const [what, detail, code] of cases) {
            it(`${what}: ${code}`, () => {
                assert.equal(reject(detail), code);
            });
        }

        it("where it is nested too deeply to be read or written", () => {
            const lists = (levels: number, open: string, close: string): unknown =>
                JSON.parse(open.repeat(levels) + close.repeat(levels));
            assert.equal(reject({ channel: "orders/1", data: lists(100_000, "[", "]") }), "malformed");
            const image = { a: lists(100_000, '{"L":[', "]}") };
            assert.equal(reject({ tableChange: { channels: ["orders/1"], record: { NewImage: image } } }), "malformed");
            accept({ channel: "orders/1", data: lists(1_000, "[", "]") });
        });

        it("where its frame would exceed 128 KB, counted in bytes and with the frame's own members", () => {
            const room = (text: string): unknown => ({ channel: "orders/1", data: text });
            const message = accept(room(""));
            const empty = Buffer.byteLength(
                messageFrame({ ...message, channel: "orders/1", source: "orders" }, message.data),
            );
            const fits = 128 * 1_024 - empty;
            accept(room("x".repeat(fits)));
            assert.equal(reject(room("x".repeat(fits + 1))), "payload_too_large");
            assert.equal(reject(room("ä".repeat(fits / 2 + 1))), "payload_too_large");
        });

        it("where it would exceed 128 KB once it is numbered, in a namespace with history", () => {
            const detail = { channel: "orders/1", data: "x".repeat(128 * 1_024 - 180) };
            accept(detail);
            assert.equal(
                reject(detail, "OrderShipped", { history: { ttlSeconds: 60, maxMessages: 10 } }),
                "payload_too_large",
            );
        });
    });

    it("is for channels of its own namespace alone, or rejected, whatever it holds", () => {
        const name = fc.constantFrom(
            "channel",
            "channels",
            "data",
            "except",
            "idempotencyKey",
            "tableChange",
            "customer",
            "order",
        );
        const text = fc.oneof(
            fc.string(),
            fc.constantFrom("orders/1", "chat/1", "orders/@all", "orders/@me", "orders/*"),
        );
        const value = fc.oneof(fc.jsonValue(), text, fc.array(text));
        const detail = fc.oneof(fc.jsonValue(), fc.dictionary(name, value));
        const event = fc.constantFrom("OrderPlaced", "Refreshed", "Other");
        fc.assert(
            fc.property(detail, event, (input, detailType) => {
                const message = run(input, detailType);
                if (message.ok) {
                    for (const channel of message.value.channels) {
                        const parsed = parseChannel(channel);
                        assert.ok(parsed.ok && parsed.value.namespace === "orders");
                    }
                }
            }),
            { numRuns: 2_000 },
        );
    });
});

describe("A direct invocation", () => {
    const defaults = { clock: () => NOW, randomId: () => "random-id" };

    it("is a message of the namespace that it names, now, under a new id", () => {
        const invocation = parseInvocation(
            { namespace: "orders", event: "Hello", channel: "orders/1", data: 1 },
            defaults,
        );
        assert.ok(invocation.ok);
        const message = acceptMessage(invocation.value, parseNamespace("orders", {}));
        assert.ok(message.ok);
        assert.deepEqual(
            [message.value.event, message.value.id, message.value.time, message.value.channels],
            ["Hello", "random-id", "2024-02-10T00:00:00.000Z", ["orders/1"]],
        );
    });

    it("is malformed without a namespace and an event", () => {
        for (const input of [null, 1, [], {}, { namespace: "orders" }, { event: "X" }, { namespace: "", event: "X" }]) {
            const invocation = parseInvocation(input, defaults);
            assert.equal(invocation.ok || invocation.reason.code, "malformed");
        }
    });
});

function run(
    detail: unknown,
    detailType = "OrderShipped",
    row: Record<string, unknown> = {},
): ReturnType<typeof acceptMessage> {
    const event = { source: "orders", "detail-type": detailType, detail, id: "event-id", time: TIME };
    const invocation = parseInvocation(event, { clock: () => NOW, randomId: () => "random-id" });
    return invocation.ok
        ? acceptMessage(invocation.value, parseNamespace("orders", { ...ORDERS, ...row }))
        : invocation;
}

function accept(detail: unknown, detailType?: string): PublishedMessage {
    const message = run(detail, detailType);
    assert.ok(message.ok, message.ok ? "" : message.reason.message);
    return message.value;
}

function reject(detail: unknown, detailType?: string, row?: Record<string, unknown>): string {
    const message = run(detail, detailType, row);
    assert.ok(!message.ok);
    assert.notEqual(message.reason.message, "");
    return message.reason.code;
}
