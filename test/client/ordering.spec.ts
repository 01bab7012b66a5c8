import assert from "node:assert/strict";
import fc from "fast-check";
import type { Confirmation, Position, PushMessage, Skip } from "../../client/frames";
import { Ordering, type Outcome } from "../../client/ordering";

function message(epoch: string, offset: number): PushMessage {
    return { channel: "c", id: `${epoch}-${offset}`, source: "c", event: "E", time: "", data: offset, epoch, offset };
}

function skip(epoch: string, offset: number): Skip {
    return { channel: "c", epoch, offset };
}

function plain(id: string): PushMessage {
    return { channel: "c", id, source: "c", event: "E", time: "", data: id };
}

function at(epoch: string, offset: number): Position {
    return { epoch, offset };
}

function recovered(epoch: string, offset: number): Confirmation {
    return { head: at(epoch, offset), recovered: true };
}

function lost(epoch: string, offset: number): Confirmation {
    return { head: at(epoch, offset), recovered: false };
}

const NO_HISTORY: Confirmation = { head: undefined, recovered: false };

/** What the subscriber sees. */
function ids({ messages }: Outcome): readonly string[] {
    return messages.flatMap((one) => ("id" in one ? [one.id] : []));
}

/** An ordering that is confirmed at an offset of epoch `a`. */
function confirmedAt(offset: number, limit = 100): Ordering {
    const ordering = new Ordering(undefined, limit);
    ordering.confirm(lost("a", offset), ordering.question(), true);
    return ordering;
}

describe("Ordering", () => {
    describe("on a first subscription", () => {
        it("begins at the head of the log, without a gap", () => {
            const ordering = new Ordering(undefined, 100);
            assert.deepEqual(ordering.confirm(lost("a", 7), ordering.question(), true), { messages: [] });
            assert.deepEqual(ordering.position, at("a", 7));
            assert.deepEqual(ids(ordering.receive(message("a", 8))), ["a-8"]);
        });

        it("keeps what comes before the confirmation, and delivers what leads up to the head or follows it", () => {
            const ordering = new Ordering(undefined, 100);
            for (const offset of [9, 4, 7, 6, 8]) {
                assert.deepEqual(ids(ordering.receive(message("a", offset))), []);
            }
            assert.deepEqual(ids(ordering.confirm(lost("a", 7), ordering.question(), true)), [
                "a-6",
                "a-7",
                "a-8",
                "a-9",
            ]);
            assert.equal(ordering.isIncomplete, false);
        });
    });

    describe("while messages come", () => {
        it("drops what it has delivered", () => {
            const ordering = confirmedAt(1);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), ["a-2"]);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), []);
            assert.deepEqual(ids(ordering.receive(message("a", 1))), []);
        });

        it("holds back what comes early, and says that something is missing", () => {
            const ordering = confirmedAt(1);
            assert.deepEqual(ids(ordering.receive(message("a", 4))), []);
            assert.deepEqual(ids(ordering.receive(message("a", 3))), []);
            assert.equal(ordering.isIncomplete, true);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), ["a-2", "a-3", "a-4"]);
            assert.equal(ordering.isIncomplete, false);
        });

        it("holds no more than its limit, but knows that there is more", () => {
            const ordering = confirmedAt(0, 2);
            for (const offset of [3, 4, 5]) {
                ordering.receive(message("a", offset));
            }
            const question = ordering.question();
            assert.deepEqual(ids(ordering.receive(message("a", 1))), ["a-1"]);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), ["a-2", "a-3", "a-4"]);
            assert.equal(ordering.isIncomplete, true);
            ordering.confirm(recovered("a", 5), question, true);
            assert.deepEqual(ids(ordering.receive(message("a", 5))), ["a-5"]);
            assert.equal(ordering.isIncomplete, false);
        });
    });

    describe("when a message is not for us", () => {
        it("goes on after its place, which is progress, but nothing to see", () => {
            const ordering = confirmedAt(1);
            const outcome = ordering.receive(skip("a", 2));
            assert.deepEqual([ids(outcome), outcome.messages.length], [[], 1]);
            assert.deepEqual(ordering.position, at("a", 2));
            assert.equal(ordering.isIncomplete, false);
            assert.deepEqual(ids(ordering.receive(message("a", 3))), ["a-3"]);
        });

        it("holds its place back until the messages before it have come", () => {
            const ordering = confirmedAt(1);
            for (const early of [skip("a", 3), message("a", 4), skip("a", 5)]) {
                assert.deepEqual(ordering.receive(early), { messages: [] });
            }
            assert.equal(ordering.isIncomplete, true);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), ["a-2", "a-4"]);
            assert.deepEqual(ordering.position, at("a", 5));
            assert.equal(ordering.isIncomplete, false);
        });

        it("takes a place that comes before the confirmation for one that it need not ask for", () => {
            const ordering = new Ordering(undefined, 100);
            ordering.receive(skip("a", 7));
            ordering.receive(message("a", 8));
            assert.deepEqual(ids(ordering.confirm(lost("a", 8), ordering.question(), true)), ["a-8"]);
            assert.deepEqual(ordering.position, at("a", 8));
        });

        it("drops a place that it has passed, and a message whose place it has passed", () => {
            const ordering = confirmedAt(1);
            ordering.receive(message("a", 2));
            ordering.receive(skip("a", 3));
            assert.deepEqual(ordering.receive(skip("a", 2)), { messages: [] });
            assert.deepEqual(ordering.receive(message("a", 3)), { messages: [] });
        });

        it("asks where the log is when the place is in another one", () => {
            const ordering = confirmedAt(5);
            ordering.receive(skip("b", 1));
            assert.equal(ordering.isIncomplete, true);
            const outcome = ordering.confirm(lost("b", 1), ordering.question(), true);
            assert.deepEqual(outcome.gap, { reason: "new_epoch", from: at("a", 5), to: at("b", 0) });
            assert.deepEqual([ids(outcome), ordering.position], [[], at("b", 1)]);
        });
    });

    describe("when it subscribes again", () => {
        it("waits for what is replayed, up to the head", () => {
            const ordering = confirmedAt(5);
            const question = ordering.question();
            assert.deepEqual(question.since, at("a", 5));
            assert.deepEqual(ordering.confirm(recovered("a", 7), question, false), { messages: [] });
            assert.equal(ordering.isIncomplete, true);
            ordering.receive(message("a", 6));
            ordering.receive(message("a", 7));
            assert.equal(ordering.isIncomplete, false);
        });

        it("tells of the gap when the log does not go back far enough", () => {
            const ordering = confirmedAt(5);
            assert.deepEqual(ordering.confirm(lost("a", 9), ordering.question(), false), {
                gap: { reason: "expired", from: at("a", 5), to: at("a", 9) },
                messages: [],
            });
            assert.deepEqual(ids(ordering.receive(message("a", 10))), ["a-10"]);
        });

        it("delivers after the gap what it holds of the messages before the head", () => {
            const ordering = confirmedAt(5);
            const question = ordering.question();
            ordering.receive(message("a", 8));
            ordering.receive(message("a", 9));
            const outcome = ordering.confirm(lost("a", 9), question, false);
            assert.deepEqual(outcome.gap, { reason: "expired", from: at("a", 5), to: at("a", 7) });
            assert.deepEqual(ids(outcome), ["a-8", "a-9"]);
        });

        it("has no gap when it has come up to the head by itself since it asked", () => {
            const ordering = confirmedAt(5);
            const question = ordering.question();
            ordering.receive(message("a", 6));
            assert.deepEqual(ordering.confirm(lost("a", 6), question, true), { messages: [] });
            assert.deepEqual(ordering.position, at("a", 6));
        });

        it("takes a head behind its own position for a log that was cut short", () => {
            const ordering = confirmedAt(5);
            assert.deepEqual(ordering.confirm(lost("a", 3), ordering.question(), false).gap, {
                reason: "expired",
                from: at("a", 5),
                to: at("a", 3),
            });
            assert.deepEqual(ids(ordering.receive(message("a", 4))), ["a-4"]);
        });

        it("begins from a position that it was given", () => {
            const ordering = new Ordering(at("a", 5), 100);
            assert.deepEqual(ordering.question().since, at("a", 5));
            ordering.confirm(recovered("a", 6), ordering.question(), true);
            assert.deepEqual(ids(ordering.receive(message("a", 6))), ["a-6"]);
        });
    });

    describe("when the log was started over", () => {
        it("tells of the gap, and does not lose the first messages of the new log", () => {
            const ordering = confirmedAt(5);
            assert.deepEqual(ids(ordering.receive(message("b", 1))), []);
            assert.equal(ordering.isIncomplete, true);
            const outcome = ordering.confirm(lost("b", 1), ordering.question(), true);
            assert.deepEqual(outcome.gap, { reason: "new_epoch", from: at("a", 5), to: at("b", 0) });
            assert.deepEqual(ids(outcome), ["b-1"]);
            assert.equal(ordering.isIncomplete, false);
        });

        it("forgets a late message of the old log when the server says that the new one counts", () => {
            const ordering = confirmedAt(5);
            ordering.confirm(lost("b", 2), ordering.question(), false);
            ordering.receive(message("a", 6));
            assert.equal(ordering.isIncomplete, true);
            assert.deepEqual(ordering.confirm(recovered("b", 2), ordering.question(), true), { messages: [] });
            assert.equal(ordering.isIncomplete, false);
        });

        it("asks again on an answer about the log that it has left since", () => {
            const ordering = confirmedAt(5);
            const [first, second] = [ordering.question(), ordering.question()];
            ordering.confirm(lost("b", 1), first, true);
            assert.deepEqual(ordering.confirm(recovered("a", 5), second, true), { messages: [] });
            assert.deepEqual(ordering.position, at("b", 1));
            assert.equal(ordering.isIncomplete, true);
        });

        it("does not settle with an old answer what came up after the question", () => {
            const ordering = confirmedAt(5);
            const question = ordering.question();
            ordering.receive(message("b", 1));
            ordering.confirm(recovered("a", 5), question, true);
            assert.equal(ordering.isIncomplete, true);
            assert.deepEqual(ids(ordering.confirm(lost("b", 1), ordering.question(), true)), ["b-1"]);
        });
    });

    describe("without history", () => {
        it("delivers messages as they come, once per id", () => {
            const ordering = new Ordering(undefined, 100);
            assert.deepEqual(ids(ordering.receive(plain("x"))), ["x"]);
            assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), true), { messages: [] });
            assert.deepEqual(ids(ordering.receive(plain("x"))), []);
            assert.deepEqual(ids(ordering.receive(plain("y"))), ["y"]);
        });

        it("tells of a gap whenever there was a time without a subscription", () => {
            const ordering = new Ordering(undefined, 100);
            ordering.confirm(NO_HISTORY, ordering.question(), true);
            assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), true), { messages: [] });
            const gap = { reason: "no_history", from: undefined, to: undefined };
            assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), false), { gap, messages: [] });
        });

        it("delivers what begins to have offsets, knows of the change, and tells of a gap when it is confirmed", () => {
            const ordering = new Ordering(undefined, 100);
            ordering.confirm(NO_HISTORY, ordering.question(), true);
            assert.deepEqual(ids(ordering.receive(message("a", 1))), ["a-1"]);
            assert.deepEqual([ordering.isIncomplete, ordering.isChanged], [false, true]);
            const outcome = ordering.confirm(lost("a", 1), ordering.question(), true);
            assert.deepEqual(outcome.gap, { reason: "no_history", from: undefined, to: at("a", 0) });
            assert.deepEqual([ids(outcome), ordering.position, ordering.isChanged], [[], at("a", 1), false]);
        });

        it("goes on after what it delivered while offsets began, not at the head that it is told of", () => {
            const ordering = new Ordering(undefined, 100);
            ordering.confirm(NO_HISTORY, ordering.question(), true);
            const question = ordering.question();
            ordering.receive(message("a", 2));
            ordering.confirm(lost("a", 1), question, true);
            assert.deepEqual(ordering.position, at("a", 2));
        });

        it("delivers a message once that comes both with and without an offset", () => {
            const ordering = confirmedAt(0);
            assert.deepEqual(ids(ordering.receive(message("a", 1))), ["a-1"]);
            assert.deepEqual(ids(ordering.receive(plain("a-1"))), []);
            assert.deepEqual(ids(ordering.receive(plain("a-2"))), ["a-2"]);
            assert.deepEqual(ids(ordering.receive(message("a", 2))), []);
            assert.deepEqual(ordering.position, at("a", 2));
        });

        it("tells of a gap when history ends, or had ended while the page was away", () => {
            const connected = confirmedAt(5);
            assert.deepEqual(ids(connected.receive(plain("x"))), ["x"]);
            assert.equal(connected.isChanged, true);
            for (const ordering of [connected, new Ordering(at("a", 5), 100)]) {
                const gap = { reason: "no_history", from: at("a", 5), to: undefined };
                assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), true), { gap, messages: [] });
            }
        });

        it("delivers what has arrived early when history ends, after the gap", () => {
            const ordering = confirmedAt(5);
            ordering.receive(message("a", 8));
            ordering.receive(message("a", 7));
            assert.deepEqual(ids(ordering.confirm(NO_HISTORY, ordering.question(), true)), ["a-7", "a-8"]);
        });

        it("tells of a gap when offsets came and went again", () => {
            const ordering = new Ordering(undefined, 100);
            ordering.confirm(NO_HISTORY, ordering.question(), true);
            ordering.receive(message("a", 1));
            assert.equal(ordering.confirm(NO_HISTORY, ordering.question(), true).gap?.reason, "no_history");
        });
    });

    describe("when the position of an earlier page is lost", () => {
        it("tells of a gap once, before the messages that follow", () => {
            const ordering = new Ordering("lost", 100);
            assert.deepEqual(ordering.question().since, undefined);
            const gap = { reason: "position_lost", from: undefined, to: at("a", 7) };
            assert.deepEqual(ordering.confirm(lost("a", 7), ordering.question(), true), { gap, messages: [] });
            assert.deepEqual(ordering.confirm(recovered("a", 7), ordering.question(), true), { messages: [] });
        });

        it("tells of it where there is no history, too", () => {
            const ordering = new Ordering("lost", 100);
            const gap = { reason: "position_lost", from: undefined, to: undefined };
            assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), true), { gap, messages: [] });
            assert.deepEqual(ordering.confirm(NO_HISTORY, ordering.question(), true), { messages: [] });
        });

        it("tells of a gap when history ends while messages are missing", () => {
            const ordering = confirmedAt(5);
            ordering.receive(message("a", 7));
            assert.equal(ordering.confirm(NO_HISTORY, ordering.question(), true).gap?.reason, "no_history");
            assert.equal(ordering.position, undefined);
        });
    });

    describe("when it gives up on what is missing", () => {
        it("goes on with what it holds, and tells of the gap", () => {
            const ordering = confirmedAt(5);
            for (const offset of [8, 9, 11]) {
                ordering.receive(message("a", offset));
            }
            const outcome = ordering.skip();
            assert.deepEqual(outcome.gap, { reason: "repair_failed", from: at("a", 5), to: at("a", 7) });
            assert.deepEqual(ids(outcome), ["a-8", "a-9"]);
            assert.equal(ordering.isIncomplete, true);
        });

        it("goes on after the head when it holds nothing", () => {
            const ordering = confirmedAt(5);
            ordering.confirm(recovered("a", 9), ordering.question(), false);
            assert.deepEqual(ordering.skip().gap?.to, at("a", 9));
            assert.equal(ordering.isIncomplete, false);
        });

        it("does nothing when nothing is missing", () => {
            assert.deepEqual(confirmedAt(5).skip(), { messages: [] });
        });
    });
});

/** What can happen between a server's log and an ordering; numbers choose among what there is to choose from. */
type Step =
    | { readonly kind: "publish"; readonly isExcepting: boolean }
    | { readonly kind: "arrive"; readonly which: number; readonly isCopy: boolean }
    | { readonly kind: "drop"; readonly which: number }
    | { readonly kind: "ask"; readonly isContinuous: boolean }
    | { readonly kind: "answer"; readonly which: number }
    | { readonly kind: "startOver" }
    | { readonly kind: "trim" }
    | { readonly kind: "skip" };

const which = fc.nat({ max: 1_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 20, arbitrary: fc.record({ kind: fc.constant("publish" as const), isExcepting: fc.boolean() }) },
    { weight: 30, arbitrary: fc.record({ kind: fc.constant("arrive" as const), which, isCopy: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("drop" as const), which }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("ask" as const), isContinuous: fc.boolean() }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("answer" as const), which }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("startOver" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("trim" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("skip" as const) }) },
);

/** A log, a network that loses, doubles and reorders, and what the subscriber saw of it. */
class Model {
    private epoch = 0;
    private log: (PushMessage | Skip)[] = [];
    private head = 0;
    private inFlight: (PushMessage | Skip)[] = [];
    /** The places of messages that are not for the subscriber. */
    private readonly excepted = new Set<string>();
    private readonly questions: {
        readonly answer: Confirmation;
        readonly question: ReturnType<Ordering["question"]>;
        readonly isContinuous: boolean;
    }[] = [];
    readonly seen: (PushMessage | { readonly gap: NonNullable<Outcome["gap"]> })[] = [];

    constructor(readonly ordering: Ordering) {}

    get position(): Position {
        return { epoch: `e${this.epoch}`, offset: this.head };
    }

    run(taken: Step): void {
        switch (taken.kind) {
            case "publish": {
                this.head += 1;
                const { epoch, offset } = this.position;
                const published = taken.isExcepting ? skip(epoch, offset) : message(epoch, offset);
                if (taken.isExcepting) {
                    this.excepted.add(`${epoch}-${offset}`);
                }
                this.log.push(published);
                this.inFlight.push(published);
                break;
            }
            case "arrive": {
                const arriving = this.inFlight[taken.which % this.inFlight.length];
                if (arriving !== undefined) {
                    this.inFlight = taken.isCopy ? this.inFlight : this.inFlight.filter((other) => other !== arriving);
                    this.take(this.ordering.receive(arriving));
                }
                break;
            }
            case "drop":
                this.inFlight.splice(taken.which % Math.max(1, this.inFlight.length), 1);
                break;
            case "ask":
                this.ask(taken.isContinuous);
                break;
            case "answer": {
                const [answered] = this.questions.splice(taken.which % Math.max(1, this.questions.length), 1);
                if (answered !== undefined) {
                    this.take(this.ordering.confirm(answered.answer, answered.question, answered.isContinuous));
                }
                break;
            }
            case "startOver":
                this.epoch += 1;
                this.log = [];
                this.head = 0;
                break;
            case "trim":
                this.log = this.log.slice(-2);
                break;
            case "skip":
                this.take(this.ordering.skip());
        }
    }

    /** The server reads its log now; the answer arrives later. Replayed messages are in flight like any other. */
    private ask(isContinuous: boolean): void {
        const question = this.ordering.question();
        const { since } = question;
        const missed =
            since?.epoch === this.position.epoch ? this.log.filter(({ offset = 0 }) => offset > since.offset) : [];
        const isRecovered = since?.epoch === this.position.epoch && since.offset + missed.length === this.head;
        this.inFlight.push(...(isRecovered ? missed : []));
        this.questions.push({ answer: { head: this.position, recovered: isRecovered }, question, isContinuous });
    }

    /** A network that works again, and a client that asks for as long as something is missing. */
    recover(): void {
        for (let round = 0; round < 10 && (round === 0 || this.ordering.isIncomplete); round += 1) {
            this.ask(true);
            while (this.questions.length > 0) {
                this.run({ kind: "answer", which: 0 });
            }
            while (this.inFlight.length > 0) {
                this.run({ kind: "arrive", which: 0, isCopy: false });
            }
        }
    }

    /** Whether `to` comes after `from` in the log, with nothing in between that is for the subscriber. */
    isNextFor(from: Position, to: Position): boolean {
        const between = Array.from({ length: Math.max(0, to.offset - from.offset - 1) }, (_, n) => from.offset + n + 1);
        return (
            from.epoch === to.epoch &&
            to.offset > from.offset &&
            between.every((offset) => this.isExcepted(from.epoch, offset))
        );
    }

    isExcepted(epoch: string, offset: number): boolean {
        return this.excepted.has(`${epoch}-${offset}`);
    }

    private take({ gap, messages }: Outcome): void {
        if (gap !== undefined) {
            this.seen.push({ gap });
        }
        this.seen.push(...messages.flatMap((one) => ("id" in one ? [one] : [])));
    }
}

function checkPromise(model: Model): void {
    const delivered = new Set<string>();
    let last: Position | undefined;
    for (const event of model.seen) {
        if ("gap" in event) {
            const { from, to } = event.gap;
            const isWhereItEnded =
                last === undefined ||
                (from !== undefined && model.isNextFor(last, { ...from, offset: from.offset + 1 }));
            assert.ok(isWhereItEnded, "a gap begins where delivery ended");
            last = to;
            continue;
        }
        const { epoch = "", offset = 0, id } = event;
        assert.ok(!delivered.has(id), `${id} was delivered twice`);
        assert.ok(!model.isExcepted(epoch, offset), `${id} is not for us`);
        delivered.add(id);
        assert.ok(last === undefined || model.isNextFor(last, { epoch, offset }), "without a gap, the next one");
        last = { epoch, offset };
    }
}

describe("the promise of Ordering", () => {
    const limit = fc.constantFrom(1, 3, 1_000);

    it("whatever is lost, doubled and reordered, what is seen is in order, each once, or an explicit gap", () => {
        fc.assert(
            fc.property(fc.array(step, { maxLength: 120, size: "max" }), limit, (steps, held) => {
                const model = new Model(new Ordering(undefined, held));
                for (const taken of steps) {
                    model.run(taken);
                }
                checkPromise(model);
            }),
            { numRuns: 3_000 },
        );
    });

    it("once the network works again, the subscriber gets to the head of the log and nothing is missing", () => {
        fc.assert(
            fc.property(fc.array(step, { maxLength: 80, size: "max" }), limit, (steps, held) => {
                const model = new Model(new Ordering(undefined, held));
                for (const taken of steps) {
                    model.run(taken);
                }
                model.recover();
                checkPromise(model);
                assert.equal(model.ordering.isIncomplete, false);
                assert.deepEqual(model.ordering.position, model.position);
            }),
            { numRuns: 2_000 },
        );
    });

    it("with a log that keeps everything and is never started over, there is no gap at all", () => {
        const harmless = step.filter(({ kind }) => kind !== "startOver" && kind !== "trim" && kind !== "skip");
        fc.assert(
            fc.property(fc.array(harmless, { maxLength: 120, size: "max" }), limit, (steps, held) => {
                const model = new Model(new Ordering({ epoch: "e0", offset: 0 }, held));
                for (const taken of steps) {
                    model.run(taken);
                }
                model.recover();
                checkPromise(model);
                const offsets = model.seen.map((event) => ("gap" in event ? "gap" : event.offset));
                const all = Array.from({ length: model.position.offset }, (_, index) => index + 1);
                assert.deepEqual(
                    offsets,
                    all.filter((offset) => !model.isExcepted("e0", offset)),
                );
            }),
            { numRuns: 2_000 },
        );
    });
});
