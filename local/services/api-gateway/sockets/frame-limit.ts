import type { Duplex } from "node:stream";

const BASE_HEADER_BYTES = 2;
const MASK_BYTES = 4;

/**
 * Watches the frames that come in on a WebSocket's transport, and calls `exceeded` at the header of the first one whose
 * payload is longer than `maxBytes`. The `ws` library bounds whole messages only, so this reads frame headers
 * (RFC 6455, section 5.2) beside it. Must be attached so that it sees each chunk before `ws` does.
 */
export function watchFrameLengths(transport: Duplex, maxBytes: number, exceeded: () => void): void {
    const reader = new FrameHeaderReader();
    const watch = (chunk: Buffer): void => {
        if (reader.push(chunk).some((length) => length > maxBytes)) {
            transport.off("data", watch);
            exceeded();
        }
    };
    transport.prependListener("data", watch);
}

/** Finds the payload lengths of the frames in a byte stream, however it is cut into chunks. */
export class FrameHeaderReader {
    #header = Buffer.alloc(0);
    #payloadLeft = 0;

    /** The payload length of each frame whose header is complete with this chunk. */
    push(chunk: Buffer): number[] {
        const lengths: number[] = [];
        let at = 0;
        while (at < chunk.length) {
            if (this.#payloadLeft > 0) {
                const skipped = Math.min(this.#payloadLeft, chunk.length - at);
                this.#payloadLeft -= skipped;
                at += skipped;
                continue;
            }
            const needed = headerLength(this.#header) - this.#header.length;
            this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + needed)]);
            at += needed;
            if (this.#header.length >= BASE_HEADER_BYTES && this.#header.length === headerLength(this.#header)) {
                this.#payloadLeft = payloadLength(this.#header);
                lengths.push(this.#payloadLeft);
                this.#header = Buffer.alloc(0);
            }
        }
        return lengths;
    }
}

/** How long the header is, as far as its first bytes tell. */
function headerLength(start: Buffer): number {
    const second = start[1];
    if (second === undefined) {
        return BASE_HEADER_BYTES;
    }
    const mask = (second & 0x80) === 0 ? 0 : MASK_BYTES;
    return BASE_HEADER_BYTES + extendedLengthBytes(second) + mask;
}

function extendedLengthBytes(second: number): 0 | 2 | 8 {
    switch (second & 0x7f) {
        case 126:
            return 2;
        case 127:
            return 8;
        default:
            return 0;
    }
}

function payloadLength(header: Buffer): number {
    const second = header.readUInt8(1);
    switch (extendedLengthBytes(second)) {
        case 0:
            return second & 0x7f;
        case 2:
            return header.readUInt16BE(BASE_HEADER_BYTES);
        case 8:
            return Number(header.readBigUInt64BE(BASE_HEADER_BYTES));
    }
}
