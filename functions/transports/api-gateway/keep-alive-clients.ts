import type { Client as ClientOfOne } from "undici";
import Client from "undici/lib/dispatcher/client";

/** Uses a connection, and says with `release` when it is done with it. */
type Use = (client: ClientOfOne, release: Release) => void;

/** @param broken whether the connection is of no use to anybody else. */
export type Release = (broken: boolean) => void;

/**
 * Keep-alive connections to one origin, each for one request at a time; a request that finds none free waits in line.
 * undici's own pool looks through all of its clients for a free one with each request, and listens to what happens to
 * each: a twelfth of the CPU of a post, with some hundred connections.
 */
export class KeepAliveClients {
    private readonly free: ClientOfOne[] = [];
    private readonly waiting: Use[] = [];
    private readonly open = new Set<ClientOfOne>();

    /** @param limit connections at a time. */
    constructor(
        private readonly origin: string,
        private readonly limit: number,
        private readonly options: ClientOfOne.Options,
    ) {}

    use(use: Use): void {
        const client = this.free.pop() ?? this.openAnother();
        if (client === undefined) {
            this.waiting.push(use);
        } else {
            this.lend(client, use);
        }
    }

    /** Closes the connections, once the requests under way are done. */
    async close(): Promise<void> {
        await Promise.all([...this.open].map((client) => client.close()));
    }

    private openAnother(): ClientOfOne | undefined {
        if (this.open.size >= this.limit) {
            return undefined;
        }
        const client = new Client(this.origin, this.options);
        this.open.add(client);
        return client;
    }

    private lend(client: ClientOfOne, use: Use): void {
        use(client, (broken) => {
            this.takeBack(client, broken);
        });
    }

    private takeBack(client: ClientOfOne, broken: boolean): void {
        if (broken) {
            this.open.delete(client);
            void client.destroy();
        } else {
            // The last to be used is the first to be used again: connections that are no longer needed fall idle, and
            // are closed.
            this.free.push(client);
        }
        const next = this.waiting.shift();
        if (next !== undefined) {
            this.use(next);
        }
    }
}
