import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";

/** A WebSocket client that keeps to no rule but the handshake. */
export class RawSocket {
    private received = "";

    private constructor(private readonly socket: Socket) {
        socket.on("data", (bytes: Buffer) => {
            this.received += bytes.toString("latin1");
        });
        // A reset is one of the answers to be expected.
        socket.on("error", () => undefined);
    }

    static async open(url: string, token: string): Promise<RawSocket> {
        const { hostname, port, pathname, host } = new URL(url);
        const socket = connect(Number(port), hostname);
        await once(socket, "connect");
        const raw = new RawSocket(socket);
        raw.write(
            Buffer.from(
                [
                    `GET ${pathname} HTTP/1.1`,
                    `Host: ${host}`,
                    `Authorization: Bearer ${token}`,
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "\r\n",
                ].join("\r\n"),
            ),
        );
        while (!raw.received.includes("\r\n\r\n")) {
            await once(socket, "data");
        }
        if (!raw.received.startsWith("HTTP/1.1 101 ")) {
            throw new Error(`the handshake was answered with ${raw.received}`);
        }
        return raw;
    }

    /** All that came from the server, byte for byte. */
    get text(): string {
        return this.received;
    }

    write(bytes: Buffer): void {
        if (this.socket.writable) {
            this.socket.write(bytes);
        }
    }

    /** Says that nothing follows, waits until the server has ended too, and so has read everything. */
    async end(): Promise<void> {
        if (!this.socket.destroyed) {
            const closed = once(this.socket, "close");
            this.socket.end();
            await closed;
        }
    }
}

export interface FrameBits {
    readonly opcode: number;
    readonly payload: Buffer;
    readonly final?: boolean;
    /** The three reserved bits, 0 to 7. */
    readonly reserved?: number;
    readonly masked?: boolean;
    /** What the header says, whatever the payload has. */
    readonly length?: number;
}

/** A frame as RFC 6455 has it, section 5.2, with whatever the bits say. */
export function rawFrame({
    opcode,
    payload,
    final = true,
    reserved = 0,
    masked = true,
    length = payload.length,
}: FrameBits): Buffer {
    const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
    const body = masked ? Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) : payload;
    const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
    const maskBit = masked ? 0x80 : 0;
    const size = Buffer.alloc(9);
    if (length < 126) {
        size[0] = maskBit | length;
        return Buffer.concat([Buffer.from([first]), size.subarray(0, 1), masked ? mask : Buffer.alloc(0), body]);
    }
    const isShort = length < 0x1_00_00;
    size[0] = maskBit | (isShort ? 126 : 127);
    if (isShort) {
        size.writeUInt16BE(length, 1);
    } else {
        size.writeBigUInt64BE(BigInt(length), 1);
    }
    return Buffer.concat([
        Buffer.from([first]),
        size.subarray(0, isShort ? 3 : 9),
        masked ? mask : Buffer.alloc(0),
        body,
    ]);
}
