import assert from "node:assert/strict";
import fc from "fast-check";
import { PushClient, type Gap, type Position, type PushMessage } from "../../client";
import { FakeClock } from "./support/fake-clock";
import { memoryWebSocket } from "./support/memory-web-socket";
import { ProtocolServer } from "./support/protocol-server";

const LOGGED = "orders/1";
const PLAIN = "chat/1";

/** Runs are not made smaller on a failure, which would take minutes: the seed that is printed repeats one exactly. */
const RUNS = { numRuns: 150, endOnFailure: true };

/**
 * What the world does next. `echo`: the page causes a message, which its connection is left out of. `pass` lets up to
 * five seconds pass, in which frames arrive and delays end.
 */
type Kind =
    | "publish"
    | "echo"
    | "burst"
    | "pass"
    | "drop"
    | "cut"
    | "refuse"
    | "accept"
    | "startOver"
    | "trim"
    | "reload"
    | "check";
interface Step {
    readonly kind: Kind;
    readonly seed: number;
}

function steps(weights: Readonly<Partial<Record<Kind, number>>>): fc.Arbitrary<readonly Step[]> {
    const kinds = Object.entries(weights).map(([kind, weight]) => ({
        weight,
        arbitrary: fc.constant(kind as Kind),
    }));
    const step = fc.record({ kind: fc.oneof(...kinds), seed: fc.nat({ max: 0xffff }) });
    return fc.array(step, { minLength: 40, maxLength: 200, size: "max" });
}

/** A small generator of numbers from 0 to 1, so that a run can be repeated from its seed. */
function randomFrom(seed: number): () => number {
    let state = seed + 1;
    return () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
    };
}

type Seen = { readonly at: number } & ({ readonly message: PushMessage } | { readonly gap: Gap });

/** A page with a client, the server, a network between them that does its worst, and what the page saw. */
class World {
    readonly clock = new FakeClock();
    readonly server = new ProtocolServer(() => this.clock.now());
    readonly seen: Record<string, Seen[]> = { [LOGGED]: [], [PLAIN]: [] };
    /** When each message without history was published, and how much the page had seen by then. */
    readonly published = new Map<
        string,
        { readonly at: number; readonly seenBefore: number; readonly isMeant: boolean }
    >();
    /** Offsets of the messages that a connection of the page was left out from, by epoch. */
    readonly echoes = new Set<string>();
    /** Ids of the messages that came to the page although it had no other connection than the one left out. */
    readonly heard: string[] = [];
    private readonly items = new Map<string, string>();
    private isRefusing = false;
    private isHealed = false;
    private count = 0;
    private page = 0;
    private readonly network = memoryWebSocket({
        clock: this.clock,
        server: this.server,
        latencyMs: () => Math.floor(this.random() * 200),
        isRefusing: () => this.isRefusing,
    });
    private client: PushClient;

    constructor(private readonly random: () => number) {
        this.server.withoutHistory.add("chat");
        this.server.sessionSeconds = 40;
        this.server.pingSeconds = 20;
        this.server.transmit = (_connection, send, frame) => {
            this.transmit(send, frame);
        };
        this.client = this.load();
    }

    async run({ kind, seed }: Step): Promise<void> {
        switch (kind) {
            case "publish":
                this.publish();
                break;
            case "echo":
                this.echo();
                break;
            case "burst":
                for (let index = 0; index < seed % 20; index += 1) {
                    this.publish();
                }
                break;
            case "pass":
                await this.pass(seed % 5_000);
                break;
            case "drop":
                this.server.open.at(seed % 2)?.peer.destroy();
                break;
            case "cut":
                this.server.open.slice(0, 1).forEach((connection) => {
                    this.network.cut(connection);
                });
                break;
            case "refuse":
                this.isRefusing = true;
                break;
            case "accept":
                this.isRefusing = false;
                break;
            case "startOver":
                this.server.startOver(LOGGED);
                break;
            case "trim":
                this.server.trim(LOGGED, seed % 3);
                break;
            case "reload":
                this.client.close();
                this.seen[PLAIN]?.push({
                    at: this.clock.now(),
                    gap: { reason: "no_history", from: undefined, to: undefined },
                });
                this.client = this.load();
                break;
            case "check":
                this.client.check();
        }
    }

    /** From now on the network works, and there is time for all that is outstanding. */
    async heal(): Promise<void> {
        this.isHealed = true;
        this.isRefusing = false;
        for (let round = 0; round < 60; round += 1) {
            await this.pass(5_000);
            this.publish();
        }
        await this.pass(10_000);
    }

    close(): void {
        this.client.close();
    }

    private load(): PushClient {
        this.page += 1;
        const { page } = this;
        const client = new PushClient("ws://memory", {
            token: () => "ada",
            WebSocket: this.network.WebSocket,
            clock: this.clock,
            random: this.random,
            maxHeldMessages: 5,
            storage: {
                getItem: (key) => this.items.get(key) ?? null,
                setItem: (key, value) => this.items.set(key, value),
                removeItem: (key) => this.items.delete(key),
            },
        });
        for (const channel of [LOGGED, PLAIN]) {
            const seen = this.seen[channel] ?? [];
            client.subscribe(channel, {
                message: (message) => {
                    const { except, wasAlone } = this.causes.get(message.id) ?? {};
                    if (wasAlone === true && this.server.latest.id === except) {
                        this.heard.push(message.id);
                    }
                    seen.push({ at: this.clock.now(), message });
                },
                gap: (gap) => seen.push({ at: this.clock.now(), gap }),
                subscribed: () => {
                    if (channel === PLAIN) {
                        this.subscribedPage = page;
                    }
                },
            });
        }
        client.connect();
        return client;
    }

    private subscribedPage = 0;
    /** Which connection an echo leaves out, and whether there was no other, by the message's id. */
    private readonly causes = new Map<string, { readonly except: string; readonly wasAlone: boolean }>();

    private echo(): void {
        const except = this.client.session?.connectionId;
        if (except !== undefined) {
            this.count += 1;
            const { id, epoch, offset } = this.server.publish(LOGGED, this.count, [except]);
            this.causes.set(id, { except, wasAlone: this.server.open.every((connection) => connection.id === except) });
            this.echoes.add(`${epoch} ${offset}`);
        }
    }

    private publish(): void {
        this.count += 1;
        this.server.publish(LOGGED, this.count);
        const { id } = this.server.publish(PLAIN, this.count);
        this.published.set(id, {
            at: this.clock.now(),
            seenBefore: this.seen[PLAIN]?.length ?? 0,
            // A page is promised what is published after its subscription has been confirmed.
            isMeant: this.subscribedPage === this.page,
        });
    }

    /** Frames are delayed one by one, so that they overtake each other; some come twice, some of the log's never. */
    private transmit(send: () => void, frame: object): void {
        const isLogged = "offset" in frame;
        if (this.isHealed) {
            send();
            return;
        }
        const copies = isLogged && this.random() < 0.05 ? 0 : this.random() < 0.1 ? 2 : 1;
        for (let copy = 0; copy < copies; copy += 1) {
            this.clock.after(Math.floor(this.random() * 1_500), send);
        }
    }

    private async pass(ms: number): Promise<void> {
        for (let left = ms; left > 0; left -= 250) {
            this.clock.advance(Math.min(left, 250));
            // Tokens come by promises.
            await Promise.resolve();
            await Promise.resolve();
            await Promise.resolve();
        }
    }
}

/** Every message of the log once, in order, but for echoes; where one is missing there is a gap, and it says where. */
function checkLogged({ seen, echoes }: World): void {
    const delivered = new Set<string>();
    let last: Position | undefined;
    const isAt = (position: Position, from: Position): boolean => {
        const count = Math.max(0, position.offset - from.offset);
        const between = Array.from({ length: count }, (_, index) => from.offset + index + 1);
        return (
            position.epoch === from.epoch &&
            position.offset >= from.offset &&
            between.every((offset) => echoes.has(`${from.epoch} ${offset}`))
        );
    };
    for (const event of seen[LOGGED] ?? []) {
        if ("gap" in event) {
            const { from, to } = event.gap;
            const isWhereItEnded = last === undefined || (from !== undefined && isAt(from, last));
            assert.ok(isWhereItEnded, "a gap begins where delivery ended");
            last = to;
            continue;
        }
        const { id, epoch = "", offset = 0 } = event.message;
        assert.ok(!delivered.has(id), `${id} was delivered twice`);
        delivered.add(id);
        assert.ok(last === undefined || isAt({ epoch, offset: offset - 1 }, last), `${id} is not the next one`);
        last = { epoch, offset };
    }
}

/** A connection may be dead for this long before it is noticed: a ping's interval and time limit, and the delays. */
const UNNOTICED_MS = 60_000;
/** The confirmation that tells of the gap may be overtaken by messages, by this much. */
const OVERTAKEN_MS = 2_000;

/** Without a log: no message twice, and for each that is missing a gap, before the page goes on as if nothing were. */
function checkPlain({ seen, published }: World): void {
    const events = seen[PLAIN] ?? [];
    const ids = events.flatMap((event) => ("message" in event ? [event.message.id] : []));
    assert.equal(new Set(ids).size, ids.length, "a message was delivered twice");
    for (const [id, { at, seenBefore, isMeant }] of published) {
        const later = events.slice(seenBefore);
        const isMuchLater = (other: string): boolean => (published.get(other)?.at ?? 0) > at + UNNOTICED_MS;
        const goesOn = later.find((event) => "message" in event && isMuchLater(event.message.id))?.at ?? Infinity;
        const isExplained = later.some((event) => "gap" in event && event.at <= goesOn + OVERTAKEN_MS);
        assert.ok(!isMeant || ids.includes(id) || isExplained, `${id} is missing without a gap`);
    }
}

function positionOf(event: Seen | undefined): Position | undefined {
    if (event === undefined || "gap" in event) {
        return event?.gap.to;
    }
    return { epoch: event.message.epoch ?? "", offset: event.message.offset ?? 0 };
}

async function simulate(taken: readonly Step[], seed: number): Promise<World> {
    const world = new World(randomFrom(seed));
    for (const step of taken) {
        await world.run(step);
    }
    await world.heal();
    world.close();
    checkLogged(world);
    assert.deepEqual(world.heard, [], "the page hears itself");
    checkPlain(world);
    assert.deepEqual(
        positionOf(world.seen[LOGGED]?.at(-1)),
        world.server.head(LOGGED),
        "the page gets to the head of the log",
    );
    return world;
}

describe("the promise of PushClient, in a simulated world", () => {
    const troubles = { drop: 2, cut: 1, refuse: 1, accept: 2, reload: 1, check: 1 };
    const usual = { publish: 20, echo: 10, burst: 4, pass: 30, ...troubles };

    it("with a log that keeps everything, the page sees every message once, in order, without a gap", async () => {
        await fc.assert(
            fc.asyncProperty(steps(usual), fc.nat(), async (taken, seed) => {
                const world = await simulate(taken, seed);
                const gaps = (world.seen[LOGGED] ?? []).filter((event) => "gap" in event);
                assert.deepEqual(gaps, []);
            }),
            RUNS,
        );
    }).timeout(60_000);

    it("with a log that forgets and is started over, what is missing is an explicit gap", async () => {
        await fc.assert(
            fc.asyncProperty(steps({ ...usual, startOver: 1, trim: 2 }), fc.nat(), async (taken, seed) => {
                await simulate(taken, seed);
            }),
            RUNS,
        );
    }).timeout(60_000);
});
