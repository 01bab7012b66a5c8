import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";

export interface Posted {
    /** Decoded from the path. */
    readonly connectionId: string;
    readonly path: string;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
}

/** What a post is answered with: a status, a status with an error's text, a connection reset, or nothing at all. */
export type Reply =
    number | { readonly status: number; readonly errorType?: string; readonly body?: string } | "reset" | "silence";

/** Decides on each post; `attempt` counts the posts to this connection, from 1. */
export type Script = (connectionId: string, attempt: number) => Reply | Promise<Reply>;

/** The `@connections` of a stage "v1" on a real socket, which answers as a test says. */
export class FakeManagementApi {
    readonly posts: Posted[] = [];
    script: Script = () => 200;
    #inFlight = 0;
    #mostInFlight = 0;

    private constructor(
        private readonly server: http.Server | https.Server,
        private readonly scheme: string,
    ) {}

    static async start(tls?: { readonly key: string; readonly cert: string }): Promise<FakeManagementApi> {
        const server = tls === undefined ? http.createServer() : https.createServer(tls);
        const api = new FakeManagementApi(server, tls === undefined ? "http" : "https");
        server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
            void api.serve(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return api;
    }

    get endpoint(): URL {
        return new URL(`${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`);
    }

    /** The largest number of posts that were being answered at one time. */
    get mostInFlight(): number {
        return this.#mostInFlight;
    }

    /** What a connection has received with success, parsed. */
    received(connectionId: string): readonly unknown[] {
        return this.posts
            .filter((post) => post.connectionId === connectionId)
            .map(({ body }) => JSON.parse(body) as unknown);
    }

    attempts(connectionId: string): number {
        return this.posts.filter((post) => post.connectionId === connectionId).length;
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
        this.#mostInFlight = Math.max(this.#mostInFlight, ++this.#inFlight);
        const chunks: Buffer[] = [];
        for await (const chunk of request) {
            chunks.push(chunk as Buffer);
        }
        const path = request.url ?? "";
        const connectionId = decodeURIComponent(/^\/v1\/@connections\/([^/?]+)$/.exec(path)?.[1] ?? "");
        this.posts.push({ connectionId, path, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
        const reply = await this.script(connectionId, this.attempts(connectionId));
        this.#inFlight--;
        if (reply === "reset") {
            request.socket.resetAndDestroy();
        } else if (reply !== "silence") {
            const { status, errorType, body } =
                typeof reply === "number" ? { status: reply, errorType: undefined, body: "" } : reply;
            response.writeHead(status, errorType === undefined ? {} : { "x-amzn-ErrorType": errorType });
            response.end(body);
        }
    }
}
