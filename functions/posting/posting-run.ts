import type { Recipient } from "../registry/audience";
import type { Backoff, Random, Sleep } from "../runtime/backoff";
import type { Slots } from "../runtime/concurrency";
import type { Retries } from "../runtime/retry";
import { jitter, retry } from "../runtime/retry";
import type { PreparedFrame } from "../transports/transport";
import type { AttemptDeps, RepeatCause, AttemptOutcome } from "./attempt";
import { attemptPost } from "./attempt";
import type { Regulator } from "./regulator";

export interface PostingDeps extends AttemptDeps {
    /** Posts under way at a time, over everything that runs here. */
    readonly slots: Slots;
    /** The pace of posts, over everything that runs here. */
    readonly regulator: Regulator;
    readonly sleep: Sleep;
    readonly random: Random;
    /**
     * Whether to wait, for the regulator and in trouble. If not, posts that cannot be made at once are left to others.
     */
    readonly patient: boolean;
}

/** A connection that a message did not get to; `untried`: without a post. */
export interface Unreached extends Recipient {
    readonly cause: RepeatCause | "untried" | "refused";
    readonly reason: string;
}

/** What came of posting to some connections. Each of them is counted in one place. */
export interface PostingResult {
    readonly delivered: number;
    readonly stale: number;
    readonly unreached: readonly Unreached[];
}

/** A failed post is made again while the others are under way: so often, within half a second. */
const TRIES = 12;
/** For trouble that takes longer to pass, and for callers that can leave the post to others. */
const FEW_TRIES = 3;
const BACKOFF: Backoff = { baseMs: 10, capMs: 60 };
/** The first time that most posts fail they are slowed down, the second time it is enough for now. */
const TROUBLES = 2;
/** How long the last answers are waited for: this long at least, and some times as long as the slowest took. */
const PATIENCE_MS = 500;
const PATIENCE_FACTOR = 3;

/**
 * Posts to each connection, at the regulator's pace. A connection that does not answer holds up no other, and a gateway
 * that throttles or fails is not asked for ever. The result lists the connections that were not reached.
 *
 * @param until epoch milliseconds at which no further post is begun.
 * @throws the first error that a post threw; then nothing is known of any connection.
 */
export async function postToAll(
    deps: PostingDeps,
    recipients: readonly Recipient[],
    channel: string,
    frame: PreparedFrame,
    until: number,
): Promise<PostingResult> {
    const run = new PostingRun(deps, channel, frame, until);
    for (const [index, recipient] of recipients.entries()) {
        await deps.slots.take();
        const stop = await run.reasonToStop();
        if (stop !== undefined) {
            deps.slots.release();
            run.leave(recipients.slice(index), stop);
            break;
        }
        run.begin(recipient);
    }
    return run.end();
}

class PostingRun {
    private delivered = 0;
    private stale = 0;
    private readonly unreached: Unreached[] = [];
    private readonly underWay = new Set<Recipient>();
    private slowestMs: number | undefined;
    private lastPostAt = 0;
    private readonly troubleLimit: number;
    private readonly retries: Retries<AttemptOutcome>;
    private stopReason: string | undefined;
    private error: { readonly thrown: unknown } | undefined;
    private settled: () => void = () => undefined;

    constructor(
        private readonly deps: PostingDeps,
        private readonly channel: string,
        private readonly frame: PreparedFrame,
        private readonly until: number,
    ) {
        const { regulator, patient } = deps;
        this.troubleLimit = regulator.troubleCount + (patient ? TROUBLES : 1);
        this.retries = {
            attempts: TRIES,
            pause: jitter(BACKOFF, deps),
            mayChange: (outcome, attempt) => outcome.kind === "again" && attempt < this.triesAfter(outcome.cause),
            goesOn: async () => (await this.reasonToStop()) === undefined,
        };
    }

    /** Waits for the regulator, and says why there should be no post all the same. */
    async reasonToStop(): Promise<string | undefined> {
        const { regulator, patient, sleep, clock } = this.deps;
        if (this.stopReason !== undefined) {
            return this.stopReason;
        }
        if (regulator.troubleCount >= this.troubleLimit) {
            this.stopReason = "most posts fail";
        } else if (patient) {
            const wait = regulator.allow();
            if (wait > 0) {
                await sleep(wait);
            }
        } else if (!regulator.allowNow()) {
            this.stopReason = "the delivery rate is used up";
        }
        if (clock() >= this.until) {
            this.stopReason ??= "time ran out";
        }
        return this.stopReason;
    }

    begin(recipient: Recipient): void {
        this.underWay.add(recipient);
        void this.reach(recipient)
            .then(
                (outcome) => {
                    this.settle(recipient, outcome);
                },
                (thrown: unknown) => {
                    this.error ??= { thrown };
                    this.settle(recipient, undefined);
                },
            )
            .finally(() => {
                this.deps.slots.release();
            });
    }

    /** Counts connections that there will be no post to. */
    leave(recipients: readonly Recipient[], stop: string): void {
        const reason = `not tried: ${stop}`;
        this.unreached.push(...recipients.map((recipient) => ({ ...recipient, cause: "untried" as const, reason })));
    }

    async end(): Promise<PostingResult> {
        const allSettled = new Promise<void>((resolve) => {
            this.settled = resolve;
        });
        while (this.underWay.size > 0 && !this.isOutOfPatience()) {
            await Promise.race([allSettled, this.deps.sleep(PATIENCE_MS)]);
        }
        this.stopReason = "the others are done";
        for (const recipient of [...this.underWay]) {
            this.settle(recipient, { kind: "again", cause: "silent", reason: "no answer while the others had theirs" });
        }
        if (this.error !== undefined) {
            throw this.error.thrown;
        }
        return { delivered: this.delivered, stale: this.stale, unreached: this.unreached };
    }

    private reach(recipient: Recipient): Promise<AttemptOutcome> {
        return retry(this.retries, () => this.post(recipient));
    }

    private triesAfter(cause: RepeatCause): number {
        switch (cause) {
            case "throttled":
            case "unavailable":
                return this.deps.patient ? TRIES : FEW_TRIES;
            case "fresh":
                return FEW_TRIES;
            case "silent":
                return 1;
        }
    }

    private async post(recipient: Recipient): Promise<AttemptOutcome> {
        const { clock } = this.deps;
        const beganAt = clock();
        this.lastPostAt = beganAt;
        const outcome = await attemptPost(this.deps, recipient, this.channel, this.frame);
        const tookMs = clock() - beganAt;
        if (outcome.kind === "again" && outcome.cause === "unavailable" && tookMs >= PATIENCE_MS) {
            return { ...outcome, cause: "silent" };
        }
        this.slowestMs = Math.max(this.slowestMs ?? 0, tookMs);
        this.deps.regulator.answered(beganAt, outcome.kind === "again" && outcome.cause !== "fresh");
        return outcome;
    }

    /** As long as nothing answers at all, the transport's own time-outs decide. */
    private isOutOfPatience(): boolean {
        return (
            this.slowestMs !== undefined &&
            this.deps.clock() - this.lastPostAt >= Math.max(PATIENCE_MS, PATIENCE_FACTOR * this.slowestMs)
        );
    }

    /** Counts a connection, unless it is counted already, because nobody waited for it any longer. */
    private settle(recipient: Recipient, outcome: AttemptOutcome | undefined): void {
        if (!this.underWay.delete(recipient)) {
            return;
        }
        if (this.underWay.size === 0) {
            this.settled();
        }
        const { connectionId, connectedAt } = recipient;
        switch (outcome?.kind) {
            case "delivered":
            case "stale":
                this[outcome.kind]++;
                break;
            case "again":
                this.unreached.push({ connectionId, connectedAt, cause: outcome.cause, reason: outcome.reason });
                break;
            case "refused":
                this.unreached.push({ connectionId, connectedAt, cause: "refused", reason: outcome.reason });
                break;
            case undefined:
                break;
        }
    }
}
