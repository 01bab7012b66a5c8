import { setTimeout as sleep } from "node:timers/promises";
import type { Gap, PushClientOptions, State, Subscription } from "../../../client/index";
import { PushClient } from "../../../client/index";
import { BrowserWebSocket } from "./browser-web-socket";
import { VirtualTime } from "../../../simulation/virtual-time";
import type { ProtocolServer } from "./protocol-server";
import { SocketServer } from "./socket-server";
import { tokenOf } from "./tokens";
import { until } from "./until";

/** What one subscriber was told, in one word each: the data of messages, the reasons of gaps, codes of errors. */
export type Told = readonly unknown[];

/** A client and a server on real sockets, with a clock that the test moves. */
export class Harness {
    readonly clients: PushClient[] = [];
    readonly states: State[] = [];
    tokens = 0;

    private constructor(
        readonly clock: VirtualTime,
        readonly server: SocketServer,
    ) {}

    static async start(): Promise<Harness> {
        const clock = new VirtualTime();
        return new Harness(clock, await SocketServer.start(() => clock.now()));
    }

    get protocol(): ProtocolServer {
        return this.server.protocol;
    }

    /** A client that has not been told to connect. Its delays are as long as they can get. */
    client(options: PushClientOptions = {}): PushClient {
        const client = new PushClient(this.server.url, {
            token: () => {
                this.tokens += 1;
                return tokenOf("ada");
            },
            WebSocket: BrowserWebSocket,
            clock: this.clock,
            random: () => 0.999,
            ...options,
        });
        client.onState((state) => this.states.push(state));
        this.clients.push(client);
        return client;
    }

    /** A client that is connected. */
    async connected(options: PushClientOptions = {}): Promise<PushClient> {
        const client = this.client(options);
        client.connect();
        await until(() => client.state.status === "connected");
        return client;
    }

    /** Passes time until something is so, a second at a time: for what happens after some delay, whatever it is. */
    async pass(condition: () => boolean): Promise<void> {
        while (!condition()) {
            this.clock.advance(1_000);
            await sleep(5);
        }
    }

    /** The statuses and codes so far. */
    get path(): readonly string[] {
        return this.states.map(({ status, code }) => `${status} ${code}`);
    }

    async stop(): Promise<void> {
        for (const client of this.clients) {
            client.close();
        }
        await this.server.close();
    }
}

/** What a subscriber of a test was told. */
export interface Listener {
    readonly told: Told;
    readonly gaps: readonly Gap[];
    readonly confirmations: readonly unknown[];
    readonly subscription: Subscription;
}

/** Subscribes, and writes down what the subscriber is told. */
export function listen(client: PushClient, channel: string): Listener {
    const told: unknown[] = [];
    const gaps: Gap[] = [];
    const confirmations: unknown[] = [];
    const subscription = client.subscribe(channel, {
        message: ({ data }) => told.push(data),
        gap: (gap) => {
            gaps.push(gap);
            told.push(`gap ${gap.reason}`);
        },
        subscribed: (confirmation) => confirmations.push(confirmation),
        error: ({ code }) => told.push(`error ${code}`),
    });
    return { told, subscription, gaps, confirmations };
}

/** As `listen`, and waits for the server's confirmation. */
export async function listening(client: PushClient, channel: string): Promise<Listener> {
    const listener = listen(client, channel);
    await until(() => listener.confirmations.length > 0);
    return listener;
}
