import type { Clock } from "./clock.js";

/** A frame may be carried out this long after it was sent: API Gateway waits 29 seconds for the function that does it. */
const HANDLING_MS = 30_000;

/**
 * One channel on one connection: whether the server sends it to us, for all we know. The server handles frames in any
 * order, so there is one question at a time. One that was not answered may still be carried out, later than those after
 * it.
 */
export class Link {
    /** Whether the server has confirmed that it sends us the channel, and nothing can have ended that since. */
    isJoined = false;
    /** Whether the server may send us the channel. */
    mayBeJoined = false;
    isAsking = false;
    /** Counts the questions; the latest is open while `isAsking`. */
    #asked = 0;
    /** Confirmations of questions up to this one say nothing: a leave may have been carried out since. */
    #undone = 0;
    /** Leaves that were not answered. */
    #leaves = 0;
    #cancel: (() => void) | undefined;
    readonly #clock: Clock;
    readonly #doubted: () => void;

    /** `doubted` is called when a leave that was not answered may have undone what was confirmed after it. */
    constructor(clock: Clock, doubted: () => void) {
        this.#clock = clock;
        this.#doubted = doubted;
    }

    /** Whether nothing is open and nobody needs it: the server does not send us the channel. */
    get isOver(): boolean {
        return !this.isAsking && !this.mayBeJoined && this.#leaves === 0;
    }

    /** Begins a question. Returns its number. */
    ask(action: "subscribe" | "unsubscribe"): number {
        this.isAsking = true;
        this.mayBeJoined = true;
        this.#asked += 1;
        if (action === "unsubscribe") {
            this.#undo();
            this.#leaves += 1;
            this.#cancel?.();
            this.#cancel = this.#clock.after(HANDLING_MS, () => {
                this.#leaves = 0;
                this.#undo();
                this.#doubted();
            });
        }
        return this.#asked;
    }

    /** Takes note that a question was answered, whatever the answer. */
    answered(question: number, action: "subscribe" | "unsubscribe"): void {
        this.isAsking &&= question !== this.#asked;
        if (action === "unsubscribe") {
            // It may have been carried out just now, after all that was asked since, whatever the answer.
            this.#undo();
            this.#leaves = Math.max(0, this.#leaves - 1);
        }
        if (this.#leaves === 0) {
            this.#cancel?.();
        }
    }

    /** Whether a question's answer is about the present: nothing asked since can have undone it. */
    isValid(question: number): boolean {
        return question > this.#undone;
    }

    /** We are not subscribed, or do not care any more whether we are. */
    left(question = this.#asked): void {
        this.mayBeJoined &&= question !== this.#asked;
        this.#undo();
    }

    /** The connection is gone. */
    close(): void {
        this.#cancel?.();
    }

    #undo(): void {
        this.isJoined = false;
        this.#undone = this.#asked;
    }
}
