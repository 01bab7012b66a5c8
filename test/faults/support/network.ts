import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/**
 * The network between a page and the gateway. While it is down nothing passes, in either direction, and nobody is told:
 * the gateway goes on to take posts for connections that have no one at the other end any more.
 */
export class Network {
    readonly #links = new Set<Link>();
    #isDown = false;

    private constructor(
        private readonly server: Server,
        readonly url: string,
    ) {}

    /** @param target where the gateway is: `ws://127.0.0.1:4510/v1` */
    static async to(target: string): Promise<Network> {
        const { port, pathname } = new URL(target);
        const server = createServer();
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const network = new Network(server, `ws://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`);
        server.on("connection", (client) => {
            network.#link(client, Number(port));
        });
        return network;
    }

    /** From now on bytes are lost: both ends of what is open keep their sockets and hear nothing. */
    goDown(): void {
        this.#isDown = true;
        for (const { isLost } of this.#links) {
            isLost.value = true;
        }
    }

    /** Connections that are made from now on work. Those that were open stay lost. */
    comeBack(): void {
        this.#isDown = false;
    }

    /** Cuts what is open; both ends are told. */
    cut(): void {
        for (const { client, gateway } of this.#links) {
            client.destroy();
            gateway.destroy();
        }
    }

    async close(): Promise<void> {
        this.cut();
        this.server.close();
        await once(this.server, "close");
    }

    #link(client: Socket, port: number): void {
        if (this.#isDown) {
            client.destroy();
            return;
        }
        const link: Link = { client, gateway: connect(port, "127.0.0.1"), isLost: { value: false } };
        this.#links.add(link);
        pass(client, link.gateway, link);
        pass(link.gateway, client, link);
        link.gateway.on("close", () => {
            this.#links.delete(link);
        });
    }
}

interface Link {
    readonly client: Socket;
    readonly gateway: Socket;
    readonly isLost: { value: boolean };
}

function pass(from: Socket, to: Socket, { isLost }: Link): void {
    from.on("data", (bytes) => {
        if (!isLost.value) {
            to.write(bytes);
        }
    });
    from.on("error", () => {
        from.destroy();
    });
    from.on("close", () => {
        if (!isLost.value) {
            to.destroy();
        }
    });
}
