import WebSocket from "ws";
import type { WebSocketConstructor } from "../../client/index";
import { PushClient } from "../../client/index";

/** What a message of this bench carries: which one it is. */
interface Marked {
    readonly mark: number;
}

/** Users with one client each, subscribed to their own channel. */
export class Clients {
    private readonly clients: PushClient[] = [];
    private readonly arrivals = new Map<number, (arrivedAt: number) => void>();
    private marks = 0;

    static async connect(count: number, url: string, tokenUrl: string): Promise<Clients> {
        const clients = new Clients();
        for (let from = 0; from < count; from += 50) {
            const users = Array.from({ length: Math.min(50, count - from) }, (_, index) => `user-${from + index}`);
            await Promise.all(users.map((user) => clients.add(user, url, tokenUrl)));
        }
        return clients;
    }

    /**
     * Sends something with a new mark, and waits until it has arrived so many times.
     *
     * @returns the milliseconds from the call until each callback.
     */
    async time(wanted: number, send: (mark: number) => Promise<unknown>): Promise<readonly number[]> {
        const mark = ++this.marks;
        const times: number[] = [];
        const start = performance.now();
        const arrived = new Promise<void>((resolve) => {
            this.arrivals.set(mark, (at) => {
                times.push(at - start);
                if (times.length === wanted) {
                    resolve();
                }
            });
        });
        await send(mark);
        await arrived;
        this.arrivals.delete(mark);
        return times;
    }

    /** Subscribes everybody to the channel; what this returns takes that back. */
    async join(channel: string): Promise<() => void> {
        const leave = await Promise.all(this.clients.map((client) => this.subscribe(client, channel)));
        return () => {
            leave.forEach((one) => {
                one();
            });
        };
    }

    close(): void {
        this.clients.forEach((client) => {
            client.close();
        });
    }

    private async add(user: string, url: string, tokenUrl: string): Promise<void> {
        const client = new PushClient(url, {
            token: async () => {
                const answer = await fetch(`${tokenUrl}?sub=${user}&role=staff`);
                return ((await answer.json()) as { access_token: string }).access_token;
            },
            WebSocket: WebSocket as unknown as WebSocketConstructor,
        });
        this.clients.push(client);
        client.connect();
        await this.subscribe(client, "orders/@me");
    }

    private subscribe(client: PushClient, channel: string): Promise<() => void> {
        return new Promise((resolve) => {
            const subscription = client.subscribe(channel, {
                message: ({ data }) => {
                    this.arrived(data);
                },
                subscribed: () => {
                    resolve(() => {
                        subscription.unsubscribe();
                    });
                },
                gap: () => undefined,
            });
        });
    }

    private arrived(data: unknown): void {
        const at = performance.now();
        this.arrivals.get(markOf(data))?.(at);
    }
}

function markOf(data: unknown): number {
    const { mark, new: item } = data as Partial<Marked> & { readonly new?: Marked };
    return mark ?? item?.mark ?? 0;
}
