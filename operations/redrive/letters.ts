/** A message of a dead-letter queue. */
export interface Letter {
    readonly messageId: string;
    readonly body: string;
    /** Epoch milliseconds, by the queue's clock. */
    readonly sentAt: number;
    /** What the sender wrote on the outside: EventBridge puts its error there, and the bare event inside. */
    readonly note?: string;
}

/** A letter that nobody else sees for now. */
export interface HeldLetter extends Letter {
    /** Takes it off the queue for good. */
    remove(): Promise<void>;
    /** Lets others see it again. */
    release(): Promise<void>;
}

/** The dead-letter queue, for taking letters up. */
export interface Letters {
    /** Holds some letters; none when there are no more to be seen. */
    receive(): Promise<readonly HeldLetter[]>;
}

/** The dead-letter queue, for looking. Everybody else sees the letters as before. */
export interface LettersInView {
    /** How many there are to be seen, about. */
    count(): Promise<number>;
    /** Some of them. The next call may give the same. */
    look(): Promise<readonly Letter[]>;
}
