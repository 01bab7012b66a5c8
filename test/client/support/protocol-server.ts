import type { Position } from "../../../client/frames";
import { readPosition } from "../../../contract/protocol";

/** The server's end of a socket, whatever carries it. */
export interface Peer {
    send(text: string): void;
    close(code: number, reason: string): void;
    /** Drops the connection without a closing handshake. */
    destroy(): void;
}

export interface ReceivedFrame {
    readonly action: string;
    readonly id?: unknown;
    readonly channel?: string;
    readonly since?: Position;
}

/** One message in a channel's log, as it goes over the wire. */
export interface LoggedMessage {
    readonly type: "message";
    readonly channel: string;
    readonly id: string;
    readonly source: string;
    readonly event: string;
    readonly time: string;
    readonly data: unknown;
    readonly epoch?: string;
    readonly offset?: number;
}

export class ServerConnection {
    readonly frames: ReceivedFrame[] = [];
    readonly subscriptions = new Set<string>();
    isOpen = true;

    constructor(
        readonly id: string,
        readonly userId: string,
        readonly peer: Peer,
    ) {}

    /** The frames of one action, as they came. */
    of(action: string): readonly ReceivedFrame[] {
        return this.frames.filter((frame) => frame.action === action);
    }
}

interface ChannelLog {
    epoch: string;
    head: number;
    messages: LoggedMessage[];
    /** Ids of connections, by offset. */
    readonly excepted: Map<number, readonly string[]>;
}

/** What the server does with a frame: answer it, leave it unanswered, or refuse it with an error code. */
export type Treatment = "answer" | "ignore" | { readonly code: string };

/**
 * The server's side of the wire protocol, with a log per channel, and with faults on demand: the model that the client
 * is tested against, over real sockets and in memory.
 */
export class ProtocolServer {
    readonly connections: ServerConnection[] = [];
    /** Namespaces that keep no history. */
    readonly withoutHistory = new Set<string>();
    /** What the function that handles a message or a frame takes for the namespace's setting. */
    keepsHistory: (namespace: string) => boolean = (namespace) => !this.withoutHistory.has(namespace);
    sessionSeconds = 7_200;
    pingSeconds = 300;
    treat: (connection: ServerConnection, frame: ReceivedFrame) => Treatment = () => "answer";
    /** Every frame about a channel passes here, to be sent now, later, twice, or not at all. */
    transmit: (connection: ServerConnection, send: () => void, frame: object) => void = (_connection, send) => {
        send();
    };
    private readonly logs = new Map<string, ChannelLog>();
    private count = 0;

    /** The server's clock is ahead of the client's by this, in seconds. */
    aheadSeconds = 0;

    constructor(private readonly now: () => number) {}

    get open(): readonly ServerConnection[] {
        return this.connections.filter(({ isOpen }) => isOpen);
    }

    /** The newest connection. */
    get latest(): ServerConnection {
        const latest = this.connections.at(-1);
        if (latest === undefined) {
            throw new Error("Nobody has connected");
        }
        return latest;
    }

    connect(userId: string, peer: Peer): ServerConnection {
        const connection = new ServerConnection(`c${this.connections.length + 1}=`, userId, peer);
        this.connections.push(connection);
        return connection;
    }

    disconnected(connection: ServerConnection): void {
        connection.isOpen = false;
        connection.subscriptions.clear();
    }

    receive(connection: ServerConnection, text: string): void {
        const frame = JSON.parse(text) as ReceivedFrame;
        connection.frames.push(frame);
        const treatment = this.treat(connection, frame);
        if (treatment === "answer") {
            this.answer(connection, frame);
        } else if (treatment !== "ignore") {
            send(connection, { type: "error", id: frame.id, code: treatment.code, message: "refused by the test" });
        }
    }

    /** Numbers a message, logs it where the namespace keeps history, and pushes it to who is subscribed. */
    publish(channel: string, data: unknown, except: readonly string[] = []): LoggedMessage {
        this.count += 1;
        const [source = ""] = channel.split("/");
        const base = {
            type: "message",
            channel,
            id: `m${this.count}`,
            source,
            event: "Tested",
            time: "",
            data,
        } as const;
        const message = this.keepsHistory(source) ? this.append(base, except) : this.unnumbered(base);
        for (const connection of this.open) {
            if (connection.subscriptions.has(channel)) {
                this.push(connection, message, except);
            }
        }
        return message;
    }

    /** Where the channel's log is. */
    head(channel: string): Position {
        const { epoch, head } = this.logOf(channel);
        return { epoch, offset: head };
    }

    /** Starts the channel's log over, under a new epoch. */
    startOver(channel: string): void {
        this.count += 1;
        this.logs.set(channel, { epoch: `e${this.count}`, head: 0, messages: [], excepted: new Map() });
    }

    /** Forgets all but the last messages of a channel. */
    trim(channel: string, keep: number): void {
        const log = this.logOf(channel);
        log.messages = keep === 0 ? [] : log.messages.slice(-keep);
    }

    /** Drops every connection without a word. */
    dropAll(): void {
        for (const connection of this.open) {
            connection.peer.destroy();
        }
    }

    /** Carries a frame out. */
    answer(connection: ServerConnection, frame: ReceivedFrame): void {
        const channel = (frame.channel ?? "").replace(/\/@me$/, `/@user/${connection.userId}`);
        switch (frame.action) {
            case "hello": {
                const { id: connectionId, userId } = connection;
                const { pingSeconds, sessionSeconds: expiresIn } = this;
                const expiresAt = Math.floor(this.now() / 1000) + this.aheadSeconds + expiresIn;
                const session = { connectionId, userId, expiresAt, expiresIn, pingSeconds };
                send(connection, { type: "welcome", id: frame.id, ...session });
                break;
            }
            case "ping":
                send(connection, { type: "pong" });
                break;
            case "subscribe":
                if (frame.since !== undefined && !readPosition(frame.since.epoch, frame.since.offset).ok) {
                    send(connection, { type: "error", id: frame.id, code: "bad_request", message: "No position" });
                    break;
                }
                connection.subscriptions.add(channel);
                this.confirm(connection, frame, channel);
                break;
            case "unsubscribe":
                connection.subscriptions.delete(channel);
                send(connection, { type: "unsubscribed", id: frame.id, channel });
                break;
            default:
                send(connection, { type: "error", id: frame.id, code: "bad_request", message: "Unknown action" });
        }
    }

    private confirm(connection: ServerConnection, frame: ReceivedFrame, channel: string): void {
        const common = { type: "subscribed", id: frame.id, channel };
        if (!this.keepsHistory(channel.split("/")[0] ?? "")) {
            this.post(connection, { ...common, recovered: false });
            return;
        }
        const log = this.logOf(channel);
        const { since } = frame;
        const missed = since?.epoch === log.epoch ? log.messages.filter(({ offset = 0 }) => offset > since.offset) : [];
        const recovered = since?.epoch === log.epoch && since.offset + missed.length === log.head;
        this.post(connection, { ...common, epoch: log.epoch, offset: log.head, recovered });
        for (const message of recovered ? missed : []) {
            this.push(connection, message, log.excepted.get(message.offset ?? 0) ?? []);
        }
    }

    /** What is not numbered ends the channel's log: who has a position in it has missed something. */
    private unnumbered(message: LoggedMessage): LoggedMessage {
        if (this.logs.has(message.channel)) {
            this.startOver(message.channel);
        }
        return message;
    }

    private append(base: Omit<LoggedMessage, "epoch" | "offset">, except: readonly string[]): LoggedMessage {
        const log = this.logOf(base.channel);
        log.head += 1;
        const message = { ...base, epoch: log.epoch, offset: log.head };
        log.messages.push(message);
        log.excepted.set(message.offset, except);
        return message;
    }

    private logOf(channel: string): ChannelLog {
        const log = this.logs.get(channel) ?? { epoch: "e0", head: 0, messages: [], excepted: new Map() };
        this.logs.set(channel, log);
        return log;
    }

    /** The message; to who is excepted its place, or nothing where it has none. */
    private push(connection: ServerConnection, message: LoggedMessage, except: readonly string[]): void {
        if (!except.includes(connection.id)) {
            this.post(connection, message);
        } else if (message.offset !== undefined) {
            const { channel, offset, epoch } = message;
            this.post(connection, { type: "skip", channel, offset, epoch });
        }
    }

    private post(connection: ServerConnection, frame: object): void {
        this.transmit(
            connection,
            () => {
                send(connection, frame);
            },
            frame,
        );
    }
}

function send(connection: ServerConnection, frame: object): void {
    if (connection.isOpen) {
        connection.peer.send(JSON.stringify(frame));
    }
}
