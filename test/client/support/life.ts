import assert from "node:assert/strict";
import type { ChannelHandler, Confirmation, Gap, Position, PushMessage } from "../../../client/index";
import type { Clock } from "../../../client/clock";
import type { LoggedMessage } from "./protocol-server";

/** What was published, and when. */
export interface Publication {
    readonly message: LoggedMessage;
    readonly at: number;
    /** The connection that it leaves out. */
    readonly except: string | undefined;
    /** Whether there was no other connection then. */
    readonly wasAlone: boolean;
}

type Seen =
    | { readonly at: number; readonly message: PushMessage }
    | { readonly at: number; readonly gap: Gap }
    | { readonly at: number; readonly confirmation: Confirmation }
    /** The page was loaded again without knowing a position: it expects nothing of the time before it subscribes. */
    | { readonly at: number; readonly isAnew: true };

/** A message that the subscriber has to be told, or else of a gap. `seenBefore`: how much it had seen when it was published. */
interface Promised {
    readonly id: string;
    readonly at: number;
    readonly seenBefore: number;
}

/** A connection may be dead for this long before it is noticed: a ping's interval and time limit, and the delays. */
const UNNOTICED_MS = 60_000;
/** Messages may come before the confirmation that tells of the gap: where nobody answers, it is asked for five times. */
const OVERTAKEN_MS = 300_000;

/** All that was published on a channel, as one page sees it. */
export class Ledger {
    readonly publishedAt = new Map<string, number>();
    /** Ids by position, of all that was numbered. */
    readonly places = new Map<string, string>();
    /** What left out a connection of this page. */
    readonly echoes = new Map<string, Publication>();

    add(publication: Publication, connectionId: string | undefined): void {
        const { message, at, except } = publication;
        this.publishedAt.set(message.id, at);
        if (message.epoch !== undefined) {
            this.places.set(`${message.epoch} ${message.offset}`, message.id);
        }
        if (except !== undefined && except === connectionId) {
            this.echoes.set(message.id, publication);
        }
    }
}

/** What one subscriber was promised, and what it was told. */
export class Life implements ChannelHandler {
    readonly seen: Seen[] = [];
    private readonly promised: Promised[] = [];
    private isConfirmed = false;
    private isOver = false;

    constructor(
        readonly channel: string,
        private readonly ledger: Ledger,
        private readonly clock: Clock,
        private readonly connectionIds: () => readonly string[],
    ) {}

    message(message: PushMessage): void {
        assert.ok(!this.isOver, "a subscriber that has left is told nothing");
        const { except, wasAlone } = this.ledger.echoes.get(message.id) ?? {};
        const hears = wasAlone === true && this.connectionIds().at(-1) === except;
        assert.ok(!hears, "the page hears itself");
        this.seen.push({ at: this.clock.now(), message });
    }

    gap(gap: Gap): void {
        this.seen.push({ at: this.clock.now(), gap });
    }

    subscribed(confirmation: Confirmation): void {
        this.isConfirmed = true;
        this.seen.push({ at: this.clock.now(), confirmation });
    }

    get gaps(): readonly Gap[] {
        return this.seen.flatMap((event) => ("gap" in event ? [event.gap] : []));
    }

    published({ message: { id }, at }: Publication): void {
        // A subscriber is promised what is published after its subscription has been confirmed.
        if (this.isConfirmed && !this.ledger.echoes.has(id)) {
            this.promised.push({ id, at, seenBefore: this.seen.length });
        }
    }

    beginAnew(): void {
        this.isConfirmed = false;
        this.seen.push({ at: this.clock.now(), isAnew: true });
    }

    end(): void {
        this.isOver = true;
    }

    /** @param head where the log is in the end, if there is one. */
    assertPromise(head: Position | undefined): void {
        this.assertOnce();
        this.assertOrder(head);
        this.assertWhole();
    }

    private assertOnce(): void {
        const ids = this.seen.flatMap((event) => ("message" in event ? [event.message.id] : []));
        const twice = ids.find((id, index) => ids.indexOf(id) !== index);
        assert.equal(twice, undefined, "a message was delivered twice");
    }

    /** Where there are numbers, the next message is the next number, or there is a gap that says from where to where. */
    private assertOrder(head: Position | undefined): void {
        let last: Position | undefined;
        let isFirst = true;
        /** Messages that led up to the first confirmation may come after it. */
        let isBeginning = true;
        const told = new Set<string>();
        for (const event of this.seen) {
            if ("confirmation" in event) {
                last = isFirst ? event.confirmation.head : last;
                isFirst = false;
            } else if ("isAnew" in event) {
                [last, isFirst, isBeginning] = [undefined, true, true];
            } else if ("gap" in event) {
                const { from, to } = event.gap;
                assert.ok(
                    from === undefined || last === undefined || this.isAt(from, last, told),
                    "a gap begins at the end",
                );
                last = to;
                isBeginning = false;
            } else {
                const { id, epoch, offset } = event.message;
                told.add(id);
                if (epoch !== undefined && offset !== undefined && last !== undefined) {
                    const isBefore = isBeginning && epoch === last.epoch && offset <= last.offset;
                    const isNext = this.isAt({ epoch, offset: offset - 1 }, last, told);
                    assert.ok(isBefore || isNext, `${id} at ${epoch} ${offset} is not next to ${JSON.stringify(last)}`);
                    last = { epoch, offset };
                    isBeginning = false;
                }
            }
        }
        if (!this.isOver) {
            assert.ok(!isFirst, "the subscription is confirmed in the end");
            const isThere = head === undefined ? last === undefined : last !== undefined && this.isAt(head, last, told);
            assert.ok(isThere, `${JSON.stringify(last)} is not at the end of the log, ${JSON.stringify(head)}`);
        }
    }

    /** Whether there is nothing to be seen between the two: echoes, or what was told before without a number. */
    private isAt(position: Position, from: Position, told: ReadonlySet<string>): boolean {
        const count = Math.max(0, position.offset - from.offset);
        const between = Array.from({ length: count }, (_, index) => from.offset + index + 1);
        return (
            position.epoch === from.epoch &&
            position.offset >= from.offset &&
            between.every((offset) => {
                const id = this.ledger.places.get(`${from.epoch} ${offset}`) ?? "";
                return this.ledger.echoes.has(id) || told.has(id);
            })
        );
    }

    /** For each message that is missing there is a gap, before the page goes on as if nothing were. */
    private assertWhole(): void {
        const ids = new Set(this.seen.flatMap((event) => ("message" in event ? [event.message.id] : [])));
        for (const { id, at, seenBefore } of this.promised) {
            if (ids.has(id)) {
                continue;
            }
            const later = this.seen.slice(seenBefore);
            const isMuchLater = (other: string): boolean =>
                (this.ledger.publishedAt.get(other) ?? 0) > at + UNNOTICED_MS;
            const next = later.find((event) => "message" in event && isMuchLater(event.message.id));
            const goesOn = next?.at ?? (this.isOver ? undefined : Infinity);
            const isExplained = later.some(
                (event) => ("gap" in event || "isAnew" in event) && event.at <= (goesOn ?? 0) + OVERTAKEN_MS,
            );
            assert.ok(goesOn === undefined || isExplained, `${id} is missing without a gap`);
        }
    }
}
