import { positionOf, type Confirmation, type Position, type PushMessage, type Skip } from "./frames.js";
import { RecentIds } from "./recent-ids.js";

/**
 * Why messages may be missing:
 * - `expired`: the server's log does not go back to where we were;
 * - `new_epoch`: the channel's log was started over;
 * - `no_history`: the namespace keeps no log and we were not connected all the time, or it has begun or ceased to
 *   keep one;
 * - `position_lost`: an earlier load of the page stored a position that cannot be used;
 * - `repair_failed`: the server has a message that it did not send, asked repeatedly.
 */
export type GapReason = "expired" | "new_epoch" | "no_history" | "position_lost" | "repair_failed";

/** Messages may be missing between `from` and `to`: fetch afresh what the messages were to keep up to date. */
export interface Gap {
    readonly reason: GapReason;
    /** The last position before the gap; absent where there was none, as in a namespace without history. */
    readonly from: Position | undefined;
    /** The position after which messages continue; absent where the namespace now keeps no history. */
    readonly to: Position | undefined;
}

/**
 * What the subscriber is to see now: first the gap, if there is one, then the messages, in order. Where one is not for
 * us, its place is among them: we got on, but there is nothing to see.
 */
export interface Outcome {
    readonly gap?: Gap;
    readonly messages: readonly (PushMessage | Skip)[];
}

/** The question that a subscription asked the server, kept until its answer. */
export interface Question {
    readonly since: Position | undefined;
    /** The doubts that an answer to this question settles. */
    readonly doubts: number;
}

/** What a new subscription asks. */
export const FIRST_QUESTION: Question = { since: undefined, doubts: 0 };

const NOTHING: Outcome = { messages: [] };

/** Ids remembered per channel: for messages without an offset, and for those that come both with and without one. */
const REMEMBERED_IDS = 1_000;

/**
 * Puts one channel's messages in order. The server may send a message twice, out of order, or not at all; what comes
 * out is every message once, in order, or a gap. It holds no clock and no socket, so that tests can try every history.
 */
export class Ordering {
    readonly #held = new Map<string, PushMessage | Skip>();
    readonly #ids = new RecentIds(REMEMBERED_IDS);
    /** The highest offset of our epoch that is known to exist. */
    #known = 0;
    #unnumbered = false;
    /** Whether messages came with offsets after the server had said that there are none, or the other way round. */
    #changed = false;
    #isLost: boolean;
    /** Counts the reasons to ask the server where the log is, such as a message of another epoch. */
    #doubts = 0;
    #settled = 0;
    #current: Position | undefined;
    readonly #limit: number;

    /**
     * `start`: where an earlier page got to; "lost" if it got somewhere, but we do not know where. `limit`: messages
     * held back, at most, while others are missing. What does not fit is asked for again.
     */
    constructor(start: Position | "lost" | undefined, limit: number) {
        this.#current = start === "lost" ? undefined : start;
        this.#isLost = start === "lost";
        this.#limit = limit;
    }

    /** Up to where the subscriber has seen everything. Absent before the first confirmation and without history. */
    get position(): Position | undefined {
        return this.#current;
    }

    /** Whether there may be messages that have no offset, so that nothing tells whether one is missing. */
    get isUnnumbered(): boolean {
        return this.#unnumbered || this.#changed;
    }

    /**
     * Whether the server should be asked if the namespace keeps history now. There is time for it: until then messages
     * are delivered as they come. Just after the change, functions that do not know of it yet still answer as before.
     */
    get isChanged(): boolean {
        return this.#changed;
    }

    /** Whether something is known to be missing, so that the server is to be asked again. */
    get isIncomplete(): boolean {
        return this.#doubts > this.#settled || (this.#current !== undefined && this.#known > this.#current.offset);
    }

    /** What to ask now. */
    question(): Question {
        return { since: this.#current, doubts: this.#doubts };
    }

    /** Takes a message, or the place of one that is not for us, whichever connection it came by. */
    receive(message: PushMessage | Skip): Outcome {
        const at = positionOf({ ...message });
        if (at === undefined || this.#unnumbered) {
            this.#changed ||= (at === undefined) !== this.#unnumbered && !this.#isUnconfirmed;
            if (at !== undefined && this.#held.size < this.#limit) {
                // Its place, from which we go on if there is history now.
                this.#held.set(keyOf(at), { channel: message.channel, ...at });
            }
            return "id" in message && this.#ids.add(message.id) ? { messages: [message] } : NOTHING;
        }
        if (this.#current?.epoch !== at.epoch) {
            this.#hold(at, message);
            // Before the first confirmation that is how it goes; after it, only the server knows which log is right.
            this.#doubts += this.#current === undefined ? 0 : 1;
            return NOTHING;
        }
        this.#known = Math.max(this.#known, at.offset);
        if (at.offset > this.#current.offset) {
            if (at.offset > this.#current.offset + 1) {
                this.#hold(at, message);
                return NOTHING;
            }
            this.#current = at;
            return { messages: [...this.#unseen([message]), ...this.#drain(at)] };
        }
        return NOTHING;
    }

    /**
     * Takes the server's answer to `question`. `continuous`: whether some connection was subscribed all the time since
     * the last confirmation, or there was none before.
     */
    confirm(answer: Confirmation, question: Question, continuous: boolean): Outcome {
        const { head, recovered } = answer;
        if (head === undefined) {
            return this.#confirmUnnumbered(continuous);
        }
        const { since } = question;
        const before = this.#current;
        if (before !== undefined && before.epoch !== head.epoch && since?.epoch !== before.epoch) {
            // An answer about a log that we have left since we asked.
            this.#doubts += 1;
            return NOTHING;
        }
        this.#settled = Math.max(this.#settled, question.doubts);
        this.#changed = false;
        const isSameLog = before?.epoch === head.epoch;
        if (isSameLog && (recovered || since?.epoch !== head.epoch || isWithin(since, head, before))) {
            this.#known = Math.max(this.#known, head.offset);
            return NOTHING;
        }
        const broken = before !== undefined ? (isSameLog ? "expired" : "new_epoch") : this.#breakWithoutPosition;
        const start = this.#startAt(head);
        this.#unnumbered = this.#isLost = false;
        return broken === undefined ? { messages: this.#drain(start) } : this.#gap(broken, before, start);
    }

    /** Gives up on the missing messages, when asking has not helped. */
    skip(): Outcome {
        const before = this.#current;
        if (before === undefined || this.#known <= before.offset) {
            return NOTHING;
        }
        let next = this.#known + 1;
        for (const message of this.#held.values()) {
            if (message.epoch === before.epoch && message.offset !== undefined) {
                next = Math.min(next, message.offset);
            }
        }
        return this.#gap("repair_failed", before, { epoch: before.epoch, offset: next - 1 });
    }

    #confirmUnnumbered(continuous: boolean): Outcome {
        const from = this.#current;
        const broken = from === undefined && !this.#unnumbered ? this.#breakWithoutPosition : "no_history";
        const isComplete = broken === undefined || (this.#unnumbered && continuous && !this.#changed);
        const messages = this.#unseen([...this.#held.values()].sort(byOffset));
        this.#held.clear();
        this.#settled = this.#doubts;
        this.#current = undefined;
        this.#unnumbered = true;
        this.#changed = this.#isLost = false;
        return isComplete ? { messages } : { gap: { reason: broken, from, to: undefined }, messages };
    }

    /** Why messages may be missing before the first position that we are given, if that is so. */
    get #breakWithoutPosition(): GapReason | undefined {
        return this.#unnumbered ? "no_history" : this.#isLost ? "position_lost" : undefined;
    }

    get #isUnconfirmed(): boolean {
        return this.#current === undefined && !this.#unnumbered;
    }

    #gap(reason: GapReason, from: Position | undefined, to: Position): Outcome {
        return { gap: { reason, from, to }, messages: this.#drain(to) };
    }

    /**
     * Of a message that was delivered before, only its place: it came without an offset first, or, tried again by its
     * publisher, under another one.
     */
    #unseen(messages: readonly (PushMessage | Skip)[]): readonly (PushMessage | Skip)[] {
        return messages.map((message) => {
            const { channel, epoch = "", offset = 0 } = message;
            return !("id" in message) || this.#ids.add(message.id) ? message : { channel, epoch, offset };
        });
    }

    /**
     * Where to go on after a break: at the head of the log, or before it by as many of the last messages as we hold
     * already. What was pushed to us need not be lost only because what came before it is.
     */
    #startAt(head: Position): Position {
        const { epoch } = head;
        let { offset } = head;
        while (this.#held.has(keyOf({ epoch, offset }))) {
            offset -= 1;
        }
        this.#known = head.offset;
        return { epoch, offset };
    }

    /** Moves to `start` and takes out what follows it without a hole; forgets what can never be delivered. */
    #drain(start: Position): readonly (PushMessage | Skip)[] {
        const ready: (PushMessage | Skip)[] = [];
        const { epoch } = start;
        let { offset } = start;
        for (;;) {
            const next = this.#held.get(keyOf({ epoch, offset: offset + 1 }));
            if (next === undefined) {
                break;
            }
            ready.push(next);
            offset += 1;
        }
        this.#current = { epoch, offset };
        for (const [key, message] of this.#held) {
            const at = message.offset ?? 0;
            if (message.epoch === epoch && at > offset) {
                this.#known = Math.max(this.#known, at);
            } else if (message.epoch === epoch || this.#doubts <= this.#settled) {
                this.#held.delete(key);
            }
        }
        return this.#unseen(ready);
    }

    #hold(at: Position, message: PushMessage | Skip): void {
        if (this.#held.size < this.#limit) {
            this.#held.set(keyOf(at), message);
        } else {
            this.#doubts += 1;
        }
    }
}

/** Whether we have moved up to the head by ourselves since we asked. A head behind the question is a log cut short. */
function isWithin(since: Position | undefined, head: Position, current: Position | undefined): boolean {
    return since !== undefined && since.offset <= head.offset && head.offset <= (current?.offset ?? -1);
}

function byOffset(a: PushMessage | Skip, b: PushMessage | Skip): number {
    return (a.offset ?? 0) - (b.offset ?? 0);
}

function keyOf({ epoch, offset }: Position): string {
    return `${offset} ${epoch}`;
}
