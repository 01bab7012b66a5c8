import type { Dispatcher } from "undici";
import { MAX_SERVER_FRAME_BYTES } from "../../../contract/limits";
import type { PostOutcome, Transport } from "../transport";
import type { CredentialProvider } from "./credentials";
import { environmentCredentials } from "./credentials";
import type { Release } from "./keep-alive-clients";
import { KeepAliveClients } from "./keep-alive-clients";
import { canonicalPath, createPayload, percentEncode, Signer } from "./sigv4";

/** API Gateway's `@connections`. */
export interface Sender extends Transport {
    close(): Promise<void>;
}

export interface SenderOptions {
    /** The stage's callback URL: `https://….execute-api.<region>.amazonaws.com/<stage>`. */
    readonly endpoint: URL;
    readonly region: string;
    readonly credentials: CredentialProvider;
    readonly clock: () => number;
    /** Sockets at a time. A post beyond them waits for one. */
    readonly connections: number;
    /** For the connection, and again for the answer. Defaults to 5,000 ms. */
    readonly timeoutMs?: number;
}

const DELIVERED: PostOutcome = { kind: "delivered" };
const GONE: PostOutcome = { kind: "gone" };
const MAX_REASON_BYTES = 512;

/**
 * Signs and posts over keep-alive connections. The SDK's client does the same at about ten times the CPU per message, and
 * retries on its own; here the caller owns the retries.
 */
export function createSender(options: SenderOptions): Sender {
    const { endpoint, timeoutMs = 5_000 } = options;
    const signer = new Signer({ ...options, host: endpoint.host, service: "execute-api" });
    const clients = new KeepAliveClients(endpoint.origin, options.connections, {
        connectTimeout: timeoutMs,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
    });
    // "@" is written as it is on the wire, as the SDK does, and encoded where it is signed.
    const wirePrefix = `${endpoint.pathname.replace(/\/$/, "")}/@connections/`;
    const canonicalPrefix = canonicalPath(wirePrefix);
    return {
        maxFrameBytes: MAX_SERVER_FRAME_BYTES,
        prepare(frame) {
            const payload = createPayload(frame);
            return {
                postTo(connectionId) {
                    const id = percentEncode(connectionId);
                    return new Promise((resolve) => {
                        const headers = signer.sign(`${canonicalPrefix}${percentEncode(id)}`, payload);
                        clients.use((client, release) => {
                            client.dispatch(
                                { method: "POST", path: `${wirePrefix}${id}`, headers, body: payload.bytes },
                                new PostHandler(resolve, release),
                            );
                        });
                    });
                },
            };
        },
        close: () => clients.close(),
    };
}

/** The sender of a function on AWS: with its settings, its role's credentials and its machine's clock. */
export function openSender(
    { managementEndpoint: endpoint, region }: { readonly managementEndpoint: URL; readonly region: string },
    options: Pick<SenderOptions, "connections" | "timeoutMs">,
): Sender {
    return createSender({
        endpoint,
        region,
        credentials: environmentCredentials(process.env),
        clock: Date.now,
        ...options,
    });
}

/** Takes one response, and keeps of it no more than an operator needs to see. */
class PostHandler implements Dispatcher.DispatchHandler {
    private status = 0;
    private errorType = "";
    private body = "";

    constructor(
        private readonly resolve: (outcome: PostOutcome) => void,
        private readonly release: Release,
    ) {}

    // undici's older handler interface: the newer one is wrapped into it, and parses every header of every response.
    onConnect(): void {
        // There is nothing to prepare; undici asks for the method.
    }

    onHeaders(status: number, headers: Buffer[]): boolean {
        this.status = status;
        if (status >= 400) {
            this.errorType = rawHeader(headers, "x-amzn-errortype");
        }
        return true;
    }

    onData(chunk: Buffer): boolean {
        if (this.status >= 400 && this.body.length < MAX_REASON_BYTES) {
            this.body += chunk.toString("utf8", 0, MAX_REASON_BYTES);
        }
        return true;
    }

    onComplete(): void {
        this.release(false);
        this.resolve(this.outcome());
    }

    onError(error: Error): void {
        this.release(true);
        const code = "code" in error ? String(error.code) : error.name;
        const reason = `${code}: ${error.message}`;
        this.resolve(code === "UND_ERR_INVALID_ARG" ? { kind: "refused", reason } : { kind: "unavailable", reason });
    }

    /**
     * 410: there is no such connection, or not yet, since `$connect` runs before the socket exists. 429: the account's
     * rate is used up, or this client reads too slowly. 5xx passes; 400, 403, 413 and others do not.
     */
    private outcome(): PostOutcome {
        if (this.status >= 200 && this.status < 300) {
            return DELIVERED;
        }
        if (this.status === 410) {
            return GONE;
        }
        const reason = [this.status, this.errorType, this.body.slice(0, MAX_REASON_BYTES)]
            .filter((part) => part !== "")
            .join(" ");
        if (this.status === 429) {
            return { kind: "throttled", reason };
        }
        return this.status >= 500 ? { kind: "unavailable", reason } : { kind: "refused", reason };
    }
}

function rawHeader(headers: readonly Buffer[], name: string): string {
    for (let index = 0; index + 1 < headers.length; index += 2) {
        if (headers[index]?.toString("latin1").toLowerCase() === name) {
            return headers[index + 1]?.toString("latin1") ?? "";
        }
    }
    return "";
}
