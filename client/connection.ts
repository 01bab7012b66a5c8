import type { Clock } from "./clock.js";
import { parseFrame, type Answer, type ClientFrame, type PushMessage, type Session, type Skip } from "./frames.js";
import { endOfSocket, type ConnectionEnd } from "./state.js";
import type { SocketEvent, WebSocketConstructor, WebSocketLike } from "./web-socket.js";

/** Gives a token, freshly fetched or known to be good for a while; `null` when nobody is signed in any more. */
export type TokenProvider = () => string | null | Promise<string | null>;

export interface ConnectionSetup {
    readonly url: string;
    readonly token: TokenProvider | undefined;
    readonly WebSocket: WebSocketConstructor;
    readonly clock: Clock;
    /** From asking for the token to the server's welcome, in milliseconds. */
    readonly connectTimeoutMs: number;
    /** How long the server may take to answer a ping, in milliseconds. */
    readonly pongTimeoutMs: number;
}

/** Who owns a connection. After `ended`, which comes once, there is nothing more from it. */
export interface ConnectionOwner {
    /** The socket is open: frames can be sent. */
    opened(connection: Connection): void;
    welcomed(connection: Connection, session: Session): void;
    received(message: PushMessage | Skip): void;
    /** Some answer has been handled. */
    answered(connection: Connection): void;
    ended(connection: Connection, end: ConnectionEnd): void;
}

/** The gateway closes a socket on which nothing happens for 10 minutes: ping within that, whatever the server says. */
const MAX_PING_SECONDS = 9 * 60;
/** How often we look at the clock while connected. */
const TICK_MS = 10_000;
/** A timer that is later than this was stopped with the whole computer. In hidden tabs they are up to a minute late. */
const SLEPT_MS = 70_000;

/** The characters and dots of a JWT, which error pages, JSON and torn lines do not have. The server judges the rest. */
const JWT = /^[\w-]+(\.[\w-]+)+$/;

/** One socket, from the token to the close: handshake, keep-alive, and answers matched with what was asked. */
export class Connection {
    session: Session | undefined;
    isOpen = false;
    /** Whether a successor has taken over. What comes here still counts; that nothing is lost here does not. */
    isRetired = false;
    /** When we stop receiving, in milliseconds by our clock, as far as it can be trusted. */
    #expiresAt = Infinity;
    #isOver = false;
    #socket: WebSocketLike | undefined;
    #error = "";
    /** What no reason may hold: the token, and what the address asks with. */
    #secrets: readonly string[];
    #lastId = 0;
    readonly #questions = new Map<unknown, (answer: Answer) => void>();
    #cancelTimer: () => void;
    #isPinging = false;
    #ponged: (() => void) | undefined;
    readonly #setup: ConnectionSetup;
    readonly #owner: ConnectionOwner;

    /** Starts at once. `age` grows from one connection of a client to the next. */
    constructor(
        setup: ConnectionSetup,
        owner: ConnectionOwner,
        readonly age: number,
    ) {
        this.#setup = setup;
        this.#owner = owner;
        this.#secrets = setup.url.split("?").slice(1);
        this.#cancelTimer = setup.clock.after(setup.connectTimeoutMs, () => {
            this.end({ code: "connect_timeout", reason: "The server did not welcome us in time", isFatal: false });
        });
        void this.#start();
    }

    get isExpired(): boolean {
        return this.msLeft <= 0;
    }

    /** For how long we still receive, in milliseconds. */
    get msLeft(): number {
        return this.#expiresAt - this.#setup.clock.now();
    }

    /** Sends a frame under an id of its own; `answered` is called at most once, with what comes back for that id. */
    ask(frame: ClientFrame, answered: (answer: Answer) => void): void {
        this.#lastId += 1;
        this.#questions.set(this.#lastId, answered);
        this.#send({ ...frame, id: this.#lastId });
    }

    /** Pings now. Unless anything comes back in time, the connection ends: it may have been dead for long. */
    probe(): void {
        if (!this.isOpen || this.session === undefined || this.#isPinging) {
            return;
        }
        const { clock, pongTimeoutMs } = this.#setup;
        this.#isPinging = true;
        this.#send({ action: "ping" });
        this.#cancelTimer();
        this.#cancelTimer = clock.after(pongTimeoutMs, () => {
            this.end({ code: "pong_timeout", reason: "The server did not answer a ping in time", isFatal: false });
        });
    }

    /** Pings now, and calls back with the answer: all that was sent to us before it has arrived by then. */
    flush(flushed: () => void): void {
        this.#ponged = flushed;
        this.probe();
    }

    /** Closes without telling the owner. */
    close(): void {
        if (!this.#isOver) {
            this.#isOver = true;
            this.isOpen = false;
            this.#cancelTimer();
            this.#socket?.close(1000);
        }
    }

    /** Ends for a reason other than the socket's. */
    end(end: ConnectionEnd): void {
        if (!this.#isOver) {
            // Not to wait for the closing handshake: on a dead socket it takes minutes.
            this.close();
            const reason = this.#secrets.reduce((text, secret) => text.replaceAll(secret, "…"), end.reason);
            this.#owner.ended(this, { ...end, reason });
        }
    }

    async #start(): Promise<void> {
        const { token, url, WebSocket } = this.#setup;
        let given: unknown;
        try {
            // Not from within the constructor: a provider that throws ends a connection that its owner has to know.
            given = await Promise.resolve().then(() => token?.());
        } catch (cause) {
            // Its text may be a page's: a parser's error quotes what it could not parse.
            this.end({ code: "token_failed", reason: "The token provider failed", cause, isFatal: false });
        }
        if (this.#isOver) {
            return;
        }
        if (given === null) {
            this.end({ code: "signed_out", reason: "The token provider says that nobody is signed in", isFatal: true });
            return;
        }
        const jwt = typeof given === "string" ? given.trim() : "";
        this.#secrets = [jwt, ...this.#secrets].filter((secret) => secret !== "");
        if (token !== undefined && !JWT.test(jwt)) {
            this.end({
                code: "token_failed",
                reason: `The token provider gave no JWT, but ${kindOf(given)}`,
                isFatal: false,
            });
            return;
        }
        try {
            this.#listen(new WebSocket(url, ["push.v1", ...(token === undefined ? [] : [`bearer.${jwt}`])]));
        } catch (cause) {
            // Without its text, which quotes the address: a token may be in there.
            this.end({ code: "invalid", reason: "The address is not that of a WebSocket", cause, isFatal: true });
        }
    }

    #listen(socket: WebSocketLike): void {
        this.#socket = socket;
        socket.addEventListener("open", () => {
            if (!this.#isOver) {
                this.isOpen = true;
                this.ask({ action: "hello" }, (answer) => {
                    const reason = answer.type === "error" ? `${answer.code}: ${answer.message}` : answer.type;
                    this.end({ code: "hello_refused", reason, isFatal: false });
                });
                this.#owner.opened(this);
            }
        });
        socket.addEventListener("message", ({ data }) => {
            if (!this.#isOver) {
                this.#receive(data);
            }
        });
        socket.addEventListener("error", ({ message }: SocketEvent) => {
            this.#error = message ?? "";
        });
        socket.addEventListener("close", ({ code, reason }: SocketEvent) => {
            this.end(endOfSocket(code ?? 1006, reason ?? "", this.isOpen, this.#error));
        });
    }

    #receive(data: unknown): void {
        const frame = parseFrame(data);
        if (this.session !== undefined && this.#isPinging) {
            this.#schedulePing(this.session);
        }
        switch (frame?.type) {
            case "welcome":
                this.#welcome(frame.session);
                break;
            case "message":
                this.#owner.received(frame.message);
                break;
            case "subscribed":
            case "unsubscribed":
            case "error":
                this.#answer(frame);
                break;
            case "pong":
                this.#ponged?.();
                break;
            case undefined:
        }
    }

    #welcome(session: Session): void {
        const now = this.#setup.clock.now();
        const msLeft = session.expiresIn === undefined ? session.expiresAt * 1000 - now : session.expiresIn * 1000;
        this.session = session;
        // A connection that is made cannot have expired: then our clock is wrong.
        this.#expiresAt = msLeft > 0 ? now + msLeft : Infinity;
        this.#schedulePing(session);
        this.#owner.welcomed(this, session);
    }

    #answer(answer: Answer): void {
        const answered = this.#questions.get(answer.id);
        this.#questions.delete(answer.id);
        answered?.(answer);
        if (!this.#isOver) {
            this.#owner.answered(this);
        }
    }

    #schedulePing({ pingSeconds }: Session): void {
        const { clock } = this.#setup;
        const seconds = pingSeconds > 0 ? Math.min(pingSeconds, MAX_PING_SECONDS) : MAX_PING_SECONDS;
        this.#isPinging = false;
        this.#tickUntil(clock.now() + seconds * 1000);
    }

    /** Pings at that time, by the clock: timers stop while the computer sleeps. At once, when it turns out that it has slept. */
    #tickUntil(pingAt: number): void {
        const { clock } = this.#setup;
        const tickAt = Math.min(pingAt, clock.now() + TICK_MS);
        this.#cancelTimer();
        this.#cancelTimer = clock.after(tickAt - clock.now(), () => {
            if (clock.now() >= pingAt || clock.now() - tickAt > SLEPT_MS) {
                this.probe();
            } else {
                this.#tickUntil(pingAt);
            }
        });
    }

    #send(frame: object): void {
        if (this.isOpen) {
            this.#socket?.send(JSON.stringify(frame));
        }
    }
}

/** Says what it is, and nothing of what is in it. */
function kindOf(given: unknown): string {
    return typeof given === "string" ? `${given.length} characters of something else` : typeof given;
}
