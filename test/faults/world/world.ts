import assert from "node:assert/strict";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { serializeTask } from "../../../functions/deliveries/task";
import type { HistorySettings } from "../../../contract/namespace";
import { LogTable } from "../../../functions/message-log/log-table";
import type { Head } from "../../../functions/message-log/rows";
import { idDigest } from "../../../functions/message-log/rows";
import type { HeldLetter } from "../../../operations/redrive/letters";
import { redrive } from "../../../operations/redrive/redrive";
import { Dice } from "../../../simulation/dice";
import { ModelGateway } from "../../../simulation/gateway";
import { Sockets } from "../../../simulation/sockets";
import { VirtualTime } from "../../../simulation/virtual-time";
import { Platform } from "./platform";
import { tokenOf, userOf } from "../../client/support/tokens";
import { LOG, NAMESPACES, Tables } from "./tables";
import { Troubles } from "./troubles";
import { Visitor } from "./visitor";

const NAMESPACE = "orders";
const CHANNEL = "orders/1";
const USERS = ["ada", "bob"];
/** So short that pages move to new connections all the time. */
const TOKEN_SECONDS = 240;

/**
 * What happens next. `echo`: a message that is not for the page that caused it. `pass` lets up to five seconds pass, in
 * which frames arrive and delays end.
 */
export const KINDS = [
    "publish",
    "echo",
    "burst",
    "repeat",
    "pass",
    "drop",
    "cut",
    "reload",
    "leave",
    "subscribe",
    "check",
    "crash",
    "throttle",
    "storm",
    "loseDisconnects",
] as const;

export interface Step {
    readonly kind: (typeof KINDS)[number];
    readonly seed: number;
}

/** Longer than all retries of one event, and than a page needs to find out about a silent connection. */
const HEALING_MS = 5 * 60_000;
const HEALINGS = 6;

/**
 * The whole system in one process and in virtual time: the functions' own handlers over DynamoDB's protocol, the real
 * client on the pages of two users, and between them a bus, a queue, Lambda and a gateway that do their worst.
 */
export class World {
    private readonly platform: Platform;
    private readonly gateway: ModelGateway;
    private readonly sockets: Sockets;
    private readonly visitors: readonly Visitor[];
    private readonly published: string[] = [];
    /** Keys of messages that are not for one of the connections. */
    private readonly echoes = new Set<string>();
    private ids = 0;
    /** How long a post takes. */
    private postMs = 0;

    private constructor(
        private readonly time: VirtualTime,
        private readonly tables: Tables,
        private readonly troubles: Troubles,
        private readonly dice: Dice,
    ) {
        const surroundings = {
            tables,
            clock: time.clock,
            sleep: time.sleep,
            random: dice.next,
            newId: () => `id${++this.ids}`,
            post: (connectionId: string, text: string) => this.gateway.post(connectionId, text),
        };
        this.platform = new Platform(time, dice, surroundings, troubles.death);
        this.sockets = new Sockets({
            time,
            routes: this.platform.routes,
            latencyMs: () => Math.floor(dice.next() * 150),
            userOf,
            tokenSeconds: TOKEN_SECONDS,
            isDisconnectLost: troubles.isDisconnectLost,
        });
        this.gateway = new ModelGateway({
            time,
            peers: this.sockets,
            faultOnSending: troubles.ofPost,
            answerMs: () => this.postMs,
        });
        const { WebSocket } = this.sockets;
        this.visitors = USERS.map(
            (userId) =>
                new Visitor(userId, CHANNEL, "ws://memory", {
                    token: () => tokenOf(userId),
                    WebSocket,
                    clock: time,
                    random: dice.next,
                }),
        );
    }

    static async create(history: HistorySettings, seed: number): Promise<World> {
        const time = new VirtualTime();
        const dice = new Dice(seed);
        const troubles = new Troubles(dice);
        const tables = await Tables.create(time.clock, troubles.ofDynamoDb);
        const Item = { namespace: NAMESPACE, subscribe: [{ channel: `${NAMESPACE}/*` }], history };
        await tables.documents().send(new PutCommand({ TableName: NAMESPACES, Item }));
        return new World(time, tables, troubles, dice);
    }

    async run({ kind, seed }: Step): Promise<void> {
        const visitor = this.visitors[seed % USERS.length];
        switch (kind) {
            case "publish":
                this.publish();
                break;
            case "echo":
                this.echo(visitor?.connectionId);
                break;
            case "burst":
                for (let count = seed % 12; count > 0; count--) {
                    this.publish();
                }
                break;
            case "repeat":
                this.put(this.published[seed % Math.max(1, this.published.length)] ?? "m1");
                break;
            case "pass":
                await this.pass(seed % 5_000);
                break;
            case "drop":
                [...this.sockets.open.values()].at(seed % 3)?.finish(1006, "");
                break;
            case "cut":
                [...this.sockets.open.values()].slice(seed % 3, 1 + (seed % 3)).forEach((socket) => {
                    socket.wire.isCut = true;
                });
                break;
            case "reload":
                visitor?.reload();
                break;
            case "leave":
                visitor?.leave();
                break;
            case "subscribe":
                visitor?.subscribe();
                break;
            case "check":
                visitor?.check();
                break;
            case "crash":
                this.troubles.crash(seed);
                break;
            case "throttle":
                this.troubles.throttle(seed);
                break;
            case "storm":
                this.troubles.storm(seed);
                break;
            case "loseDisconnects":
                this.troubles.loseDisconnects(seed);
        }
    }

    /** From now on all goes well, there is time for everything, and an operator publishes what was put away. */
    async heal(): Promise<void> {
        this.troubles.end();
        for (let round = 0; round < HEALINGS; round++) {
            await this.pass(HEALING_MS);
            await this.redriveLetters();
            this.publish();
        }
        await this.pass(60_000);
        assert.deepEqual(this.platform.letters, [], "nothing is left among the dead letters");
    }

    /** Every key has one number, and everybody saw what was published. */
    async assertPromise(): Promise<void> {
        const table = new LogTable(this.tables.documents(), LOG);
        const head = await table.head(CHANNEL);
        assert.ok(head !== undefined);
        assert.equal(head.offset, new Set(this.published).size, "every key has a number, and none has two");
        const log = await this.keysByNumber(table, head);
        for (const visitor of this.visitors) {
            visitor.assertPromise(log, head.epoch, this.echoes);
        }
    }

    /**
     * Takes a user away, whom all others leave too, and back after so many messages, when each post takes so long.
     *
     * @returns posts that were made from then on, until the user had everything.
     */
    async comeBackAfter(count: number, postMs: number): Promise<number> {
        const [visitor, ...others] = this.visitors;
        assert.ok(visitor !== undefined);
        others.forEach((other) => {
            other.leave();
        });
        await this.pass(5_000);
        visitor.close();
        for (let n = 1; n <= count; n++) {
            this.publish();
            await this.pass(200);
        }
        await this.pass(60_000);
        this.postMs = postMs;
        const { posts } = this.gateway;
        visitor.comeBack();
        while (visitor.toldCount < count) {
            await this.pass(1_000);
        }
        await this.pass(10_000);
        return this.gateway.posts - posts;
    }

    get gapCount(): number {
        return this.visitors.reduce((sum, { gapCount }) => sum + gapCount, 0);
    }

    get toldCount(): number {
        return this.visitors.reduce((sum, { toldCount }) => sum + toldCount, 0);
    }

    async close(): Promise<void> {
        this.visitors.forEach((visitor) => {
            visitor.close();
        });
        await this.tables.settle();
        await this.tables.close();
    }

    private publish(except: readonly string[] = []): string {
        const key = `m${new Set(this.published).size + 1}`;
        this.put(key, except);
        return key;
    }

    /** A user does something, of which everybody is told but the page where it was done. */
    private echo(connectionId: string | undefined): void {
        if (connectionId !== undefined) {
            this.echoes.add(this.publish([connectionId]));
        }
    }

    /** Puts an event on the bus, which brings it to the notifier once or twice, sooner or later. */
    private put(id: string, except: readonly string[] = []): void {
        this.published.push(id);
        const event = {
            id: `event${this.published.length}`,
            "detail-type": "Said",
            source: NAMESPACE,
            time: new Date(this.time.clock()).toISOString(),
            detail: { channel: CHANNEL, data: id, id, except },
        };
        for (let copies = this.dice.next() < 0.2 ? 2 : 1; copies > 0; copies--) {
            this.time.after(Math.floor(this.dice.next() * 500), () => void this.platform.notify(event));
        }
    }

    private async pass(ms: number): Promise<void> {
        const end = this.time.clock() + ms;
        await this.tables.settle();
        for (;;) {
            const next = Math.min(this.time.nextAt ?? Infinity, end);
            this.time.advance(next - this.time.clock());
            await this.tables.settle();
            if (next === end) {
                return;
            }
        }
    }

    private async redriveLetters(): Promise<void> {
        const state = { isOver: false };
        const over = redrive(
            {
                letters: {
                    receive: async () => this.platform.letters.splice(0).map((body, index) => this.hold(body, index)),
                },
                publish: async (event) => ({ ...((await this.platform.notifyNow(event)) as object) }),
                deliveries: {
                    send: (tasks) =>
                        this.platform.send(
                            tasks.map((task) => ({ body: serializeTask(task), delaySeconds: 0, group: "" })),
                        ),
                },
                clock: () => this.time.clock(),
                print: () => undefined,
            },
            { watchSeconds: 0 },
        ).finally(() => {
            state.isOver = true;
        });
        while (!state.isOver) {
            await this.pass(1_000);
        }
        await over;
    }

    private hold(body: string, index: number): HeldLetter {
        this.ids += 1;
        let isRemoved = false;
        return {
            messageId: `letter${this.ids}-${index}`,
            body,
            // Before any run, so that every letter is taken up.
            sentAt: 0,
            remove: async () => {
                isRemoved = true;
            },
            release: async () => {
                if (!isRemoved) {
                    this.platform.letters.push(body);
                }
            },
        };
    }

    /** What the log has, by its rows of keys: those of messages that it keeps no longer, too. */
    private async keysByNumber(table: LogTable, { offset, lastId }: Head): Promise<readonly string[]> {
        const log: string[] = [];
        for (const key of new Set(this.published)) {
            const digest = idDigest(key);
            const used = digest === lastId ? { offset } : await table.usedId(CHANNEL, digest);
            assert.ok(used !== undefined, `${key} has no number`);
            log[used.offset - 1] = key;
        }
        return log;
    }
}
