import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { FrameHeaderReader } from "../../../../../local/services/api-gateway/sockets/frame-limit";

/** A frame as it goes over the wire (RFC 6455, section 5.2); only its lengths matter here. */
function frame(length: number, masked: boolean): Buffer {
    const mask = masked ? 0x80 : 0;
    const head =
        length < 126
            ? Buffer.from([0x81, mask | length])
            : length < 65_536
              ? Buffer.from([0x81, mask | 126, length >> 8, length & 0xff])
              : Buffer.from([0x81, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff]);
    return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0xff)]);
}

const LENGTHS = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 65_535, 65_536, 32_768, 32_769));

describe("The frame header reader", () => {
    it("finds each frame's length, however the bytes are cut into chunks", () => {
        fc.assert(
            fc.property(
                fc.array(fc.tuple(LENGTHS, fc.boolean()), { maxLength: 6 }),
                fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 20 }),
                (frames, cuts) => {
                    const bytes = Buffer.concat(frames.map(([length, masked]) => frame(length, masked)));
                    const reader = new FrameHeaderReader();
                    const found: number[] = [];
                    for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
                        const size = cuts[cut % cuts.length] ?? 1;
                        found.push(...reader.push(bytes.subarray(at, at + size)));
                        at += size;
                    }
                    assert.deepEqual(
                        found,
                        frames.map(([length]) => length),
                    );
                },
            ),
        );
    });

    it("knows a length as soon as the header is there, without the payload", () => {
        const reader = new FrameHeaderReader();

        const found = [...frame(70_000, true).subarray(0, 14)].map((byte) => reader.push(Buffer.from([byte])));

        assert.deepEqual(found.slice(0, 13).flat(), []);
        assert.deepEqual(found[13], [70_000]);
    });
});
