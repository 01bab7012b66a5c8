import { randomBytes } from "node:crypto";
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import type { Dispatcher } from "undici";
import { Pool } from "undici";
import { Slots } from "../../functions/runtime/concurrency";
import { KeepAliveClients } from "../../functions/transports/api-gateway/keep-alive-clients";
import { createSender } from "../../functions/transports/api-gateway/sender";

/** How one way of sending did in one round. */
export interface Round {
    readonly way: Way;
    readonly perSecond: number;
    readonly cpuMicroseconds: number;
}

export type Way = "sender" | "bare" | "pool" | "sdk";

const IN_FLIGHT = 256;
/** Of a role, as Lambda has them: with a session token. */
const CREDENTIALS = {
    accessKeyId: "ASIAEXAMPLEEXAMPLE12",
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(600).toString("base64"),
};
const FRAME = JSON.stringify({
    type: "message",
    channel: "orders/@all",
    offset: 18,
    epoch: "01HP7Z0000",
    id: "3f1e2d4c-0000-4000-8000-000000000000",
    source: "orders",
    event: "OrderShipped",
    time: "2024-02-09T18:11:43Z",
    data: { orderId: "42", status: "shipped" },
});

async function main(): Promise<void> {
    const [endpoint = "", messages = "", rounds = ""] = process.argv.slice(2);
    const url = new URL(endpoint);
    const ids = Array.from({ length: Number(messages) }, () => `${randomBytes(12).toString("base64").slice(0, 15)}=`);
    const ways = { sender: viaSender(url), bare: viaBarePosts(url), pool: viaPool(url), sdk: viaSdk(url) };
    for (let round = 0; round <= Number(rounds); round++) {
        for (const [way, send] of Object.entries(ways)) {
            globalThis.gc?.();
            const cpu = process.cpuUsage();
            const start = process.hrtime.bigint();
            await send(ids);
            const seconds = Number(process.hrtime.bigint() - start) / 1e9;
            const { user, system } = process.cpuUsage(cpu);
            // The first round opens the connections and lets the code be compiled.
            if (round > 0) {
                process.send?.({ way, perSecond: ids.length / seconds, cpuMicroseconds: (user + system) / ids.length });
            }
        }
    }
    process.exit();
}

type Send = (ids: readonly string[]) => Promise<void>;

function viaSender(endpoint: URL): Send {
    const sender = createSender({
        endpoint,
        region: "us-east-1",
        credentials: () => CREDENTIALS,
        clock: Date.now,
        connections: IN_FLIGHT,
    });
    const frame = sender.prepare(FRAME);
    return inParallel(async (id) => {
        const { kind } = await frame.postTo(id);
        if (kind !== "delivered") {
            throw new Error(`a post was not delivered but ${kind}`);
        }
    });
}

/** The same HTTP client and connections without anything that the sender does for a post but the post. */
function viaBarePosts(endpoint: URL): Send {
    const clients = new KeepAliveClients(endpoint.origin, IN_FLIGHT, {});
    const body = Buffer.from(FRAME);
    return inParallel(
        (id) =>
            new Promise((resolve, reject) => {
                const path = `${endpoint.pathname}/@connections/${encodeURIComponent(id)}`;
                clients.use((client, release) => {
                    const done = (): void => {
                        release(false);
                        resolve();
                    };
                    client.dispatch({ method: "POST", path, body }, new BareHandler(done, reject));
                });
            }),
    );
}

/** The same HTTP client as most use it, by its own pool. */
function viaPool(endpoint: URL): Send {
    const pool = new Pool(endpoint.origin, { connections: IN_FLIGHT });
    const body = Buffer.from(FRAME);
    return inParallel(
        (id) =>
            new Promise((resolve, reject) => {
                const path = `${endpoint.pathname}/@connections/${encodeURIComponent(id)}`;
                pool.dispatch({ method: "POST", path, body }, new BareHandler(resolve, reject));
            }),
    );
}

/** Of the same kind as the sender's, and looks at nothing. */
class BareHandler implements Dispatcher.DispatchHandler {
    constructor(
        private readonly resolve: () => void,
        private readonly reject: (error: Error) => void,
    ) {}

    onConnect(): void {
        // undici asks for the method.
    }

    onHeaders(): boolean {
        return true;
    }

    onData(): boolean {
        return true;
    }

    onComplete(): void {
        this.resolve();
    }

    onError(error: Error): void {
        this.reject(error);
    }
}

/** The SDK's client as most use it: default settings, everything asked for at once. */
function viaSdk(endpoint: URL): Send {
    const client = new ApiGatewayManagementApiClient({
        endpoint: endpoint.href,
        region: "us-east-1",
        credentials: CREDENTIALS,
    });
    const Data = Buffer.from(FRAME);
    return async (ids) => {
        await Promise.all(ids.map((ConnectionId) => client.send(new PostToConnectionCommand({ ConnectionId, Data }))));
    };
}

function inParallel(post: (id: string) => Promise<void>): Send {
    return async (ids) => {
        const slots = new Slots(IN_FLIGHT);
        await Promise.all(
            ids.map(async (id) => {
                await slots.take();
                await post(id);
                slots.release();
            }),
        );
    };
}

void main();
