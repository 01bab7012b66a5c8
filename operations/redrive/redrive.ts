import type { DeliveryQueue } from "../../functions/deliveries/delivery-queue";
import type { JsonObject } from "../../contract/json";
import { describe, describeReason, namesOf, printable } from "./describe";
import type { DeliveryRedrive, EventRedrive, Redrive } from "./letter";
import { readLetter } from "./letter";
import type { HeldLetter, Letters } from "./letters";

/** The notifier. Resolves with its report once it has taken the event, and rejects where it failed. */
export type PublishAgain = (event: JsonObject) => Promise<JsonObject>;

export interface RedriveDeps {
    readonly letters: Letters;
    readonly publish: PublishAgain;
    readonly deliveries: DeliveryQueue;
    readonly clock: () => number;
    /** Takes a line for the operator. */
    readonly print: (line: string) => void;
}

export interface RedriveOptions {
    /** Only letters with this reason. */
    readonly reason?: string;
    /** How long to look for what comes back, once every letter has been taken up. */
    readonly watchSeconds: number;
}

/** What became of the letters. */
export interface RedriveSummary {
    /** Taken up, and not seen again. */
    readonly redriven: number;
    /** Taken up, and in the queue again. */
    readonly cameBack: number;
    /** Could not be taken up: the letter stays. */
    readonly failed: number;
    /** Stay as they were: of another reason, unreadable, or new. */
    readonly kept: number;
    /** Of the redriven ones, those on the delivery queue, which may yet come back. */
    readonly queued: number;
}

/** A letter whose message was published or queued, and which is off the queue. */
interface TakenUp extends Outcome {
    readonly kind: Redrive["kind"];
    readonly names: readonly string[];
    readonly text: string;
    cameBack: boolean;
}

interface Outcome {
    readonly outcome: string;
    /** Whether deliverers have yet to deliver some of it. */
    readonly isQueued: boolean;
}

/**
 * Publishes every dead letter's message again, under the key that it had: a client that has it already does not get it
 * twice. A letter is removed only after that. Then it watches the queue, since a notifier that rejects a message once
 * more, or a deliverer that fails again, says so by a new letter and by nothing else.
 */
export async function redrive(deps: RedriveDeps, options: RedriveOptions): Promise<RedriveSummary> {
    const run = new RedriveRun(deps, options);
    await run.takeUpAll();
    await run.watch();
    await run.releaseAll();
    return run.sumUp();
}

class RedriveRun {
    private readonly startedAt: number;
    private readonly held = new Map<string, HeldLetter>();
    private readonly takenUp: TakenUp[] = [];
    private failed = 0;
    private kept = 0;

    constructor(
        private readonly deps: RedriveDeps,
        private readonly options: RedriveOptions,
    ) {
        this.startedAt = deps.clock();
    }

    async takeUpAll(): Promise<void> {
        for (;;) {
            const letters = await this.receiveNew();
            if (letters === undefined) {
                return;
            }
            for (const letter of letters) {
                await this.takeUp(letter);
            }
        }
    }

    /** Ends early when everything is back. What is new meanwhile and of other messages is left for the next run. */
    async watch(): Promise<void> {
        const { clock, print } = this.deps;
        const { watchSeconds } = this.options;
        const end = clock() + watchSeconds * 1_000;
        if (this.takenUp.length > 0 && watchSeconds > 0) {
            print(`Watching the queue for ${watchSeconds} s for what comes back …`);
        }
        while (clock() < end && this.takenUp.some(({ cameBack }) => !cameBack)) {
            for (const letter of (await this.receiveNew()) ?? []) {
                const message = readLetter(letter.body, clock());
                if (!this.recognise(letter, message)) {
                    this.keep(letter, message, "it is new");
                }
            }
        }
    }

    /** A letter that cannot be released becomes visible again by itself, later. */
    async releaseAll(): Promise<void> {
        const outcomes = await Promise.allSettled([...this.held.values()].map((letter) => letter.release()));
        const count = outcomes.filter(({ status }) => status === "rejected").length;
        if (count > 0) {
            this.deps.print(`${count} letters are still held, and can be seen again within some minutes`);
        }
    }

    sumUp(): RedriveSummary {
        const gone = this.takenUp.filter(({ cameBack }) => !cameBack);
        for (const { text, outcome } of gone) {
            this.deps.print(`redriven   ${text}  ${outcome}`);
        }
        return {
            redriven: gone.length,
            cameBack: this.takenUp.length - gone.length,
            failed: this.failed,
            kept: this.kept,
            queued: gone.filter(({ isQueued }) => isQueued).length,
        };
    }

    /** Letters that this run has not had yet; `undefined` when the queue shows none at all. */
    private async receiveNew(): Promise<readonly HeldLetter[] | undefined> {
        const letters = await this.deps.letters.receive();
        const fresh = letters.filter(({ messageId }) => !this.held.has(messageId));
        for (const letter of letters) {
            // One that was held for too long comes again, and is held anew.
            this.held.set(letter.messageId, letter);
        }
        return letters.length === 0 ? undefined : fresh;
    }

    private async takeUp(letter: HeldLetter): Promise<void> {
        const { print, clock } = this.deps;
        const message = readLetter(letter.body, clock());
        if (this.recognise(letter, message)) {
            return;
        }
        if (message.kind === "kept") {
            this.keep(letter, message, message.why);
            return;
        }
        if (this.options.reason !== undefined && this.options.reason !== message.reason) {
            this.kept++;
            return;
        }
        if (message.kind === "event" && this.hasTakenUp(message)) {
            this.keep(letter, message, "another letter of it was taken up in this run");
            return;
        }
        const text = `${describe(message)}  ${describeReason(message)}`;
        try {
            const outcome = await this.publish(message);
            await letter.remove();
            this.takenUp.push({ kind: message.kind, names: namesOf(message), text, ...outcome, cameBack: false });
        } catch (error) {
            this.failed++;
            print(`failed     ${text}: ${printable(error instanceof Error ? error.message : String(error))}`);
        }
    }

    /** Whether it is a letter of this run come back: of a message that was taken up, and younger than the run. */
    private recognise(letter: HeldLetter, message: Redrive): boolean {
        if (message.kind === "kept" || letter.sentAt <= this.startedAt) {
            return false;
        }
        const names = namesOf(message);
        const former = this.takenUp.filter((one) => one.names.some((name) => names.includes(name)));
        const [first] = former;
        if (first === undefined) {
            return false;
        }
        (former.find(({ cameBack }) => !cameBack) ?? first).cameBack = true;
        this.deps.print(`came back  ${describe(message)}  ${describeReason(message)}`);
        return true;
    }

    private hasTakenUp(message: EventRedrive): boolean {
        return this.takenUp.some(({ kind, names }) => kind === "event" && names.includes(message.id));
    }

    private keep({ messageId, note }: HeldLetter, message: Redrive, why: string): void {
        this.kept++;
        const text = [describeReason(message), why, ...(note === undefined ? [] : [note])].map(printable).join("; ");
        this.deps.print(`kept       ${message.kind === "kept" ? messageId : describe(message)}  ${text}`);
    }

    private async publish(message: EventRedrive | DeliveryRedrive): Promise<Outcome> {
        if (message.kind === "event") {
            const report = await this.deps.publish(message.event);
            return { outcome: JSON.stringify(report), isQueued: Number(report["queued"] ?? 0) > 0 };
        }
        await this.deps.deliveries.send(message.tasks, 0);
        return { outcome: "queued", isQueued: true };
    }
}
