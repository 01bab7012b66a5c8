import * as http from "node:http";
import * as https from "node:https";
import { retry, settled } from "../runtime/retry";
import type { FetchJson } from "./issuer";

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 1024 * 1024;
const ATTEMPTS = 2;

/**
 * GETs a JSON document, twice if need be: within 3 s each, of 1 MB at most, with status 200, without redirects.
 * Node's `fetch` would do, but takes some 30 ms to load, once per cold start.
 */
export const fetchJson: FetchJson = async (url) => {
    const document = await retry({ attempts: ATTEMPTS, mayChange: ({ ok }) => !ok }, () => settled(read(url)));
    if (document.ok) {
        return document.value;
    }
    throw document.reason;
};

async function read(url: URL): Promise<unknown> {
    return JSON.parse(await get(url));
}

function get(url: URL): Promise<string> {
    const { get: request } = url.protocol === "https:" ? https : http;
    return new Promise((resolve, reject) => {
        const options = { signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: "application/json" } };
        const sent = request(url, options, (response) => {
            const chunks: Buffer[] = [];
            let bytes = 0;
            if (response.statusCode !== 200) {
                sent.destroy(new Error(`the status is ${response.statusCode ?? 0}`));
                return;
            }
            response.on("data", (chunk: Buffer) => {
                chunks.push(chunk);
                bytes += chunk.length;
                if (bytes > MAX_BYTES) {
                    sent.destroy(new Error(`it has more than ${MAX_BYTES} bytes`));
                }
            });
            response.on("end", () => {
                resolve(Buffer.concat(chunks).toString("utf8"));
            });
            response.on("error", reject);
        });
        sent.on("error", reject);
    });
}
