import WebSocket from "ws";
import type { Gap, PositionStorage, PushMessage, WebSocketConstructor } from "../../../client/index";
import { PushClient } from "../../../client/index";
import { MovableTime } from "./movable-time";

/** One thing that a subscriber's handler was called with. */
export type Told = { readonly message: PushMessage } | { readonly gap: Gap };

export interface PageOptions {
    readonly url: string;
    readonly token: () => Promise<string>;
    readonly channel: string;
    /** Where the page keeps its position over reloads. Defaults to nowhere. */
    readonly storage?: PositionStorage;
    /** Defaults to a time of the page's own. */
    readonly time?: MovableTime;
}

/** A page with the real client on a real socket, and all that its one subscriber is told. */
export class Page {
    readonly told: Told[] = [];
    readonly time: MovableTime;
    readonly client: PushClient;
    /** Every socket so far. A test may cut one as a network would. */
    readonly sockets: WebSocket[] = [];
    /** The answers to subscribing. */
    confirmations = 0;
    private readonly waiting = new Set<() => void>();

    constructor(readonly options: PageOptions) {
        const { url, token, storage, channel, time = new MovableTime() } = options;
        const { sockets } = this;
        const wake = (): void => {
            this.wake();
        };
        class KeptWebSocket extends WebSocket {
            constructor(address: string, protocols: string[]) {
                super(address, protocols);
                sockets.push(this);
                this.on("close", () => {
                    wake();
                });
            }
        }
        this.time = time;
        this.client = new PushClient(url, {
            token,
            WebSocket: KeptWebSocket as unknown as WebSocketConstructor,
            clock: time,
            backoff: { baseMs: 10, capMs: 100 },
            ...(storage === undefined ? {} : { storage }),
        });
        this.client.onState(wake);
        this.client.subscribe(channel, {
            message: (message) => {
                this.tell({ message });
            },
            gap: (gap) => {
                this.tell({ gap });
            },
            subscribed: () => {
                this.confirmations += 1;
                this.wake();
            },
        });
        this.client.connect();
    }

    /** The data of the messages, in the order in which the subscriber had them. */
    get data(): readonly unknown[] {
        return this.messages.map(({ data }) => data);
    }

    get messages(): readonly PushMessage[] {
        return this.told.flatMap((one) => ("message" in one ? [one.message] : []));
    }

    get gaps(): readonly Gap[] {
        return this.told.flatMap((one) => ("gap" in one ? [one.gap] : []));
    }

    /** Waits until something is so. Mocha's timeout bounds the wait. */
    async until(condition: () => boolean): Promise<void> {
        while (!condition()) {
            await new Promise<void>((resolve) => this.waiting.add(resolve));
        }
    }

    async untilSubscribed(): Promise<void> {
        await this.until(() => this.confirmations > 0);
    }

    async untilCount(messages: number): Promise<void> {
        await this.until(() => this.messages.length >= messages);
    }

    /** Ends the newest connection as a network would, in the middle of whatever is on its way. */
    cut(): void {
        this.sockets.at(-1)?.terminate();
    }

    /** What a reload does to a page: no goodbye beyond the socket's, and nothing is handled any more. */
    close(): void {
        this.client.close();
    }

    private tell(told: Told): void {
        this.told.push(told);
        this.wake();
    }

    private wake(): void {
        const resolvers = [...this.waiting];
        this.waiting.clear();
        for (const resolve of resolvers) {
            resolve();
        }
    }
}

/** What `sessionStorage` is to a browser. */
export class MemoryStorage implements PositionStorage {
    private readonly values = new Map<string, string>();

    getItem(key: string): string | null {
        return this.values.get(key) ?? null;
    }

    setItem(key: string, value: string): void {
        this.values.set(key, value);
    }

    removeItem(key: string): void {
        this.values.delete(key);
    }
}
