import type { IncomingMessage } from "node:http";

/**
 * The whole body of a request, or undefined when it is longer than `maxBytes`; it is then read to its end all the same,
 * so that the client sees the answer. Rejects when the client goes away before the end.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let length = 0;
        request.on("data", (chunk: Buffer) => {
            length += chunk.length;
            if (length <= maxBytes) {
                chunks.push(chunk);
            }
        });
        request.on("end", () => {
            const [first] = chunks;
            const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
            resolve(length > maxBytes ? undefined : whole);
        });
        request.on("error", reject);
        request.on("close", () => {
            reject(new Error("the client went away while it was sending"));
        });
    });
}
