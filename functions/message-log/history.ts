import type { HistorySettings } from "../../contract/namespace";
import type { Position } from "../../contract/protocol";

/** A message as a channel's log takes it. */
export interface LogEntry {
    /** Of one id, every append answers with the same position. */
    readonly id: string;
    /** The frame without its position, which the log does not look into. */
    readonly body: string;
    /** Connections that do not get it, now or in a replay. Absent where there are none. */
    readonly except?: readonly string[];
}

/** What is in the log under an id. */
export interface Appended {
    readonly position: Position;
    /** What the log holds: the entry itself, or, of a repeated one, what was appended first, as long as it is kept. */
    readonly entry: LogEntry;
    /** An earlier attempt had numbered it. It may have crashed before it told anybody. */
    readonly repeated: boolean;
}

/** Where messages of namespaces with history are numbered before anybody is told of them. */
export interface MessageLog {
    append(channel: string, entry: LogEntry, settings: HistorySettings): Promise<Appended>;
    /**
     * Ends the channel's log, if it has one: no position in it is recovered any more, and the next number is one of a
     * new epoch. To be called for each message that is not numbered, before its audience is read: whoever misses it, and
     * comes back once there is history again, must not be told that it missed nothing.
     */
    end(channel: string): Promise<void>;
}

/** What a subscriber is told about the messages before its subscription. */
export interface Recovery {
    /** Whether `missed` is everything since the position that the subscriber had. */
    readonly recovered: boolean;
    /** Where the channel's log stands; absent where the namespace keeps none. */
    readonly position?: Position;
    /**
     * Message frames, in order, as they were pushed; of a message that excepts the subscriber, the frame with its
     * place. They may be read from the log only as they are taken, since they can be more than fits into memory. Throws
     * a ReplayInterruptedError where the rest is not in the log any more: what was taken until then is right, and the
     * subscriber has to be told that there is no more.
     */
    readonly missed: Iterable<string> | AsyncIterable<string>;
}

/** Thrown while missed messages are read, when the next one has been overwritten or has expired meanwhile. */
export class ReplayInterruptedError extends Error {
    override readonly name = "ReplayInterruptedError";
    readonly code = "replay_interrupted";

    constructor(channel: string, offset: number) {
        super(`The log of ${channel} has lost offset ${offset} while it was being replayed.`);
    }
}

/** Where missed messages are read back. Asked only after the subscription is stored, so that nothing falls between. */
export interface History {
    /** @param connectionId who asks: is told only the place of messages that except it. */
    since(channel: string, position: Position | undefined, connectionId: string): Promise<Recovery>;
}

/** The answer of a namespace without history. */
export const NO_RECOVERY: Recovery = { recovered: false, missed: [] };
