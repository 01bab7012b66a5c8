import type { BackoffOptions } from "./backoff.js";
import { Channel, type ChannelHost } from "./channel.js";
import { systemClock, type Clock } from "./clock.js";
import type { Connection, TokenProvider } from "./connection.js";
import { Connector, type ConnectorUser } from "./connector.js";
import type { PushMessage, Session, Skip } from "./frames.js";
import { guard } from "./guard.js";
import type { Gap } from "./ordering.js";
import { PositionStore, type PositionStorage } from "./position-store.js";
import type { PushError } from "./push-error.js";
import type { State } from "./state.js";
import type { ChannelHandler } from "./subscribers.js";
import { onWake } from "./wake.js";
import { globalWebSocket, type WebSocketConstructor } from "./web-socket.js";

export interface PushClientOptions {
    /**
     * Called whenever a token is needed: for every connection, so also before the current token expires. Give a JWT
     * that is still good for a while; `null` when nobody is signed in any more, which closes the client. Whatever else
     * it gives is taken for a failure that passes, as if it had thrown: the client calls it again later.
     */
    readonly token?: TokenProvider;
    /** Defaults to the global one. Node before 22 has none: pass that of the package `ws`. */
    readonly WebSocket?: WebSocketConstructor;
    /**
     * Where to keep positions over reloads: `sessionStorage`, or what is as much the page's own. Defaults to nowhere.
     */
    readonly storage?: PositionStorage;
    /** Goes before the channel in keys of the storage. Defaults to `push:`. */
    readonly storagePrefix?: string;
    /** Called for a gap that the subscriber has no handler for. Defaults to a warning on the console. */
    readonly onGap?: (gap: Gap, channel: string) => void;
    /** Called for a refusal that the subscriber has no handler for. Defaults to an error on the console. */
    readonly onError?: (error: PushError) => void;
    /** Delays between attempts, in milliseconds. Defaults to full jitter from 500 up to 30,000. */
    readonly backoff?: BackoffOptions;
    /** Handshakes that fail in a row until the status is `refused`. Defaults to 3. */
    readonly refusedAfter?: number;
    /** From asking for a token to the server's welcome. Defaults to 15,000 milliseconds. */
    readonly connectTimeoutMs?: number;
    /** How long the server may take to answer a ping. Defaults to 10,000 milliseconds. */
    readonly pongTimeoutMs?: number;
    /** Messages held back per channel while others are missing. Defaults to 1,000. */
    readonly maxHeldMessages?: number;
    /** Defaults to the system's. */
    readonly clock?: Clock;
    /** A number from 0 up to but not including 1. Defaults to `Math.random`. */
    readonly random?: () => number;
}

export interface Subscription {
    readonly channel: string;
    /** After this the handler is not called again. */
    unsubscribe(): void;
}

/**
 * One connection to a PushGateway, kept up from `connect` to `close`. A subscriber's handler sees every message once
 * and in order, or is told of a gap. That holds over lost connections, expired tokens and reloads of the page, whatever
 * the network does to the order of messages.
 *
 * @example
 * const client = new PushClient("wss://abc.execute-api.eu-west-1.amazonaws.com/v1", { token: fetchToken });
 * client.subscribe("orders/@me", { message: ({ data }) => show(data), gap: reload });
 * client.connect();
 */
export class PushClient {
    readonly #channels = new Map<string, Channel>();
    readonly #listeners = new Set<(state: State) => void>();
    readonly #connector: Connector;
    readonly #host: ChannelHost;
    #stopListening: (() => void) | undefined;
    #currentState: State = { status: "idle", code: "created", reason: "connect has not been called" };

    /** `url`: the stack's `webSocketUrl`. Throws where there is no WebSocket, or `storage` is localStorage. */
    constructor(url: string, options: PushClientOptions = {}) {
        const { clock = systemClock, random = Math.random } = options;
        this.#connector = new Connector(
            {
                url,
                token: options.token,
                WebSocket: options.WebSocket ?? globalWebSocket(),
                clock,
                random,
                connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
                pongTimeoutMs: options.pongTimeoutMs ?? 10_000,
                refusedAfter: options.refusedAfter ?? 3,
                ...(options.backoff ?? { baseMs: 500, capMs: 30_000 }),
            },
            this.#connectorUser(),
        );
        this.#host = this.#channelHost(options, clock, random);
    }

    get state(): State {
        return this.#currentState;
    }

    /** The user and the connection, as the server knows them. Absent while there is no connection. */
    get session(): Session | undefined {
        return this.#connector.session;
    }

    /** Calls back on every transition, with its cause. Returns the function that ends the calls. */
    onState(listener: (state: State) => void): () => void {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    /** Connects, and stays connected until `close`. Does nothing if the client is connected or connecting. */
    connect(): void {
        if (this.#currentState.status === "idle" || this.#currentState.status === "closed") {
            this.#connector.connect("connect_called", "connect was called");
        }
    }

    /**
     * Subscribes to a channel, at once or as soon as there is a connection. Several subscriptions to one channel share
     * one at the server. A namespace's `@me` and its `@user/<sub>` are one channel to the server: use one of the names.
     */
    subscribe(channel: string, handler: ChannelHandler | ((message: PushMessage) => void)): Subscription {
        const subscriber = { handler: typeof handler === "function" ? { message: handler } : handler };
        const existing = this.#channels.get(channel) ?? new Channel(channel, this.#host);
        this.#channels.set(channel, existing);
        existing.add(subscriber);
        return {
            channel,
            unsubscribe: () => {
                existing.remove(subscriber);
            },
        };
    }

    /**
     * While waiting, tries now; while connected, makes sure that the connection is alive. A page need not call it when
     * it comes back to the network, into view or from sleep: the client notices.
     */
    check(): void {
        const { status } = this.#currentState;
        if (status !== "idle" && status !== "closed") {
            this.#connector.check();
        }
    }

    /** Ends the connection. Subscriptions stay, with their positions, for another `connect`. */
    close(): void {
        this.#connector.close();
        this.#host.positions.release();
        if (this.#currentState.status !== "closed") {
            this.#change({ status: "closed", code: "close_called", reason: "close was called" });
        }
    }

    #connectorUser(): ConnectorUser {
        return {
            opened: () => {
                this.#eachChannel((channel) => {
                    channel.reconcile();
                });
            },
            received: (message) => {
                this.#receive(message);
            },
            isSettled: (connection: Connection) => {
                return [...this.#channels.values()].every((channel) => channel.isSettled(connection));
            },
            ended: (connection, wasLost) => {
                this.#eachChannel((channel) => {
                    channel.ended(connection, wasLost);
                });
            },
            changed: (state) => {
                this.#change(state);
            },
        };
    }

    #channelHost(options: PushClientOptions, clock: Clock, random: () => number): ChannelHost {
        const connector = this.#connector;
        const channels = this.#channels;
        return {
            clock,
            random,
            positions: new PositionStore(options.storage, options.storagePrefix ?? "push:"),
            maxHeldMessages: options.maxHeldMessages ?? 1_000,
            get target() {
                return connector.target;
            },
            fallbacks: { gap: options.onGap ?? warnOfGap, error: options.onError ?? reportError },
            forget: (channel) => {
                if (channels.get(channel.name) === channel) {
                    channels.delete(channel.name);
                }
            },
        };
    }

    #receive(message: PushMessage | Skip): void {
        this.#channels.get(message.channel)?.receive(message);
        // Nobody gets messages of another user's channel, so this one is what we call @me.
        const [, namespace] = /^([^/]+)\/@user\//.exec(message.channel) ?? [];
        if (namespace !== undefined) {
            this.#channels.get(`${namespace}/@me`)?.receive(message);
        }
    }

    #eachChannel(call: (channel: Channel) => void): void {
        [...this.#channels.values()].forEach(call);
    }

    #change(state: State): void {
        this.#currentState = state;
        if (state.status === "closed") {
            this.#stopListening?.();
            this.#stopListening = undefined;
        } else {
            this.#stopListening ??= onWake(() => {
                this.check();
            });
        }
        for (const listener of [...this.#listeners]) {
            guard(() => {
                listener(state);
            });
        }
    }
}

function warnOfGap({ reason }: Gap, channel: string): void {
    console.warn(`Messages of ${channel} may be missing (${reason}), and its subscriber has no gap handler.`);
}

function reportError(error: PushError): void {
    console.error(error);
}
