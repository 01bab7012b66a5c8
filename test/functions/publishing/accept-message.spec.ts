import { strict as assert } from "node:assert";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as fc from "fast-check";
import { acceptMessages } from "../../../functions/publishing/accept-message";
import { parseChannel } from "../../../contract/channels";
import { parseInvocation } from "../../../functions/publishing/invocation";
import { MAX_SERVER_FRAME_BYTES } from "../../../contract/limits";
import { parseNamespace } from "../../../contract/namespace";
import type { PublishedMessage } from "../../../functions/publishing/published-message";
import { messageFrame } from "../../../functions/wire/server-frames";

const TIME = "2024-02-09T18:11:43Z";
const NOW = Date.UTC(2024, 1, 10);

const ORDERS = {
    mappings: [
        {
            event: "OrderPlaced",
            channels: ["orders/{customer}/{order.id}", "orders/@user/{customer}"],
            data: "order",
            id: "order.id",
        },
        { event: "Refreshed", channels: ["orders/@all"] },
        { event: "Versioned", channels: ["orders/@all"], sequence: "order.version" },
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
                options: {},
            });
        });

        it("is for several channels, each once", () => {
            assert.deepEqual(accept({ channels: ["orders/1", "orders/@all", "orders/1"], data: 1 }).channels, [
                "orders/1",
                "orders/@all",
            ]);
        });

        it("names itself, and says whom it is not for", () => {
            const { id, except } = accept({
                channel: "orders/1",
                data: 1,
                id: "ship-42",
                except: ["a=", "b="],
            });
            assert.equal(id, "ship-42");
            assert.deepEqual(except, new Set(["a=", "b="]));
        });

        it("carries the publisher's sequence, and none where there is none", () => {
            const digits = "4421584500000000017450439091";
            assert.equal(accept({ channel: "orders/1", sequence: digits }).options.sequence, digits);
            assert.equal(accept({ channel: "orders/1", sequence: "9".repeat(40) }).options.sequence, "9".repeat(40));
            assert.ok(!("sequence" in accept({ channel: "orders/1", sequence: null }).options));
        });

        it("carries sequences of which the longer, and of two as long the one later in text, is the larger", () => {
            const number = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n });
            const near = fc.tuple(number, fc.bigInt({ min: -1_000n, max: 1_000n })).map(([one, by]) => [one, one + by]);
            const pair = fc.oneof(
                fc.tuple(number, number),
                near.filter(([, other]) => String(other).length <= 40),
            );
            const zeros = fc.nat({ max: 40 });
            fc.assert(
                fc.property(pair, zeros, zeros, ([one = 0n, other = 0n], ...padding) => {
                    fc.pre(one >= 0n && other >= 0n);
                    const [first = "", second = ""] = [one, other].map((value, index) => {
                        const given = String(value).padStart(padding[index] ?? 0, "0");
                        const { sequence = "" } = accept({ channel: "orders/1", sequence: given }).options;
                        assert.equal(sequence, String(value));
                        return sequence;
                    });
                    const isLater = first.length === second.length ? first > second : first.length > second.length;
                    assert.equal(isLater, one > other);
                }),
            );
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

        it("has its sequence from where the mapping says, be it a number, and is malformed without one there", () => {
            const versioned = (version: unknown): Record<string, unknown> => ({ order: { version } });
            assert.equal(accept(versioned(17), "Versioned").options.sequence, "17");
            assert.equal(accept(versioned("00018"), "Versioned").options.sequence, "18");
            for (const version of [undefined, null, 1.5, -1, 2 ** 53, true, "v1", {}]) {
                assert.equal(reject(versioned(version), "Versioned"), "malformed");
            }
        });

        it("encodes a value, so that it addresses no other channel", () => {
            const { channels } = accept({ customer: "ada/../bob", order: { id: "@all" } }, "OrderPlaced");
            assert.deepEqual(channels, ["orders/ada%2F..%2Fbob/%40all", "orders/@user/ada%2F..%2Fbob"]);
        });

        it("is malformed where a value is missing", () => {
            assert.equal(reject({ customer: "ada" }, "OrderPlaced"), "malformed");
            assert.equal(reject({ customer: "", order: { id: "42" } }, "OrderPlaced"), "malformed");
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

        it("has the record's number in the stream as its sequence", () => {
            const SequenceNumber = "300000000000000499659";
            assert.equal(
                accept(change({ NewImage: marshall(item("new")), SequenceNumber })).options.sequence,
                SequenceNumber,
            );
            assert.ok(!("sequence" in accept(change({ NewImage: marshall(item("new")) })).options));
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
            assert.deepEqual(accept(change({ NewImage: marshall(hostile) })).channels, [
                "orders/mallory%2F..%2Fada/42",
                "orders/@all",
            ]);
        });

        describe("that moves the item between channels", () => {
            const task = (assignee: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({
                id: "t1",
                ...(assignee === undefined ? {} : { assignee }),
                ...more,
            });
            const moved = (
                old: Record<string, unknown> | undefined,
                current: Record<string, unknown> | undefined,
                channels = ["orders/@user/{assignee}", "orders/@all"],
            ): unknown =>
                change(
                    {
                        ...(old === undefined ? {} : { OldImage: marshall(old) }),
                        ...(current === undefined ? {} : { NewImage: marshall(current) }),
                    },
                    { channels },
                );
            const parts = (detail: unknown): unknown =>
                acceptAll(detail).map(({ channels, data, id }) => [channels, JSON.parse(data) as unknown, id]);

            it("tells who loses it that it is gone, and shows each no more than was theirs", () => {
                const [old, current] = [task("ada"), task("bob")];
                assert.deepEqual(parts(moved(old, current)), [
                    [["orders/@all"], { old, new: current }, "stream-1"],
                    [["orders/@user/ada"], { old, new: null }, "stream-1"],
                    [["orders/@user/bob"], { old: null, new: current }, "stream-1"],
                ]);
            });

            it("tells who loses it where the attribute is taken away, null or empty", () => {
                const old = task("ada");
                for (const current of [task(undefined), task(null), task("")]) {
                    assert.deepEqual(parts(moved(old, current)), [
                        [["orders/@all"], { old, new: current }, "stream-1"],
                        [["orders/@user/ada"], { old, new: null }, "stream-1"],
                    ]);
                }
            });

            it("tells the attributes that it is told to keep, by a channel of the others", () => {
                const { tableChange } = moved(task("ada", { note: "a" }), task("bob", { note: "b" })) as {
                    tableChange: Record<string, unknown>;
                };
                const kept = parts({ tableChange: { ...tableChange, attributes: ["note"] } });
                assert.deepEqual(kept, [
                    [["orders/@all"], { old: { note: "a" }, new: { note: "b" } }, "stream-1"],
                    [["orders/@user/ada"], { old: { note: "a" }, new: null }, "stream-1"],
                    [["orders/@user/bob"], { old: null, new: { note: "b" } }, "stream-1"],
                ]);
            });

            it("keeps it where it comes by one template and was by another", () => {
                const [old, current] = [task("ada", { owner: "bob" }), task("bob", { owner: "ada" })];
                const templates = ["orders/@user/{assignee}", "orders/@user/{owner}"];
                assert.deepEqual(parts(moved(old, current, templates)), [
                    [["orders/@user/bob", "orders/@user/ada"], { old, new: current }, "stream-1"],
                ]);
            });

            it("is malformed where the item is without the attribute before and after, unless that is allowed", () => {
                assert.equal(reject(moved(task(undefined), task(undefined))), "malformed");
                assert.equal(reject(moved(undefined, task(undefined))), "malformed");
                assert.equal(reject(moved(task(undefined), undefined)), "malformed");
                const optional = ["orders/@user/{assignee?}"];
                assert.deepEqual(acceptAll(moved(task(undefined), task(undefined), optional)), []);
                assert.deepEqual(acceptAll(moved(undefined, task(undefined), optional)), []);
                assert.deepEqual(parts(moved(task(undefined), task("ada"), optional)), [
                    [["orders/@user/ada"], { old: null, new: task("ada") }, "stream-1"],
                ]);
            });

            it("is malformed where what it is fits into no channel, but not where what it was did not", () => {
                assert.equal(reject(moved(task("ada"), task(["bob"]))), "malformed");
                assert.deepEqual(parts(moved(task(["ada"]), task("bob"), ["orders/@user/{assignee}"])), [
                    [["orders/@user/bob"], { old: null, new: task("bob") }, "stream-1"],
                ]);
            });

            it("shows nobody an image of the item that was not in their channel, whatever it was and is", () => {
                const owner = fc.constantFrom("ada", "bob", "eve", "", null, undefined);
                const image = fc.option(fc.record({ a: owner, b: owner }), { nil: undefined });
                const templates = ["orders/@user/{a?}", "orders/@user/{b?}"];
                fc.assert(
                    fc.property(image, image, (old, current) => {
                        if (old === undefined && current === undefined) {
                            return;
                        }
                        const marked = (one: typeof old, mark: string): Record<string, unknown> | undefined =>
                            one && (JSON.parse(JSON.stringify({ ...one, mark })) as Record<string, unknown>);
                        const messages = acceptAll(moved(marked(old, "old"), marked(current, "new"), templates));
                        const of = (one: typeof old, user: string): boolean => one?.a === user || one?.b === user;
                        for (const user of ["ada", "bob", "eve"]) {
                            const seen = messages.filter(({ channels }) => channels.includes(`orders/@user/${user}`));
                            const [message] = seen;
                            assert.equal(seen.length, of(old, user) || of(current, user) ? 1 : 0);
                            assert.equal(message?.data.includes('"old","') ?? false, false);
                            assert.equal(message?.data.includes('"mark":"old"') ?? false, of(old, user));
                            assert.equal(message?.data.includes('"mark":"new"') ?? false, of(current, user));
                        }
                    }),
                );
            });
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
            ["with an id that is no text", { channel: "orders/1", id: 1 }, "malformed"],
            ["with an empty id", { channel: "orders/1", id: "" }, "malformed"],
            ["with an id of 257 characters", { channel: "orders/1", id: "x".repeat(257) }, "malformed"],
            ["with a sequence that is a number", { channel: "orders/1", sequence: 17 }, "malformed"],
            ["with an empty sequence", { channel: "orders/1", sequence: "" }, "malformed"],
            ["with a sequence of 41 digits", { channel: "orders/1", sequence: "1".repeat(41) }, "malformed"],
            ["with a negative sequence", { channel: "orders/1", sequence: "-1" }, "malformed"],
            ["with a sequence with a line break", { channel: "orders/1", sequence: "1\n" }, "malformed"],
            ["with a sequence of digits of another script", { channel: "orders/1", sequence: "１７" }, "malformed"],
            ["with a sequence that is a list", { channel: "orders/1", sequence: ["1"] }, "malformed"],
            ["with a detail that is no object", "x", "malformed"],
        ];
        for (const [what, detail, code] of cases) {
            it(`${what}: ${code}`, () => {
                assert.equal(reject(detail), code);
            });
        }

        it("for a sequence that is none, with a reason that says what one is", () => {
            const { reason } = run({ channel: "orders/1", sequence: "v17" }) as { reason: { message: string } };
            assert.equal(reason.message, 'A `sequence` is a string of 1 to 40 digits; this one is "v17".');
        });

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
            const empty = Buffer.byteLength(messageFrame(message, "orders/1"));
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
            "id",
            "sequence",
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
                const messages = run(input, detailType);
                if (messages.ok) {
                    for (const channel of messages.value.flatMap(({ channels }) => channels)) {
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
        const messages = acceptMessages(invocation.value, parseNamespace("orders", {}), MAX_SERVER_FRAME_BYTES);
        assert.ok(messages.ok);
        assert.deepEqual(
            messages.value.map(({ event, id, time, channels }) => [event, id, time, channels]),
            [["Hello", "random-id", "2024-02-10T00:00:00.000Z", ["orders/1"]]],
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
): ReturnType<typeof acceptMessages> {
    const event = { source: "orders", "detail-type": detailType, detail, id: "event-id", time: TIME };
    const invocation = parseInvocation(event, { clock: () => NOW, randomId: () => "random-id" });
    return invocation.ok
        ? acceptMessages(invocation.value, parseNamespace("orders", { ...ORDERS, ...row }), MAX_SERVER_FRAME_BYTES)
        : invocation;
}

function accept(detail: unknown, detailType?: string): PublishedMessage {
    const [message, ...more] = acceptAll(detail, detailType);
    assert.ok(message !== undefined && more.length === 0);
    return message;
}

function acceptAll(detail: unknown, detailType?: string): readonly PublishedMessage[] {
    const messages = run(detail, detailType);
    assert.ok(messages.ok, messages.ok ? "" : messages.reason.message);
    return messages.value;
}

function reject(detail: unknown, detailType?: string, row?: Record<string, unknown>): string {
    const message = run(detail, detailType, row);
    assert.ok(!message.ok);
    assert.notEqual(message.reason.message, "");
    return message.reason.code;
}
