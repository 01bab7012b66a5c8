import assert from "node:assert/strict";
import type { Position, PushClientOptions } from "../../../client/index";
import { PushClient } from "../../../client/index";
import type { Told } from "../support/page";
import { MemoryStorage } from "../support/page";
import { assertUnbroken } from "../support/promise";

/** What a subscriber saw from when it subscribed until it left, over reloads of its page. */
interface Stay {
    readonly told: Told[];
    /** Where the log was when the server first confirmed. */
    head: Position | undefined;
}

/** A user whose page subscribes to one channel, is reloaded, leaves and comes back. */
export class Visitor {
    private readonly stays: Stay[] = [];
    private readonly storage = new MemoryStorage();
    private client: PushClient;
    private unsubscribe: (() => void) | undefined;

    constructor(
        private readonly userId: string,
        private readonly channel: string,
        private readonly url: string,
        private readonly options: PushClientOptions,
    ) {
        this.client = this.open();
        this.subscribe();
    }

    /** The page is loaded anew. It knows what its storage knows. */
    reload(): void {
        this.client.close();
        this.client = this.open();
        if (this.unsubscribe !== undefined) {
            this.listen(this.currentStay());
        }
    }

    subscribe(): void {
        if (this.unsubscribe === undefined) {
            const stay: Stay = { told: [], head: undefined };
            this.stays.push(stay);
            this.listen(stay);
        }
    }

    leave(): void {
        this.unsubscribe?.();
        this.unsubscribe = undefined;
    }

    /** Looks whether the connection is alive, as a page does that comes back to the front. */
    check(): void {
        this.client.check();
    }

    close(): void {
        this.client.close();
    }

    /** After it was closed. */
    comeBack(): void {
        this.client.connect();
    }

    /** How many messages and gaps its subscribers were told of. */
    get toldCount(): number {
        return this.stays.reduce((sum, { told }) => sum + told.length, 0);
    }

    get gapCount(): number {
        return this.stays.reduce((sum, { told }) => sum + told.filter((one) => "gap" in one).length, 0);
    }

    /**
     * Holds every stay to the promise, and the last one, if it goes on, to the end of the log.
     *
     * @param echoes keys of messages that a connection of a page may have been left out of.
     */
    assertPromise(log: readonly string[], epoch: string, echoes: ReadonlySet<string> = new Set()): void {
        const isLeftOut = (offset: number): boolean => echoes.has(log[offset - 1] ?? "");
        for (const { told, head } of this.stays) {
            assertUnbroken(told, isLeftOut);
            const [first] = told;
            if (head !== undefined && first !== undefined && "message" in first) {
                const offset = first.message.offset ?? 0;
                const before = log.slice(head.offset, offset - 1);
                assert.ok(
                    before.every((key) => echoes.has(key)),
                    `${this.userId} missed what came before ${offset}, after ${head.offset}`,
                );
            }
            for (const one of told) {
                if ("message" in one) {
                    const { offset = 0, id } = one.message;
                    assert.equal(id, log[offset - 1], `what ${this.userId} saw as number ${offset}`);
                }
            }
        }
        if (this.unsubscribe !== undefined) {
            assert.deepEqual(this.position, { epoch, offset: log.length }, `${this.userId} is at the end of the log`);
        }
    }

    /** Up to where its subscriber has been told of everything. Absent where there is none. */
    get position(): Position | undefined {
        const { told, head } = this.currentStay();
        const last = told.at(-1);
        if (this.unsubscribe === undefined || last === undefined) {
            return this.unsubscribe && head;
        }
        return "gap" in last ? last.gap.to : { epoch: last.message.epoch ?? "", offset: last.message.offset ?? 0 };
    }

    /** What publishers leave out if it is not to hear itself. Absent while it is not connected. */
    get connectionId(): string | undefined {
        return this.client.session?.connectionId;
    }

    get isSubscribed(): boolean {
        return this.unsubscribe !== undefined;
    }

    private open(): PushClient {
        const client = new PushClient(this.url, { ...this.options, storage: this.storage, maxHeldMessages: 5 });
        client.connect();
        return client;
    }

    private listen(stay: Stay): void {
        const subscription = this.client.subscribe(this.channel, {
            message: (message) => {
                stay.told.push({ message });
            },
            gap: (gap) => {
                stay.told.push({ gap });
            },
            subscribed: ({ head }) => {
                stay.head ??= head;
            },
        });
        this.unsubscribe = () => {
            subscription.unsubscribe();
        };
    }

    private currentStay(): Stay {
        const stay = this.stays.at(-1);
        if (stay === undefined) {
            throw new Error(`${this.userId} never subscribed`);
        }
        return stay;
    }
}
