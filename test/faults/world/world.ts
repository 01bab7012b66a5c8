import assert from "node:assert/strict";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { QueueEntry } from "../../../functions/deliveries/delivery-queue";
import { serializeTask } from "../../../functions/deliveries/task";
import type { HistorySettings } from "../../../contract/namespace";
import { LogTable } from "../../../functions/message-log/log-table";
import type { Head } from "../../../functions/message-log/rows";
import { keyDigest } from "../../../functions/message-log/rows";
import type { HeldLetter } from "../../../operations/redrive/redrive";
import { redrive } from "../../../operations/redrive/redrive";
import { FakeClock } from "../../client/support/fake-clock";
import { tokenOf } from "../../client/support/tokens";
import { WorldGateway } from "./gateway";
import { Lambda } from "./lambda";
import { WorldQueue } from "./queue";
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
    private readonly queue: WorldQueue;
    private readonly gateway: WorldGateway;
    private readonly lambda: Lambda;
    private readonly visitors: readonly Visitor[];
    private readonly published: string[] = [];
    /** Keys of messages that are not for one of the connections. */
    private readonly echoes = new Set<string>();
    private readonly letters: string[] = [];
    private ids = 0;

    private constructor(
        private readonly clock: FakeClock,
        private readonly tables: Tables,
        private readonly troubles: Troubles,
        private readonly random: () => number,
    ) {
        const putLetter = (body: string): void => {
            this.letters.push(body);
        };
        this.queue = new WorldQueue(clock, () => this.lambda, putLetter);
        this.gateway = new WorldGateway({
            clock,
            lambda: () => this.lambda,
            latencyMs: () => Math.floor(random() * 150),
            tokenSeconds: TOKEN_SECONDS,
            faultOf: troubles.ofPost,
            isDisconnectLost: troubles.isDisconnectLost,
        });
        const surroundings = {
            tables,
            // Like the system's, of whole milliseconds.
            clock: () => Math.floor(clock.now()),
            sleep: (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve)),
            random,
            newId: () => `id${++this.ids}`,
            post: (connectionId: string, text: string) => this.gateway.post(connectionId, text),
            sendBatch: async (entries: readonly QueueEntry[]) => {
                entries.forEach((entry) => {
                    this.queue.send(entry);
                });
                return [];
            },
            putLetter,
        };
        this.lambda = new Lambda(surroundings, troubles);
        const { WebSocket } = this.gateway;
        this.visitors = USERS.map(
            (userId) =>
                new Visitor(userId, CHANNEL, "ws://memory", {
                    token: () => tokenOf(userId),
                    WebSocket,
                    clock,
                    random,
                }),
        );
    }

    static async create(history: HistorySettings, random: () => number): Promise<World> {
        const clock = new FakeClock();
        const troubles = new Troubles(random);
        const tables = await Tables.create(() => clock.now(), troubles.ofDynamoDb);
        const Item = { namespace: NAMESPACE, subscribe: [{ channel: `${NAMESPACE}/*` }], history };
        await tables.documents().send(new PutCommand({ TableName: NAMESPACES, Item }));
        return new World(clock, tables, troubles, random);
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
                [...this.gateway.open.values()].at(seed % 3)?.finish(1006, "");
                break;
            case "cut":
                [...this.gateway.open.values()].slice(seed % 3, 1 + (seed % 3)).forEach((socket) => {
                    socket.isCut = true;
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
        assert.deepEqual(this.letters, [], "nothing is left among the dead letters");
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
        this.gateway.postMs = postMs;
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
    private put(idempotencyKey: string, except: readonly string[] = []): void {
        this.published.push(idempotencyKey);
        const event = {
            id: `event${this.published.length}`,
            "detail-type": "Said",
            source: NAMESPACE,
            time: new Date(this.clock.now()).toISOString(),
            detail: { channel: CHANNEL, data: idempotencyKey, idempotencyKey, except },
        };
        for (let copies = this.random() < 0.2 ? 2 : 1; copies > 0; copies--) {
            this.clock.after(Math.floor(this.random() * 500), () => void this.lambda.notify(event));
        }
    }

    private async pass(ms: number): Promise<void> {
        const end = this.clock.now() + ms;
        await this.tables.settle();
        for (;;) {
            const next = Math.min(this.clock.nextAt ?? Infinity, end);
            this.clock.advance(next - this.clock.now());
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
                letters: { receive: async () => this.letters.splice(0).map((body, index) => this.hold(body, index)) },
                publish: async (event) => ({ ...((await this.lambda.invoke("notify", event)) as object) }),
                deliveries: {
                    send: async (tasks) => {
                        tasks.forEach((task) => {
                            this.queue.send({ body: serializeTask(task), delaySeconds: 0, group: "" });
                        });
                    },
                },
                clock: () => this.clock.now(),
                print: () => undefined,
            },
            { execute: true },
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
            remove: async () => {
                isRemoved = true;
            },
            release: async () => {
                if (!isRemoved) {
                    this.letters.push(body);
                }
            },
        };
    }

    /** What the log has, by its rows of keys: those of messages that it keeps no longer, too. */
    private async keysByNumber(table: LogTable, { offset, lastKey }: Head): Promise<readonly string[]> {
        const log: string[] = [];
        for (const key of new Set(this.published)) {
            const digest = keyDigest(key);
            const used = digest === lastKey ? { offset } : await table.usedKey(CHANNEL, digest);
            assert.ok(used !== undefined, `${key} has no number`);
            log[used.offset - 1] = key;
        }
        return log;
    }
}
