import { strict as assert } from "node:assert";
import { messageRoute } from "../../functions/transports/api-gateway/routes";
import type { GatewayResponse } from "../../functions/transports/api-gateway/gateway-events";
import type { History } from "../../functions/message-log/history";
import { cachedNamespaces } from "../../functions/namespaces/namespaces";
import type { Subscriptions } from "../../functions/registry/registry";
import type { Connection } from "../../functions/registry/registry-rows";
import { messageFrame, positionedFrame } from "../../functions/wire/server-frames";
import type { Subscriber } from "../../functions/tokens/subscriber";
import { createAnswer } from "../../functions/message/answer";
import { createMessageHandler } from "../../functions/message/handler";
import { CONNECTION_ID, messageEvent } from "../fakes/gateway-events";
import { fakeNamespaces } from "../fakes/namespaces";
import { RecordingLog } from "../fakes/recorders";
import { fakeTransport } from "../fakes/transport";
import { expectedAnswer } from "./support/frame-oracle";
import { fuzz, isWholeRun } from "./support/fuzz";
import { deepJson, garbled, mutated, oddText, oddValue } from "./support/odd-values";
import type { Random } from "./support/random";
import { NAMESPACE_ROWS } from "./support/subscribe-oracle";

const FRAMES = 100_000;
const LIMIT = 5;

/** In every token, and in no frame: whatever has it in it has leaked. */
const SECRET = "SECRET-of-a-token";

const SUBSCRIBERS: readonly Subscriber[] = [
    subscriber("ada"),
    subscriber("bob", { role: "staff", group: ["a", "b"], "https://example.com/tenant": "t1" }),
    subscriber("@me", { role: ["staff", 1] }),
    subscriber("*", { group: "*", "https://example.com/tenant": "*" }),
    subscriber("a/b", { sub: "bob/1", role: { staff: true }, group: null }),
    subscriber("__proto__", { group: true, "https://example.com/tenant": 7 }),
    subscriber("x".repeat(300), { sub: "" }),
    subscriber("@user", { sub: ["ada", ["bob"], { x: 1 }], group: [["a"]] }),
    subscriber("9007199254740992", { sub: 2 ** 53 }),
    { ...subscriber("late"), expiresAt: 1 },
];

describe("A hundred thousand frames", () => {
    it("are each answered with the frame that the protocol promises, and nothing else happens", async () => {
        const attacked = new AttackedFunction();
        const answers = new Map<string, number>();
        await fuzz(FRAMES, attempt, async ({ body, who, had }) => {
            attacked.subscribed = new Set(had);

            const [answer, ...more] = (await attacked.take(body, who)).map(parse);

            const kind = assertPromised(answer, body, who, had);
            answers.set(kind, (answers.get(kind) ?? 0) + 1);
            assertMissed(more, answer);
            assertChanged(attacked.subscribed, had, answer);
            assert.deepEqual(attacked.log.lines, []);
        });
        if (isWholeRun) {
            assert.deepEqual([...answers.keys()].sort(), [
                "bad_request",
                "forbidden",
                "payload_too_large",
                "subscribed",
                "too_many_subscriptions",
                "unknown_namespace",
                "unsubscribed",
                "welcome",
            ]);
            assert.deepEqual(
                [...answers].filter(([, count]) => count < 100),
                [],
            );
        }
    });
});

/** The message function, and what it has done. */
class AttackedFunction implements Subscriptions {
    readonly log = new RecordingLog();
    /** The channels of the connection that sends. */
    subscribed: ReadonlySet<string> = new Set();
    private readonly posts: string[] = [];
    private readonly handle = messageRoute(
        createMessageHandler({
            answer: createAnswer({
                registry: this,
                namespaces: cachedNamespaces((name) => fakeNamespaces(NAMESPACE_ROWS).find(name), Date.now),
                history: HISTORY,
                maxSubscriptions: LIMIT,
                pingSeconds: 240,
                clock: Date.now,
            }),
            deliveries: { send: () => Promise.reject(new Error("nothing is left over")) },
            clock: Date.now,
            transport: fakeTransport((_, frame) => {
                this.posts.push(frame);
                return { kind: "delivered" };
            }),
            sleep: async () => undefined,
            random: Math.random,
            log: this.log,
        }),
    );

    /** All that the client gets to see. */
    async take(body: string, who: Subscriber): Promise<readonly string[]> {
        const response: GatewayResponse = await this.handle(messageEvent(routeOf(body), body, who));
        assert.equal(response.statusCode, 200);
        return [...(response.body === undefined ? [] : [response.body]), ...this.posts.splice(0)];
    }

    async subscribe({ connectionId }: Connection, channel: string, limit: number): Promise<"subscribed" | "limit"> {
        assert.equal(connectionId, CONNECTION_ID);
        const channels = new Set([...this.subscribed, channel]);
        if (channels.size > limit) {
            return "limit";
        }
        this.subscribed = channels;
        return "subscribed";
    }

    async unsubscribe(connectionId: string, channel: string): Promise<void> {
        assert.equal(connectionId, CONNECTION_ID);
        this.subscribed = new Set([...this.subscribed].filter((one) => one !== channel));
    }
}

/** Two messages were missed, whatever the position. */
const HISTORY: History = {
    since: async (channel, position) => ({
        recovered: position !== undefined,
        position: { epoch: "epoch", offset: 2 },
        missed: missed(position === undefined ? [] : [1, 2], channel),
    }),
};

async function* missed(offsets: readonly number[], channel: string): AsyncGenerator<string> {
    for (const offset of offsets) {
        const said = { id: String(offset), event: "Said", time: "2024-02-09T18:11:43Z", data: "1", options: {} };
        yield positionedFrame(messageFrame({ ...said, namespace: "chat" }, channel), { epoch: "epoch", offset });
    }
}

type Answer = Readonly<Record<string, unknown>>;

function parse(text: string): Answer {
    assert.ok(!text.includes(SECRET) && !text.includes(process.cwd()) && !/\n\s+at |\.ts:\d/.test(text), text);
    assert.ok(Buffer.byteLength(text) < 2_048, "an answer is short, whatever was asked");
    return JSON.parse(text) as Answer;
}

/** @returns the answer's type, or the code of an error. */
function assertPromised(answer: Answer | undefined, body: string, who: Subscriber, had: readonly string[]): string {
    assert.ok(answer !== undefined, "no answer");
    const expected = expectedAnswer(body, who, Date.now());
    assert.equal(JSON.stringify(answer["id"]), JSON.stringify(expected.id));
    const { type } = expected.answer;
    if (type === "subscribed" && had.length >= LIMIT && !had.includes(expected.answer.channel)) {
        assert.deepEqual([answer["type"], answer["code"]], ["error", "too_many_subscriptions"]);
        return "too_many_subscriptions";
    }
    assert.equal(answer["type"], type);
    const members = Object.keys(answer)
        .filter((name) => name !== "id")
        .sort()
        .join();
    switch (expected.answer.type) {
        case "welcome":
            assert.equal(answer["userId"], who.userId);
            assert.equal(members, "connectionId,expiresAt,expiresIn,pingSeconds,type,userId");
            return type;
        case "subscribed":
        case "unsubscribed":
            assert.equal(answer["channel"], expected.answer.channel);
            assert.match(
                members,
                type === "subscribed" ? /^channel,(epoch,offset,)?recovered,type$/ : /^channel,type$/,
            );
            return type;
        case "error":
            assert.equal(answer["code"], expected.answer.code);
            assert.equal(members, "code,message,type");
            return expected.answer.code;
    }
}

/** What follows an answer is what a subscriber has missed on the channel that it has just been given. */
function assertMissed(more: readonly Answer[], answer: Answer | undefined): void {
    const isRecovered = answer?.["type"] === "subscribed" && answer["recovered"] === true;
    assert.deepEqual(
        more.map((frame) => [frame["type"], frame["channel"], frame["offset"]]),
        isRecovered ? [1, 2].map((offset) => ["message", answer["channel"], offset]) : [],
    );
}

/** The subscriptions are what they were, but for what the answer says. */
function assertChanged(has: ReadonlySet<string>, had: readonly string[], answer: Answer | undefined): void {
    const channel = String(answer?.["channel"]);
    const should = new Set(had);
    if (answer?.["type"] === "subscribed") {
        should.add(channel);
    } else if (answer?.["type"] === "unsubscribed") {
        should.delete(channel);
    }
    assert.deepEqual(has, should);
}

/** As the gateway selects it: by an `action` that a route has, else the default. */
function routeOf(body: string): string {
    const action = /"action"\s*:\s*"(hello|subscribe|unsubscribe)"/.exec(body.slice(0, 200))?.[1];
    return action ?? "$default";
}

interface Attempt {
    readonly body: string;
    readonly who: Subscriber;
    /** What the connection is subscribed to before. */
    readonly had: readonly string[];
}

function attempt(random: Random): Attempt {
    const channels = ["chat/1", "chat/2", "orders/@user/ada", "orders/ada/1", "chat/t1/x/a"];
    return {
        body: frame(random),
        who: random.one(SUBSCRIBERS),
        had: random.hits(0.1) ? channels : channels.filter(() => random.hits(0.3)),
    };
}

function frame(random: Random): string {
    return random.from([
        () => JSON.stringify(validFrame(random)),
        () => JSON.stringify(validFrame(random)),
        () => JSON.stringify(mutated(random, validFrame(random))),
        () => JSON.stringify(mutated(random, mutated(random, validFrame(random)))),
        () => garbled(random, JSON.stringify(validFrame(random))),
        () => JSON.stringify(oddValue(random)),
        () => unusualJson(random),
    ]);
}

/** What no program of ours would write. */
function unusualJson(random: Random): string {
    return random.from([
        () => oddText(random),
        () => deepJson(random, random.below(4_000)),
        () => `{"action":"subscribe","channel":${deepJson(random, random.below(3_000))}}`,
        () => `{"action":"hello","id":${random.one(["1e999", "-0", "1.0", "9007199254740993", "01", "[]"])}}`,
        () => `{"__proto__":{"action":"hello","id":7},"id":${random.below(9)}}`,
        () => `{"action":"hello","action":"subscribe","channel":"chat/1","channel":"orders/@all","id":1,"id":2}`,
        () => ` \n{"\\u0061ction" :\t"subscribe", "channel":"chat/${random.below(3)}" }\r`,
        () => JSON.stringify({ ...validFrame(random), pad: "é".repeat(random.one([4_000, 4_096, 9_000])) }),
        () => "x".repeat(random.one([8_191, 8_192, 8_193, 40_000])),
    ]);
}

function validFrame(random: Random): Readonly<Record<string, unknown>> {
    const id = random.one([{}, { id: random.below(1_000) }, { id: `id-${random.below(1_000)}` }]);
    return random.from<Readonly<Record<string, unknown>>>([
        () => ({ action: "hello", ...id }),
        () => ({ action: "subscribe", ...id, channel: channel(random) }),
        () => ({
            action: "subscribe",
            ...id,
            channel: channel(random),
            since: { epoch: "epoch", offset: random.below(9) },
        }),
        () => ({ action: "unsubscribe", ...id, channel: channel(random) }),
    ]);
}

function channel(random: Random): string {
    const word = (): string =>
        random.one([
            "ada",
            "bob",
            "a",
            "b",
            "t1",
            "7",
            "true",
            "1",
            "9007199254740992",
            "*",
            "@me",
            "@all",
            "@user",
            "",
        ]);
    const namespace = (): string =>
        random.one(["orders", "chat", "closed", "nowhere", "@me", "constructor", "__proto__"]);
    return random.from([
        () => random.one(["orders/@me", "orders/@all", "orders/ada/1", "chat/1", "chat/t1/x/a", "orders/@user/bob"]),
        () => [random.one(["orders", "chat"]), ...random.several(1, 3, word)].join("/"),
        () => [namespace(), ...random.several(0, 17, word)].join("/"),
        () => `${namespace()}/${oddText(random)}`,
    ]);
}

function subscriber(userId: string, claims: Readonly<Record<string, unknown>> = {}): Subscriber {
    return {
        userId,
        claims: { sub: userId, email: SECRET, ...claims },
        expiresAt: Math.floor(Date.now() / 1_000) + 7_200,
    };
}
