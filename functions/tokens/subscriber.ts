import type { Identity } from "../../contract/rules";

/** The user behind a connection, as its token names him. */
export interface Subscriber extends Identity {
    /** Epoch seconds at which the token expires. */
    readonly expiresAt: number;
}
