import type { Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import type { Answer, Confirmation, PushMessage, Skip } from "./frames.js";
import { Link } from "./link.js";
import { FIRST_QUESTION, Ordering, type Outcome, type Question } from "./ordering.js";
import { Overdue, type Awaited } from "./overdue.js";
import type { PositionStore } from "./position-store.js";
import { PushError } from "./push-error.js";
import { Subscribers, type Fallbacks, type Subscriber } from "./subscribers.js";

/** The things that all channels share. */
export interface ChannelHost {
    readonly clock: Clock;
    readonly random: () => number;
    readonly positions: PositionStore;
    readonly maxHeldMessages: number;
    /** The connection to subscribe on. */
    readonly target: Connection | undefined;
    readonly fallbacks: Fallbacks;
    /** Nobody is subscribed any more, neither here nor on the server. */
    forget(channel: Channel): void;
}

/** What was asked on which link, under which number there. */
interface Asked {
    readonly connection: Connection;
    readonly link: Link;
    readonly number: number;
    readonly action: "subscribe" | "unsubscribe";
    readonly question: Question;
}

type Refusal = Extract<Answer, { readonly type: "error" }>;

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
            () => this.#awaited,
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
                if (link.isOver) {
                    this.#links.delete(connection);
                } else if (link.mayBeJoined && !link.isAsking) {
                    this.#ask(connection, link, "unsubscribe");
                }
            }
            if (this.#links.size === 0) {
                this.#overdue.restart();
                this.#host.forget(this);
            }
        } else if (target !== undefined) {
            const link = this.#linkOf(target);
            if (!link.isAsking && !this.#isConfirmedOn(link)) {
                this.#ask(target, link, "subscribe");
            }
        }
    }

    ended(connection: Connection, wasLost: boolean): void {
        const link = this.#links.get(connection);
        const { target } = this.#host;
        link?.close();
        this.#links.delete(connection);
        this.#overdue.tries = this.#unanswered = 0;
        const newer = target !== undefined && target.age > connection.age && this.#links.get(target)?.isJoined === true;
        if (wasLost && newer && link?.isJoined === true && this.#ordering.isUnnumbered) {
            // What was on its way to the older connection, from before the newer one was subscribed.
            this.#deliver({ gap: { reason: "no_history", from: undefined, to: undefined }, messages: [] });
        }
        this.reconcile();
    }

    #linkOf(connection: Connection): Link {
        const reconcile = (): void => {
            this.reconcile();
        };
        const link = this.#links.get(connection) ?? new Link(this.#host.clock, reconcile);
        this.#links.set(connection, link);
        return link;
    }

    #ask(connection: Connection, link: Link, action: "subscribe" | "unsubscribe"): void {
        const ordering = this.#ordering;
        const question = ordering.question();
        const { since } = question;
        const number = link.ask(action);
        this.#unanswered += 1;
        const position = action === "subscribe" && since !== undefined ? { since } : {};
        connection.ask({ action, channel: this.name, ...position }, (answer) => {
            link.answered(number, action);
            if (this.#links.get(connection) === link) {
                // To a subscription made since then, the answer is as good as to a question of its own.
                const asked = ordering === this.#ordering ? question : FIRST_QUESTION;
                this.#answered({ connection, link, number, action, question: asked }, answer);
            }
        });
        this.#overdue.restart();
    }

    #answered(asked: Asked, answer: Answer): void {
        const { link, number } = asked;
        switch (answer.type) {
            case "subscribed":
                if (link.isValid(number)) {
                    this.#confirmed(link, answer.confirmation, asked.question);
                }
                break;
            case "unsubscribed":
                this.#unanswered = 0;
                link.left(number);
                break;
            case "error":
                if (answer.code === "internal") {
                    // The server's fault. Not at once, but it is asked again.
                    this.#overdue.restart();
                    return;
                }
                this.#refused(asked, answer);
                break;
        }
        this.reconcile();
        this.#overdue.restart();
    }

    #refused({ connection, link, number, action, question }: Asked, { code, message }: Refusal): void {
        if (connection.isExpired) {
            connection.end({ code: "expired", reason: message, isFatal: false });
        } else if (action === "unsubscribe") {
            link.left(number);
        } else if (link.isValid(number)) {
            link.left(number);
            if (code === "bad_request" && question.since !== undefined) {
                // It may be our position that the server does not take. That costs the replay, not the subscription.
                this.#ordering = new Ordering("lost", this.#host.maxHeldMessages);
            } else {
                this.#subscribers.refuse(new PushError(code, message, this.name));
                this.#reset();
            }
        }
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

    /**
     * The server may go on sending what an earlier subscriber asked for: a new one needs a confirmation all the same.
     */
    #isConfirmedOn(link: Link | undefined): boolean {
        return link?.isJoined === true && this.#wasConfirmed;
    }

    get #isAsking(): boolean {
        return [...this.#links.values()].some(({ isAsking }) => isAsking);
    }

    get #awaited(): Awaited {
        const { target } = this.#host;
        if (this.#isAsking) {
            return "answer";
        }
        if (this.#subscribers.isEmpty) {
            return [...this.#links.values()].some(({ mayBeJoined }) => mayBeJoined) ? "message" : undefined;
        }
        if (target === undefined) {
            return undefined;
        }
        if (!this.#isConfirmedOn(this.#links.get(target)) || this.#ordering.isIncomplete) {
            return "message";
        }
        return this.#ordering.isChanged ? "change" : undefined;
    }

    #check(): void {
        const { target } = this.#host;
        const isGivingUp = this.#unanswered >= MAX_TRIES;
        for (const link of this.#links.values()) {
            link.isAsking = false;
            if (this.#subscribers.isEmpty && isGivingUp) {
                // What the server does not want to be rid of ends with the connection.
                link.left();
            }
        }
        if (this.#subscribers.isEmpty) {
            this.reconcile();
        } else if (isGivingUp) {
            this.#unanswered = 0;
            target?.end({ code: "not_registered", reason: `No answer about ${this.name}`, isFatal: false });
        } else if (target !== undefined) {
            if (this.#overdue.tries > MAX_TRIES) {
                this.#deliver(this.#ordering.skip());
            }
            if (this.#awaited !== undefined) {
                this.#ask(target, this.#linkOf(target), "subscribe");
            }
        }
    }
}
