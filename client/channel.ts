import type { Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import type { Answer, ClientFrame, Confirmation, PushMessage, Skip } from "./frames.js";
import { Ordering, type Outcome, type Question } from "./ordering.js";
import { Overdue } from "./overdue.js";
import type { PositionStore } from "./position-store.js";
import { PushError } from "./push-error.js";
import { Subscribers, type Fallbacks, type Subscriber } from "./subscribers.js";

/** What channels share. */
export interface ChannelHost {
    readonly clock: Clock;
    readonly random: () => number;
    readonly positions: PositionStore;
    readonly maxHeldMessages: number;
    /** The connection to subscribe on. */
    readonly target: Connection | undefined;
    readonly fallbacks: Fallbacks;
    /** Nobody is subscribed any more, neither here nor on the server. */
    forget(channel: string): void;
}

/** A channel on one connection. The server handles frames in any order, so there is one question at a time. */
interface Link {
    isJoined: boolean;
    /** Counts the questions; the latest is open while `isAsking`. */
    asked: number;
    isAsking: boolean;
}

/** Questions without progress until missing messages are given up, and until the connection is. */
const MAX_TRIES = 5;

/** One channel: its subscribers, its order, and what the server has confirmed on which connection. */
export class Channel {
    readonly #subscribers: Subscribers;
    readonly #links = new Map<Connection, Link>();
    #ordering: Ordering;
    #wasConfirmed = false;
    readonly #overdue: Overdue;
    /** Questions in a row without a good answer. */
    #unanswered = 0;
    readonly #host: ChannelHost;

    constructor(
        readonly name: string,
        host: ChannelHost,
    ) {
        this.#host = host;
        this.#subscribers = new Subscribers(name, host.fallbacks);
        this.#ordering = new Ordering(host.positions.load(name), host.maxHeldMessages);
        this.#overdue = new Overdue(
            host.clock,
            host.random,
            () => (this.#isAsking ? "answer" : this.#hasQuestionFor(host.target) ? "message" : undefined),
            () => {
                this.#check();
            },
        );
    }

    add(subscriber: Subscriber): void {
        this.#subscribers.add(subscriber);
        this.reconcile();
    }

    remove(subscriber: Subscriber): void {
        if (this.#subscribers.remove(subscriber) && this.#subscribers.isEmpty) {
            this.#reset();
            this.reconcile();
        }
    }

    /** Whether all that is wanted of this connection has been confirmed. */
    isSettled(connection: Connection): boolean {
        return this.#subscribers.isEmpty || this.#links.get(connection)?.isJoined === true;
    }

    receive(message: PushMessage | Skip): void {
        if (!this.#subscribers.isEmpty) {
            this.#deliver(this.#ordering.receive(message));
        }
    }

    /** Asks the server for what is wanted and not yet so; forgets the channel when nothing is left of it. */
    reconcile(): void {
        const { target } = this.#host;
        if (this.#subscribers.isEmpty) {
            for (const [connection, link] of this.#links) {
                if (link.isJoined && !link.isAsking) {
                    this.#leave(connection, link);
                } else if (!link.isAsking) {
                    this.#links.delete(connection);
                }
            }
            if (this.#links.size === 0) {
                this.#overdue.restart();
                this.#host.forget(this.name);
            }
        } else if (target !== undefined) {
            const link = this.#linkOf(target);
            if (!link.isJoined && !link.isAsking) {
                this.#join(target, link);
            }
        }
    }

    ended(connection: Connection, wasLost: boolean): void {
        const link = this.#links.get(connection);
        const { target } = this.#host;
        this.#links.delete(connection);
        this.#overdue.tries = this.#unanswered = 0;
        const newer = target !== undefined && target.age > connection.age && this.#links.get(target)?.isJoined === true;
        if (wasLost && newer && link?.isJoined === true && this.#ordering.hasNoHistory) {
            // What was on its way to the older connection, from before the newer one was subscribed.
            this.#deliver({ gap: { reason: "no_history", from: undefined, to: undefined }, messages: [] });
        }
        this.reconcile();
    }

    #linkOf(connection: Connection): Link {
        const link = this.#links.get(connection) ?? { isJoined: false, asked: 0, isAsking: false };
        this.#links.set(connection, link);
        return link;
    }

    #join(connection: Connection, link: Link): void {
        const question = this.#ordering.question();
        const { since } = question;
        const frame = { action: "subscribe", channel: this.name, ...(since === undefined ? {} : { since }) } as const;
        this.#ask(connection, link, frame, question);
    }

    #leave(connection: Connection, link: Link): void {
        this.#ask(connection, link, { action: "unsubscribe", channel: this.name }, this.#ordering.question());
    }

    #ask(connection: Connection, link: Link, frame: ClientFrame, question: Question): void {
        link.isAsking = true;
        link.asked += 1;
        this.#unanswered += 1;
        const { asked } = link;
        const ordering = this.#ordering;
        connection.ask(frame, (answer) => {
            link.isAsking &&= link.asked !== asked;
            if (this.#links.get(connection) === link) {
                // To a subscription made since then, the answer is as good as to a question of its own.
                this.#answered(
                    connection,
                    link,
                    answer,
                    ordering === this.#ordering ? question : this.#ordering.question(),
                );
            }
        });
        this.#overdue.restart();
    }

    #answered(connection: Connection, link: Link, answer: Answer, question: Question): void {
        switch (answer.type) {
            case "subscribed":
                this.#confirmed(link, answer.confirmation, question);
                break;
            case "unsubscribed":
                this.#unanswered = 0;
                link.isJoined = false;
                break;
            case "error":
                if (answer.code === "internal") {
                    // The server's fault. Not at once, but it is asked again.
                    this.#overdue.restart();
                    return;
                }
                if (connection.isExpired) {
                    connection.end({ code: "expired", reason: answer.message, isFatal: false });
                    return;
                }
                link.isJoined = false;
                this.#subscribers.refuse(new PushError(answer.code, answer.message, this.name));
                this.#reset();
                break;
        }
        this.reconcile();
        this.#overdue.restart();
    }

    #confirmed(link: Link, confirmation: Confirmation, question: Question): void {
        const isContinuous = !this.#wasConfirmed || this.#isServed;
        link.isJoined = true;
        this.#unanswered = 0;
        if (!this.#subscribers.isEmpty) {
            this.#wasConfirmed = true;
            const outcome = this.#ordering.confirm(confirmation, question, isContinuous);
            this.#subscribers.confirm(confirmation);
            this.#deliver(outcome);
            this.#host.positions.save(this.name, this.#ordering.position);
        }
    }

    /** Makes the next subscriber begin afresh. */
    #reset(): void {
        this.#ordering = new Ordering(undefined, this.#host.maxHeldMessages);
        this.#wasConfirmed = false;
        this.#overdue.tries = this.#unanswered = 0;
        this.#host.positions.save(this.name, undefined);
    }

    #deliver(outcome: Outcome): void {
        const ordering = this.#ordering;
        this.#subscribers.deliver(outcome);
        // A handler may have unsubscribed, and somebody may have subscribed again since.
        if ((outcome.gap !== undefined || outcome.messages.length > 0) && ordering === this.#ordering) {
            this.#overdue.tries = 0;
            this.#host.positions.save(this.name, ordering.position);
            if (!this.#isAsking) {
                this.#overdue.restart();
            }
        }
        this.#overdue.ensure();
    }

    /** Whether messages have been coming all the time. */
    get #isServed(): boolean {
        return [...this.#links].some(([connection, { isJoined }]) => isJoined && !connection.isRetired);
    }

    get #isAsking(): boolean {
        return [...this.#links.values()].some(({ isAsking }) => isAsking);
    }

    /** Whether there is something to ask on this connection. */
    #hasQuestionFor(connection: Connection | undefined): boolean {
        if (this.#subscribers.isEmpty) {
            return this.#links.size > 0;
        }
        const isJoined = connection !== undefined && this.#links.get(connection)?.isJoined === true;
        return connection !== undefined && (!isJoined || this.#ordering.isIncomplete);
    }

    #check(): void {
        const { target } = this.#host;
        const isGivingUp = this.#unanswered >= MAX_TRIES;
        for (const link of this.#links.values()) {
            // A subscription that was not answered may be one all the same: it has to be left.
            link.isJoined ||= link.isAsking && this.#subscribers.isEmpty;
            link.isAsking = false;
        }
        if (this.#subscribers.isEmpty) {
            if (isGivingUp) {
                // What the server does not want to be rid of ends with the connection.
                this.#links.clear();
            }
            this.reconcile();
        } else if (isGivingUp) {
            this.#unanswered = 0;
            target?.end({ code: "not_registered", reason: `No answer about ${this.name}`, isFatal: false });
        } else if (target !== undefined) {
            if (this.#overdue.tries > MAX_TRIES) {
                this.#deliver(this.#ordering.skip());
            }
            if (this.#hasQuestionFor(target)) {
                this.#join(target, this.#linkOf(target));
            }
        }
    }
}
