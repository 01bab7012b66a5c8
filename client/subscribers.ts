import type { Confirmation, PushMessage } from "./frames.js";
import { guard } from "./guard.js";
import type { Gap, Outcome } from "./ordering.js";
import type { PushError } from "./push-error.js";

/**
 * The calls that a subscriber gets. Nothing is awaited: a message counts as delivered when the handler has returned.
 */
export interface ChannelHandler {
    /** Every message once, in order, but for those whose publisher excepts this connection. */
    message(message: PushMessage): void;
    /** Messages may be missing here; those that follow are in order again. */
    gap?(gap: Gap): void;
    /** The server has confirmed the subscription: the first time, and again on each new connection. */
    subscribed?(confirmation: Confirmation): void;
    /** The server refused the subscription, which is over. */
    error?(error: PushError): void;
}

/** One subscription. Several may have the same handler. */
export interface Subscriber {
    readonly handler: ChannelHandler;
}

/** What to call where a subscriber has no handler of its own: nothing is dropped in silence. */
export interface Fallbacks {
    gap(gap: Gap, channel: string): void;
    error(error: PushError): void;
}

/** The subscribers of one channel. A handler may subscribe and unsubscribe, also others, while it is called. */
export class Subscribers {
    readonly #channel: string;
    readonly #fallbacks: Fallbacks;
    readonly #all = new Set<Subscriber>();

    constructor(channel: string, fallbacks: Fallbacks) {
        this.#channel = channel;
        this.#fallbacks = fallbacks;
    }

    get isEmpty(): boolean {
        return this.#all.size === 0;
    }

    add(subscriber: Subscriber): void {
        this.#all.add(subscriber);
    }

    /** Whether it was there. */
    remove(subscriber: Subscriber): boolean {
        return this.#all.delete(subscriber);
    }

    deliver({ gap, messages }: Outcome): void {
        if (gap !== undefined) {
            this.#tell((handler) => {
                if (handler.gap === undefined) {
                    this.#fallbacks.gap(gap, this.#channel);
                } else {
                    handler.gap(gap);
                }
            });
        }
        for (const message of messages) {
            if ("id" in message) {
                this.#tell((handler) => {
                    handler.message(message);
                });
            }
        }
    }

    confirm(confirmation: Confirmation): void {
        this.#tell((handler) => handler.subscribed?.(confirmation));
    }

    /** Tells all, and lets go of them. */
    refuse(error: PushError): void {
        const refused = [...this.#all];
        this.#all.clear();
        for (const { handler } of refused) {
            guard(() => {
                if (handler.error === undefined) {
                    this.#fallbacks.error(error);
                } else {
                    handler.error(error);
                }
            });
        }
    }

    #tell(call: (handler: ChannelHandler) => void): void {
        for (const subscriber of [...this.#all]) {
            if (this.#all.has(subscriber)) {
                guard(() => {
                    call(subscriber.handler);
                });
            }
        }
    }
}
