/** A place in a channel's log. Offsets count 1, 2, 3… within an epoch; a new epoch means that they started over. */
export interface Position {
    readonly epoch: string;
    readonly offset: number;
}

/** How long, and how many of, a namespace's messages are kept for replay. */
export interface HistorySettings {
    readonly ttlSeconds: number;
    readonly maxMessages: number;
}

/** What a message is stored with. `data` is its JSON text. */
export interface LogEntry {
    readonly channel: string;
    /** Of one key, every append answers with the same position. */
    readonly idempotencyKey: string;
    readonly namespace: string;
    readonly event: string;
    readonly time: string;
    readonly data: string;
}

/** Where messages of namespaces with history are numbered before anybody is told of them. */
export interface MessageLog {
    append(entry: LogEntry, settings: HistorySettings): Promise<Position>;
}

/** What a subscriber is told about the messages before its subscription. */
export interface Recovery {
    /** Whether `missed` is everything since the position that the subscriber had. */
    readonly recovered: boolean;
    /** Where the channel's log stands; absent where the namespace keeps none. */
    readonly position?: Position;
    /** Message frames, in order. */
    readonly missed: readonly string[];
}

/** Where missed messages are read back. Asked only after the subscription is stored, so that nothing falls between. */
export interface History {
    since(channel: string, position: Position | undefined): Promise<Recovery>;
}

/** The answer of a namespace without history. */
export const NO_RECOVERY: Recovery = { recovered: false, missed: [] };
