import { createHash, randomBytes } from "node:crypto";

/**
 * A connection id as AWS makes them, for example `IU3kkeN4IAMCJwA=`: 15 characters and a `=`, which must be URL-encoded
 * in a path. Ids without that character would hide a missing encoding.
 */
export function newConnectionId(): string {
    return opaqueId();
}

export function isConnectionId(text: string): boolean {
    return /^[\w-]{15}=$/.test(text);
}

/** The id of a request or of a message, of the same shape as a connection id. */
export function newRequestId(): string {
    return opaqueId();
}

/** An id for something in a stack: the same at every start, since it comes from what names it there. */
export function stableId(name: string, length: number): string {
    const digest = createHash("sha256").update(name).digest();
    return BigInt(`0x${digest.toString("hex")}`)
        .toString(36)
        .padStart(length, "0")
        .slice(-length);
}

const ID_BYTES = 11;

/** Drawn in bulk: one call to the system's random source for each id would be a good part of the cost of a post. */
let entropy = Buffer.alloc(0);

function opaqueId(): string {
    if (entropy.length < ID_BYTES) {
        entropy = randomBytes(ID_BYTES * 256);
    }
    const id = entropy.toString("base64url", 0, ID_BYTES);
    entropy = entropy.subarray(ID_BYTES);
    return `${id}=`;
}
