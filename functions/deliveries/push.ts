/** One message on one channel: what the connections in the channel's audience are posted. */
export interface Push {
    readonly namespace: string;
    /** The message's. */
    readonly id: string;
    readonly channel: string;
    /** The frame, as text, without characters that a queue refuses. */
    readonly frame: string;
    /** When it was first handed to the fan-out, in epoch milliseconds: its age counts from here. */
    readonly publishedAt: number;
    /**
     * The frame for the connections that the message excepts, which says where it has its place. Absent where it
     * excepts none, or has no place: then they are posted nothing.
     */
    readonly skip?: string;
}

/** What excepted connections are posted. Nobody counts on it, so it is in no report. */
export function skipOf(push: Push): Push | undefined {
    return push.skip === undefined ? undefined : { ...push, frame: push.skip };
}

/** Whether it is what `skipOf` gave. */
export function isSkip(push: Push): boolean {
    return push.frame === push.skip;
}
