/** What to answer to one POST on a connection instead of what would be right. */
export interface ConnectionFault {
    /** A status; or cut the caller's socket; or do not answer at all. */
    readonly answer: number | "reset" | "hang";
    /** Whether the client gets the message all the same, as when only the answer is lost. Defaults to false. */
    readonly delivered?: boolean;
}

/**
 * Decides on a fault, or undefined for none. For tests of what a sender makes of failures.
 *
 * @param attempt which POST on that connection this is, from 1
 */
export type ConnectionFaults = (connectionId: string, attempt: number) => ConnectionFault | undefined;
