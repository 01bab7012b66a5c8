import { fullJitter } from "./backoff.js";
import type { Clock } from "./clock.js";

/** How long an answer may take before the question is asked again. */
const ANSWER_MS = 10_000;
const ANSWER_BACKOFF = { baseMs: ANSWER_MS, capMs: 60_000 };
/** How long a message may be late before it is asked for. Jitter on top: one lost message may miss every client. */
const LATE_MS = 500;
const LATE_BACKOFF = { baseMs: 1_000, capMs: 30_000 };

/** What is waited for, if anything is. */
export type Awaited = "answer" | "message" | undefined;

/** Calls back when what is waited for is overdue; later each time, for as long as nothing comes of it. */
export class Overdue {
    /** Times it was overdue since the last progress. */
    tries = 0;
    readonly #clock: Clock;
    readonly #random: () => number;
    readonly #awaited: () => Awaited;
    readonly #check: () => void;
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
        if (this.#cancel === undefined && awaited !== undefined) {
            const [soonest, backoff] = awaited === "answer" ? [ANSWER_MS, ANSWER_BACKOFF] : [LATE_MS, LATE_BACKOFF];
            this.#cancel = this.#clock.after(soonest + fullJitter(this.tries, backoff, this.#random), () => {
                this.#cancel = undefined;
                this.tries += 1;
                this.#check();
            });
        }
    }

    /** Waits anew, if there is still a reason. */
    restart(): void {
        this.#cancel?.();
        this.#cancel = undefined;
        this.ensure();
    }
}
