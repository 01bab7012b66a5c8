import { fullJitter } from "./backoff.js";
import type { Clock } from "./clock.js";

/** How long an answer may take before the question is asked again. */
const ANSWER_MS = 10_000;
const ANSWER_BACKOFF = { baseMs: ANSWER_MS, capMs: 60_000 };
/** How long a message may be late before it is asked for. Jitter on top: one lost message may miss every client. */
const LATE_MS = 500;
const LATE_BACKOFF = { baseMs: 1_000, capMs: 30_000 };

/**
 * How long after a namespace began or ceased to keep history the server is asked: its functions remember settings for
 * half a minute. Spread out, since every client of the namespace asks.
 */
const CHANGE_MS = 30_000;
const CHANGE_BACKOFF = { baseMs: 30_000, capMs: 30_000 };

/** What is waited for, if anything is: the answer to a question, a message, or a time to ask about a change. */
export type Awaited = "answer" | "message" | "change" | undefined;

const PATIENCE = {
    answer: [ANSWER_MS, ANSWER_BACKOFF],
    message: [LATE_MS, LATE_BACKOFF],
    change: [CHANGE_MS, CHANGE_BACKOFF],
} as const;

/** Calls back when what is waited for is overdue; later each time, for as long as nothing comes of it. */
export class Overdue {
    /** Times it was overdue since the last progress. */
    tries = 0;
    readonly #clock: Clock;
    readonly #random: () => number;
    readonly #awaited: () => Awaited;
    readonly #check: () => void;
    #waitsFor: Awaited;
    #cancel: (() => void) | undefined;

    constructor(clock: Clock, random: () => number, awaited: () => Awaited, check: () => void) {
        this.#clock = clock;
        this.#random = random;
        this.#awaited = awaited;
        this.#check = check;
    }

    /** Begins to wait, if there is a reason and it is not waiting yet: more of the same does not put the check off. */
    ensure(): void {
        const awaited = this.#awaited();
        if (this.#waitsFor === "change" && awaited !== "change") {
            this.#stop();
        }
        if (this.#waitsFor === undefined && awaited !== undefined) {
            const [soonest, backoff] = PATIENCE[awaited];
            this.#waitsFor = awaited;
            this.#cancel = this.#clock.after(soonest + fullJitter(this.tries, backoff, this.#random), () => {
                this.#waitsFor = undefined;
                this.tries += 1;
                this.#check();
            });
        }
    }

    /** Waits anew, if there is still a reason. Messages that keep coming do not put off the question about a change. */
    restart(): void {
        if (this.#waitsFor !== "change") {
            this.#stop();
        }
        this.ensure();
    }

    #stop(): void {
        this.#cancel?.();
        this.#waitsFor = undefined;
    }
}
