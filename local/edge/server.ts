import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ACCOUNT_ID, REGION } from "../aws/account";
import { AwsError } from "../aws/aws-error";
import { jsonError, jsonResponse } from "./json-service";
import type { FunctionCrashes } from "./crashes";
import { queryError } from "./query-protocol";
import type { EdgeResponse, EdgeService, RequestHead } from "./service";
import { accessKeyOf, type SignatureVerifier, signingName, signingRegion } from "../signing/sigv4";

/** DynamoDB's own limit for a request is 16 MB, and the greatest of the services here. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Longer than SDK clients keep an idle socket, so that it is never we who close a socket about to be used. */
const KEEP_ALIVE_MS = 120_000;

export interface EdgeServerOptions {
    readonly verifier: SignatureVerifier;
    /** Receives what went wrong inside the edge itself; a client only sees InternalFailure. */
    readonly log: (line: string) => void;
    /** Ends functions at requests of theirs. Defaults to none. */
    readonly crashes?: FunctionCrashes | undefined;
    /** What answers requests that are signed for another Region than ours. Defaults to what answers ours. */
    readonly elsewhere?: (region: string) => Promise<readonly EdgeService[]>;
}

/** Services of an account, wherever a request is signed for. */
const GLOBAL = new Set(["sts", "iam"]);

/** The one HTTP endpoint for AWS SDKs and the AWS CLI: verifies each request and hands it to its service. */
export class EdgeServer {
    readonly #server: Server;
    readonly #services: EdgeService[] = [];

    constructor(private readonly options: EdgeServerOptions) {
        this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
            void this.#serve(request, response);
        });
    }

    /** Adds a service; of several that match a request, the one registered first gets it. May be called at any time. */
    register(...services: readonly EdgeService[]): void {
        this.#services.push(...services);
    }

    /**
     * Starts to accept requests and returns the base URL, for example `http://127.0.0.1:4566`.
     * Rejects with node's error (`code` EADDRINUSE) when the port is taken.
     *
     * @param port 0 picks a free one. Defaults to 4566.
     * @param host Defaults to 127.0.0.1.
     */
    async listen(port = 4566, host = "127.0.0.1"): Promise<string> {
        await new Promise<void>((resolve, reject) => {
            this.#server.once("error", reject);
            this.#server.listen(port, host, () => {
                this.#server.off("error", reject);
                resolve();
            });
        });
        return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
    }

    /** Stops accepting, and ends what is still open: long polls would otherwise hold the process for 20 seconds. */
    async close(): Promise<void> {
        if (!this.#server.listening) {
            return;
        }
        await new Promise<void>((resolve) => {
            this.#server.close(() => {
                resolve();
            });
            this.#server.closeAllConnections();
        });
    }

    async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
        const id = randomUUID();
        let response: EdgeResponse | undefined;
        try {
            response = await this.#respond(incoming, id);
        } catch {
            // The client went away while it was still sending.
        }
        if (response === undefined) {
            outgoing.destroy();
            return;
        }
        outgoing.writeHead(response.status, {
            ...response.headers,
            "x-amzn-requestid": id,
            "content-length": Buffer.byteLength(response.body),
        });
        outgoing.end(response.body);
    }

    /** Undefined: there is nobody left to answer. */
    async #respond(incoming: IncomingMessage, id: string): Promise<EdgeResponse | undefined> {
        const head = requestHead(incoming);
        const body = await readBody(incoming);
        const services = await this.#servicesFor(head);
        const service = services.find((candidate) => candidate.matches(head));
        try {
            if (body === undefined) {
                throw new AwsError("RequestEntityTooLargeException", "The request is larger than 16 MB", 413);
            }
            if (service === undefined) {
                return this.#withoutService(head);
            }
            const { method = "GET", url = "/" } = incoming;
            const principal = this.options.verifier.verifyRequest({ method, url, headers: head.headers, body });
            const { crashes } = this.options;
            const request = { ...head, id, body, principal };
            if (crashes === undefined) {
                return await service.handle(request);
            }
            const accessKeyId = accessKeyOf(head.headers.authorization);
            const operation = `${service.name}:${head.operation}`;
            return await crashes.around({ principal, accessKeyId, operation }, () => service.handle(request));
        } catch (error) {
            return (service ?? unmatched(head)).renderError(this.#toAwsError(error));
        }
    }

    async #servicesFor({ headers, signingName }: RequestHead): Promise<readonly EdgeService[]> {
        const { elsewhere } = this.options;
        const region = signingRegion(headers.authorization);
        const isOurs = region === "" || region === REGION || GLOBAL.has(signingName);
        return isOurs || elsewhere === undefined ? this.#services : elsewhere(region);
    }

    #toAwsError(error: unknown): AwsError {
        if (error instanceof AwsError) {
            return error;
        }
        this.options.log(`edge: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return new AwsError("InternalFailure", "The local cloud failed; its log says why.", 500);
    }

    #withoutService(head: RequestHead): EdgeResponse {
        const services = this.#services.map(({ name }) => name);
        if (head.method === "GET" && head.headers.authorization === undefined) {
            if (head.path === "/" || head.path === "/health") {
                return jsonResponse({ status: "ok", account: ACCOUNT_ID, region: REGION, services }, "1.0");
            }
        }
        const asked = head.headers["x-amz-target"] ?? `${head.method} ${head.path}`;
        const signedFor = head.signingName === "" ? "" : `, signed for ${head.signingName}`;
        const text = `The local cloud does not have ${asked}${signedFor}. It has: ${services.join(", ")}.`;
        throw new AwsError("UnknownOperationException", text);
    }
}

function requestHead(incoming: IncomingMessage): RequestHead {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(incoming.headers)) {
        if (value !== undefined) {
            headers[name] = typeof value === "string" ? value : value.join(",");
        }
    }
    const url = incoming.url ?? "/";
    const queryStart = url.indexOf("?");
    const target = headers["x-amz-target"] ?? "";
    const dot = target.indexOf(".");
    return {
        method: incoming.method ?? "GET",
        path: queryStart < 0 ? url : url.slice(0, queryStart),
        query: new URLSearchParams(queryStart < 0 ? "" : url.slice(queryStart + 1)),
        headers,
        targetPrefix: dot < 0 ? "" : target.slice(0, dot),
        operation: dot < 0 ? "" : target.slice(dot + 1),
        signingName: signingName(headers.authorization),
    };
}

/** The whole body, or undefined when it is too large (and read to its end all the same, so that the answer is seen). */
function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on("data", (chunk: Buffer) => {
            length += chunk.length;
            if (length <= MAX_BODY_BYTES) {
                chunks.push(chunk);
            }
        });
        incoming.once("end", () => {
            resolve(length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks));
        });
        incoming.once("error", reject);
        incoming.once("close", () => {
            reject(new Error("the client went away"));
        });
    });
}

/** How to answer a request that no service wants, in the protocol it seems to speak. */
function unmatched(head: RequestHead): Pick<EdgeService, "renderError"> {
    const form = head.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
    return { renderError: form ? queryError : (error) => jsonError(error, "1.0") };
}
