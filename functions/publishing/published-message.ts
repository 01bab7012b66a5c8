import type { Message } from "../wire/server-frames";

/** A message as it was accepted: of a registered namespace, for channels of that namespace. */
export interface PublishedMessage extends Message {
    /** Distinct, and at least one. */
    readonly channels: readonly string[];
    /** Connections that do not get it, such as the one whose user caused it. */
    readonly except: ReadonlySet<string>;
}
