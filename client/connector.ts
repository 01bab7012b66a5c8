import { Connection, type ConnectionOwner, type ConnectionSetup } from "./connection.js";
import type { PushMessage, Session, Skip } from "./frames.js";
import { afterEnd, NO_FAILURES, rotationDelay, type ConnectionEnd, type RetryOptions, type State } from "./state.js";

/** Who uses the connections: the channels. */
export interface ConnectorUser {
    /** A connection can be subscribed on. It is now the `target`. */
    opened(connection: Connection): void;
    received(message: PushMessage | Skip): void;
    /** Whether everything that is wanted has been confirmed on the connection. */
    isSettled(connection: Connection): boolean;
    /** A connection is gone. `wasLost`: not because we closed it, so what was under way to it is lost as well. */
    ended(connection: Connection, wasLost: boolean): void;
    changed(state: State): void;
}

export interface ConnectorOptions extends ConnectionSetup, RetryOptions {
    readonly random: () => number;
}

/** How long a replaced connection stays open for what was published before the new one was subscribed. */
const DRAIN_MS = 5_000;
/** A connection that lived this long was a good one: the next attempts are counted from the beginning. */
const GOOD_LIFE_MS = 30_000;

/**
 * Keeps a client connected: tries again with back-off, and replaces a connection before its time is up, make before
 * break: the old one goes when everything is subscribed on the new one.
 */
export class Connector implements ConnectionOwner {
    /** The connection that the state is about. */
    #main: Connection | undefined;
    /** Its successor, while it is made ready. */
    #next: Connection | undefined;
    /** Its predecessor, until what is under way to it has arrived. */
    #draining: Connection | undefined;
    #failures = NO_FAILURES;
    #rotationFailures = NO_FAILURES;
    #count = 0;
    #welcomedAt: number | undefined;
    #cancelRetry = noop;
    #cancelRotation = noop;
    #cancelDrain = noop;
    readonly #options: ConnectorOptions;
    readonly #user: ConnectorUser;

    constructor(options: ConnectorOptions, user: ConnectorUser) {
        this.#options = options;
        this.#user = user;
    }

    /** The newest connection that is open: what is subscribed is subscribed there. */
    get target(): Connection | undefined {
        return [this.#next, this.#main].find((connection) => connection?.isOpen === true);
    }

    get session(): Session | undefined {
        return this.#main?.session;
    }

    /** Begins, or cuts the wait before the next attempt short. */
    connect(code: "connect_called" | "retry", reason: string): void {
        this.#cancelRetry();
        if (this.#main === undefined) {
            this.#main = this.#open();
            this.#user.changed({ status: "connecting", code, reason });
        }
    }

    /** While waiting, tries now. While connected, asks the server for a sign of life. */
    check(): void {
        if (this.#main === undefined) {
            this.connect("retry", "Asked to try now");
        }
        this.#main?.probe();
    }

    close(): void {
        this.#stop();
        this.#failures = NO_FAILURES;
        const connections = [this.#main, this.#next, this.#draining];
        this.#main = this.#next = this.#draining = undefined;
        connections.forEach((connection) => {
            this.#dismiss(connection);
        });
    }

    opened(connection: Connection): void {
        this.#user.opened(connection);
    }

    received(message: PushMessage | Skip): void {
        this.#user.received(message);
    }

    welcomed(connection: Connection, session: Session): void {
        if (connection === this.#main) {
            this.#settleIn(connection, "welcome", `Connected as ${session.userId}`);
        } else {
            this.answered(connection);
        }
    }

    answered(connection: Connection): void {
        if (connection === this.#next && connection.session !== undefined && this.#user.isSettled(connection)) {
            this.#retire();
            this.#promote(connection);
        }
    }

    ended(connection: Connection, end: ConnectionEnd): void {
        if (connection === this.#draining) {
            this.#draining = undefined;
            this.#cancelDrain();
        } else if (connection === this.#next) {
            this.#next = undefined;
            this.#retryRotation(end);
        } else if (connection === this.#main) {
            this.#main = undefined;
            this.#lost(end);
        }
        this.#user.ended(connection, true);
    }

    #open(): Connection {
        this.#count += 1;
        return new Connection(this.#options, this, this.#count);
    }

    #lost(end: ConnectionEnd): void {
        const { clock, random } = this.#options;
        this.#cancelRotation();
        if (this.#next !== undefined) {
            const next = this.#next;
            if (next.session === undefined) {
                this.#main = next;
                this.#next = undefined;
                this.#user.changed({ status: "connecting", code: end.code, reason: end.reason });
            } else {
                this.#promote(next);
            }
            return;
        }
        if (this.#welcomedAt !== undefined && clock.now() - this.#welcomedAt >= GOOD_LIFE_MS) {
            this.#failures = NO_FAILURES;
        }
        this.#welcomedAt = undefined;
        const { state, failures } = afterEnd(end, this.#failures, this.#options, random);
        this.#failures = failures;
        if (state.retryInMs !== undefined) {
            this.#cancelRetry = clock.after(state.retryInMs, () => {
                this.connect("retry", "Trying again");
            });
        }
        this.#user.changed(state);
    }

    #settleIn(connection: Connection, code: "welcome" | "rotated", reason: string): void {
        const { clock, random } = this.#options;
        this.#welcomedAt = clock.now();
        this.#failures = { ...this.#failures, handshakes: 0 };
        this.#rotationFailures = NO_FAILURES;
        this.#rotateAfter(rotationDelay(connection.msLeft, random));
        this.#user.changed({ status: "connected", code, reason });
    }

    #rotateAfter(ms: number): void {
        this.#cancelRotation();
        this.#cancelRotation = this.#options.clock.after(ms, () => {
            this.#next = this.#open();
        });
    }

    /** The old connection serves on while its successor is tried again. */
    #retryRotation(end: ConnectionEnd): void {
        const after = afterEnd({ ...end, isFatal: false }, this.#rotationFailures, this.#options, this.#options.random);
        this.#rotationFailures = after.failures;
        this.#rotateAfter(after.state.retryInMs ?? 0);
    }

    #promote(connection: Connection): void {
        this.#main = connection;
        this.#next = undefined;
        this.#settleIn(connection, "rotated", "Moved to a new connection before the old one expires");
    }

    /** Lets the main connection drain. It ends with a sign of life, or else what was sent to it may be lost. */
    #retire(): void {
        const previous = this.#draining;
        const drained = this.#main;
        this.#cancelDrain();
        this.#draining = drained;
        this.#dismiss(previous);
        if (drained !== undefined) {
            drained.isRetired = true;
            this.#cancelDrain = this.#options.clock.after(DRAIN_MS, () => {
                drained.flush(() => {
                    this.#draining = undefined;
                    this.#dismiss(drained);
                });
            });
        }
    }

    #dismiss(connection: Connection | undefined): void {
        if (connection !== undefined) {
            connection.close();
            this.#user.ended(connection, false);
        }
    }

    #stop(): void {
        this.#cancelRetry();
        this.#cancelRotation();
        this.#cancelDrain();
    }
}

function noop(): void {
    // There is nothing to cancel yet.
}
