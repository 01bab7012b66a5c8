import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether `header`, `sha256=<hex>`, is the body's HMAC. The comparison takes the same time wherever they differ. */
export function hasValidSignature(body: Buffer, header: string | undefined, secret: string): boolean {
    const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header ?? "") ?? [];
    if (hex === undefined) {
        return false;
    }
    const expected = createHmac("sha256", secret).update(body).digest();
    return timingSafeEqual(Buffer.from(hex, "hex"), expected);
}
