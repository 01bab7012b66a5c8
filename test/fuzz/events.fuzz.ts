import { strict as assert } from "node:assert";
import { createDeadLetters } from "../../functions/deliveries/dead-letters";
import type { Push } from "../../functions/deliveries/push";
import { parseTask, serializeTask } from "../../functions/deliveries/task";
import { parseNamespace } from "../../contract/namespace";
import { MAX_SERVER_FRAME_BYTES } from "../../contract/limits";
import { cachedNamespaces } from "../../functions/namespaces/namespaces";
import { createPublisher } from "../../functions/publishing/publisher";
import { MAX_DEAD_LETTER_BYTES, REJECTION_CODES, RejectedMessageError } from "../../contract/dead-letters";
import { createNotifyHandler } from "../../functions/notify/handler";
import { validateMessage } from "../../local/services/sqs/message";
import { RecordingLog, RecordingMetrics } from "../fakes/recorders";
import { fuzz, isWholeRun } from "./support/fuzz";
import { deepJson, mutated, oddText, oddValue } from "./support/odd-values";
import type { Random } from "./support/random";
import { isChannel, isEncoded } from "./support/subscribe-oracle";

const EVENTS = 100_000;

const TEMPLATES = ["orders/{customer}/{orderId}", "orders/@user/{customer}", "orders/@all"];

const ROWS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    orders: {
        mappings: [
            { event: "OrderPlaced", channels: TEMPLATES, data: "order", id: "key", sequence: "version" },
            // Registered by a team that would like to be another.
            { event: "Stolen", channels: ["chat/{customer}"] },
        ],
    },
    chat: { history: { ttlSeconds: 60, maxMessages: 10 } },
};

describe("A hundred thousand events", () => {
    it("are each published in their own namespace, or kept with a reason", async () => {
        const attacked = new AttackedNotifier();
        const outcomes = new Map<string, number>();
        await fuzz(EVENTS, attempt, async ({ kind, json }) => {
            const input: unknown = JSON.parse(json);
            const { reason, pushes } = await attacked.take(input);

            assert.equal(pushes.length > 0, reason === undefined);
            assert.ok(reason === undefined || kind !== "valid", `refused as ${reason}`);
            for (const push of pushes) {
                assertOwn(push, input);
            }
            outcomes.set(reason ?? "published", (outcomes.get(reason ?? "published") ?? 0) + 1);
        });
        if (isWholeRun) {
            assert.deepEqual([...outcomes.keys()].sort(), [...REJECTION_CODES, "published"].sort());
            assert.deepEqual(
                [...outcomes].filter(([, count]) => count < 50),
                [],
            );
        }
    });
});

interface Outcome {
    readonly reason?: string;
    readonly pushes: readonly Push[];
}

/** The notifier with a bottomless queue, and with all that SQS and DynamoDB refuse. */
class AttackedNotifier {
    private readonly pushes: Push[] = [];
    private readonly letters: string[] = [];
    private readonly log = new RecordingLog();
    private readonly metrics = new RecordingMetrics();
    private offset = 0;
    private readonly handle = createNotifyHandler({
        maxFrameBytes: MAX_SERVER_FRAME_BYTES,
        namespaces: cachedNamespaces(async (name) => loadRow(name), Date.now),
        publish: createPublisher({
            fanOut: async (push, except) => {
                assertDeliverable(push, except);
                this.pushes.push(push);
                return { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };
            },
            clock: Date.now,
            messageLog: {
                append: async (_, entry) => ({
                    position: { epoch: "x".repeat(36), offset: ++this.offset },
                    entry,
                    repeated: false,
                }),
                end: async () => undefined,
            },
        }),
        deadLetters: createDeadLetters(async (reason, body) => {
            validateMessage({ body, attributes: { reason: { DataType: "String", StringValue: reason } } });
            assert.ok(Buffer.byteLength(body) <= MAX_DEAD_LETTER_BYTES);
            assert.equal((JSON.parse(body) as { reason: unknown }).reason, reason);
            this.letters.push(reason);
        }),
        metrics: this.metrics,
        log: this.log,
        clock: Date.now,
        randomId: () => "random-id",
    });

    /** What became of an event, of which the bus has nobody to tell, and of which a direct caller is told. */
    async take(input: unknown): Promise<Outcome> {
        const isFromBus = typeof input === "object" && input !== null && Object.hasOwn(input, "detail-type");
        try {
            await this.handle(input);
        } catch (error) {
            assert.ok(error instanceof RejectedMessageError && !isFromBus, describe(error));
            assert.ok(error.message.length < 1_000);
            this.letters.push(error.code);
        }
        const [reason, ...more] = this.letters.splice(0);
        assert.deepEqual(more, []);
        assert.ok(reason === undefined || (REJECTION_CODES as readonly string[]).includes(reason), reason);
        for (const line of this.log.lines.splice(0)) {
            assert.ok(JSON.stringify(line).length < 1_000, "a line for the log is short, whatever it is about");
        }
        this.metrics.counted.splice(0);
        return { ...(reason === undefined ? {} : { reason }), pushes: this.pushes.splice(0) };

        function describe(thrown: unknown): string {
            return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
        }
    }
}

/** As the table answers: a key has 1 to 2,048 bytes. */
function loadRow(name: string): ReturnType<typeof parseNamespace> | undefined {
    const bytes = Buffer.byteLength(name);
    if (bytes === 0 || bytes > 2_048) {
        throw new Error("ValidationException: one or more parameter values were invalid");
    }
    const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
    return row === undefined ? undefined : parseNamespace(name, row);
}

/** Also to an audience that is so large that the message has to go by the queue. */
function assertDeliverable(push: Push, except: ReadonlySet<string>): void {
    assert.ok(Buffer.byteLength(push.frame) <= 128 * 1_024);
    const task = { kind: "range", push, attempt: 1, keys: { from: "00", to: "g" }, except: [...except] } as const;
    const body = serializeTask(task);
    validateMessage({ body });
    assert.ok(Buffer.byteLength(body) <= 256 * 1_024, `a delivery of ${Buffer.byteLength(body)} bytes`);
    assert.deepEqual(parseTask(body), { ok: true, value: task }, "a deliverer does not understand what it is given");
    assertPlaceAlone(push, except);
}

/** Whoever is excepted learns where the message has its place, and nothing that is in it. */
function assertPlaceAlone({ frame, skip, channel }: Push, except: ReadonlySet<string>): void {
    const { epoch, offset } = JSON.parse(frame) as { readonly epoch?: string; readonly offset?: number };
    const place = offset === undefined || except.size === 0 ? undefined : { type: "skip", channel, offset, epoch };
    assert.deepEqual(skip === undefined ? undefined : JSON.parse(skip), place);
}

/** The push is of the namespace that published, and for a channel that the event means. */
function assertOwn({ channel, namespace, frame }: Push, input: unknown): void {
    const event = input as Readonly<Record<string, unknown>>;
    const isFromBus = Object.hasOwn(event, "detail-type");
    const source = event[isFromBus ? "source" : "namespace"];
    const detail = (isFromBus ? event["detail"] : event) as Readonly<Record<string, unknown>>;
    const segments = channel.split("/");
    assert.deepEqual([namespace, segments[0]], [source, source]);
    assert.ok(isChannel(segments) && Object.hasOwn(ROWS, String(source)), channel);
    const sent = JSON.parse(frame) as Readonly<Record<string, unknown>>;
    assert.deepEqual([sent["type"], sent["channel"], sent["source"]], ["message", channel, source]);
    assert.ok(!("sequence" in sent) || /^(0|[1-9]\d{0,39})$/.test(String(sent["sequence"])), String(sent["sequence"]));
    assert.ok(
        meant(detail).some((one) => one === channel || fits(segments, one)),
        `nobody meant ${channel}`,
    );
}

/** The channels of an event, and the templates of those that have to be filled. */
function meant(detail: Readonly<Record<string, unknown>>): readonly unknown[] {
    if (Object.hasOwn(detail, "channel") || Object.hasOwn(detail, "channels")) {
        return [detail["channel"], detail["channels"]].flat();
    }
    return Object.hasOwn(detail, "tableChange")
        ? (detail["tableChange"] as { channels: readonly unknown[] }).channels
        : TEMPLATES;
}

/** Segment by segment: what the template says itself is there, and a value fills one plain segment. */
function fits(segments: readonly string[], template: unknown): boolean {
    const wanted = String(template).split("/");
    return (
        wanted.length === segments.length &&
        segments.every((segment, index) =>
            wanted[index]?.startsWith("{") === true ? isEncoded(segment) : wanted[index] === segment,
        )
    );
}

interface Attempt {
    /** `valid`: to be published. */
    readonly kind: "valid" | "odd";
    readonly json: string;
}

function attempt(random: Random): Attempt {
    const valid = random.from([
        () => plainEvent(random),
        () => direct(random),
        () => tableChange(random),
        () => mapped(random),
    ]);
    return random.from<Attempt>([
        () => ({ kind: "valid", json: JSON.stringify(valid) }),
        () => ({ kind: "odd", json: JSON.stringify(mutated(random, valid)) }),
        () => ({ kind: "odd", json: JSON.stringify(mutated(random, mutated(random, mutated(random, valid)))) }),
        () => ({ kind: "odd", json: JSON.stringify(withDetail(valid, (detail) => mutated(random, detail))) }),
        () => ({
            kind: "odd",
            json: JSON.stringify(withDetail(valid, (detail) => mutated(random, mutated(random, detail)))),
        }),
        () => ({ kind: "odd", json: JSON.stringify(random.hits(0.5) ? oddValue(random) : crafted(random)) }),
        () => ({ kind: "odd", json: unusualJson(random) }),
    ]);
}

type Event = Readonly<Record<string, unknown>>;

/** The members of the message, wherever the form of the event has them. */
function withDetail(event: Event, change: (detail: Event) => Event): Event {
    return "detail" in event ? { ...event, detail: change(event["detail"] as Event) } : change(event);
}

function bus(source: string, event: string, detail: unknown): Event {
    const id = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
    const envelope = {
        version: "0",
        id,
        account: "123456789012",
        time: "2024-02-09T18:11:43Z",
        region: "us-east-1",
        resources: [],
    };
    return { ...envelope, source, "detail-type": event, detail };
}

function members(random: Random, source: string): Event {
    const channel = (): string => `${source}/${random.one(["1", "@all", "@user/ada", "ada/42", "a.b:c%40d-e"])}`;
    return {
        ...random.one([{ channel: channel() }, { channels: random.several(1, 5, channel) }]),
        data: random.hits(0.5) ? oddValue(random) : { text: oddText(random) },
        ...random.one([
            {},
            { except: ["IU3kkeN4IAMCJwA="] },
            { except: random.several(0, 100, () => "c".repeat(random.below(15) + 1)) },
        ]),
        ...random.one([{}, { id: "key" }, { id: "é\uffff😀".repeat(30) }]),
        ...random.one([{}, { sequence: "17" }, { sequence: "0".repeat(40) }, { sequence: "9".repeat(40) }]),
    };
}

function plainEvent(random: Random): Event {
    const source = random.one(["orders", "chat"]);
    return bus(source, random.one(["Said", "x", "é\uffff"]), members(random, source));
}

function direct(random: Random): Event {
    const namespace = random.one(["orders", "chat"]);
    return { namespace, event: "Hello", ...members(random, namespace) };
}

function tableChange(random: Random): Event {
    const image = {
        customer: { S: "ada" },
        orderId: random.one([{ S: "42" }, { N: "42" }]),
        note: attribute(random, 3),
    };
    const images = random.one([{ NewImage: image }, { OldImage: image }, { OldImage: image, NewImage: image }]);
    return bus("orders", "OrderChanged", {
        tableChange: {
            eventId: "1",
            channels: TEMPLATES,
            record: { Keys: {}, ...images, ...random.one([{}, { SequenceNumber: "300000000000000499659" }]) },
            ...random.one([{}, { attributes: ["note"] }]),
        },
    });
}

function attribute(random: Random, depth: number): unknown {
    const leaves: readonly (() => unknown)[] = [
        () => ({ S: oddText(random) }),
        () => ({ N: random.one(["0", "-1.5E-3", "123456789012345678901234567890", "1E125", "-0"]) }),
        () => ({ BOOL: random.hits(0.5) }),
        () => ({ NULL: true }),
        () => ({ B: "AA==" }),
        () => ({ SS: random.several(1, 3, () => oddText(random)) }),
        () => ({ NS: ["1", "2.50"] }),
    ];
    return depth === 0
        ? random.from(leaves)
        : random.from<unknown>([
              ...leaves,
              () => ({ L: random.several(0, 3, () => attribute(random, depth - 1)) }),
              () => ({
                  M: Object.fromEntries(random.several(0, 3, () => [oddText(random), attribute(random, depth - 1)])),
              }),
          ]);
}

function mapped(random: Random): Event {
    return bus("orders", "OrderPlaced", {
        customer: "ada",
        orderId: random.one(["42", 42, "a@b"]),
        order: oddValue(random),
        key: random.one(["k", 1]),
        version: random.one(["1", 2, "000000000000000000003"]),
    });
}

/** What somebody would send who has read the code. */
function crafted(random: Random): Event {
    const keys = random.one<unknown>([
        "x/../ada",
        "../ada",
        "@me",
        "@user/bob",
        "*",
        "",
        2 ** 53,
        1e21,
        { a: 1 },
        ["ada"],
        null,
        "{customer}",
        "ada\u0000",
    ]);
    return random.from<Event>([
        () => bus("orders", "OrderPlaced", { customer: keys, orderId: "42", key: "k" }),
        () => bus("orders", "Stolen", { customer: "1" }),
        () =>
            bus("orders", "OrderChanged", {
                tableChange: {
                    channels: TEMPLATES,
                    record: { NewImage: { customer: { S: String(keys) }, orderId: { S: "1" } } },
                },
            }),
        () => bus("orders", "OrderChanged", { tableChange: { channels: ["chat/1"], record: { NewImage: {} } } }),
        () =>
            bus("orders", "OrderChanged", {
                tableChange: { channels: ["{to}/1"], record: { NewImage: { to: { S: "chat" } } } },
            }),
        () =>
            bus(
                random.one([
                    "chat",
                    "nowhere",
                    "__proto__",
                    "orders/1",
                    "orders ",
                    "n".repeat(3_000),
                    "é".repeat(2_000),
                ]),
                "X",
                { channel: "orders/1" },
            ),
        () => bus("orders", "X", { channels: ["orders/1", "chat/1"], data: 1 }),
        () => bus("orders", "X", { channel: "orders/1", channels: ["orders/1"] }),
        () =>
            bus("orders", "X", {
                channel: "orders/1",
                except: random.several(0, random.one([3, 3, 3, 200]), () => oddText(random)),
            }),
        () => bus("orders", "X", { channels: random.several(90, 120, () => `orders/${random.below(1e6)}`) }),
        () => ({ ...members(random, "orders"), namespace: "chat", event: "X" }),
    ]);
}

/** EventBridge takes 1,100 levels and 1 MiB; nobody counts the levels of a direct caller. */
function unusualJson(random: Random): string {
    const envelope = JSON.stringify(bus("orders", "X", 0)).slice(0, -2);
    const levels = random.below(random.hits(0.1) ? 1_000 : 20);
    const lists = '{"L":['.repeat(levels / 2) + "]}".repeat(levels / 2);
    return random.hits(0.04)
        ? hugeJson(random)
        : random.from([
              () => `${envelope}${deepJson(random, levels)}}`,
              () => `${envelope}{"channel":"orders/1","data":${deepJson(random, levels)}}}`,
              () => `${envelope}{"channel":${deepJson(random, levels)}}}`,
              () =>
                  `${envelope}{"tableChange":{"channels":["orders/1"],"record":{"NewImage":{"a":${lists || "{}"}}}}}}`,
              () => `${envelope}{"__proto__":{"channel":"orders/1"},"data":1}}`,
              () => `${envelope}{"channel":"chat/1","channel":"orders/1","data":1e999}}`,
          ]);
}

function hugeJson(random: Random): string {
    const direct = '{"namespace":"orders","event":"X"';
    const lists = '{"L":['.repeat(9_000) + "]}".repeat(9_000);
    const text = random.one(["x", "é", "\uffff", "\ud800"]);
    return random.from([
        () => `${direct},"channel":"orders/1","data":${deepJson(random, 20_000)}}`,
        () => `${direct},"tableChange":{"channels":["orders/1"],"record":{"NewImage":{"a":${lists}}}}}`,
        () => JSON.stringify(bus("orders", "X", { channel: "orders/1", data: text.repeat(131_000) })),
        () => JSON.stringify(bus("chat", "X", { channel: "chat/1", data: text.repeat(21_000) })),
        () => JSON.stringify(bus("orders", "X", { data: "x".repeat(900_000) })),
    ]);
}
