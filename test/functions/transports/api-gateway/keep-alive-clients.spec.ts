import { strict as assert } from "node:assert";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type { Dispatcher } from "undici";
import { KeepAliveClients } from "../../../../functions/transports/api-gateway/keep-alive-clients";

/** Over real sockets to a server that answers each request when a test says so. */
describe("Keep-alive connections", () => {
    let server: http.Server;
    let clients: KeepAliveClients;
    let sockets = 0;
    const arrived: { readonly path: string; readonly response: http.ServerResponse }[] = [];
    let wake: () => void = () => undefined;
    beforeEach(async () => {
        sockets = 0;
        arrived.length = 0;
        server = http.createServer((request, response) => {
            arrived.push({ path: request.url ?? "", response });
            wake();
        });
        server.on("connection", () => sockets++);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        clients = new KeepAliveClients(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 2, {});
    });
    afterEach(async () => {
        arrived.forEach(({ response }) => response.destroy());
        await clients.close();
        server.close();
    });

    it("are opened as they are needed, up to the limit, and used again", async () => {
        const first = get("/1");
        await answer("/1");
        await first;
        const second = get("/2");
        await answer("/2");
        await second;
        assert.equal(sockets, 1);

        const both = [get("/3"), get("/4")];
        await answer("/3");
        await answer("/4");
        await Promise.all(both);
        assert.equal(sockets, 2);
    });

    it("are waited for in line when all are taken", async () => {
        const all = ["/1", "/2", "/3", "/4"].map(get);
        await until(() => arrived.length === 2);
        assert.deepEqual(arrived.map(({ path }) => path).sort(), ["/1", "/2"]);
        await answer("/2");
        await until(() => arrived.length === 3);
        await answer("/1");
        await answer("/3");
        await answer("/4");
        assert.deepEqual(await Promise.all(all), ["ok", "ok", "ok", "ok"]);
        assert.deepEqual(arrived.map(({ path }) => path).slice(2), ["/3", "/4"]);
        assert.equal(sockets, 2);
    });

    it("that broke are replaced, and their place is not lost", async () => {
        for (let n = 0; n < 3; n++) {
            const broken = [get(`/a${n}`), get(`/b${n}`)];
            await until(() => arrived.length === 2);
            arrived.splice(0).forEach(({ response }) => response.destroy());
            assert.deepEqual(await Promise.all(broken), ["broken", "broken"]);
        }
        const last = get("/5");
        await answer("/5");
        assert.equal(await last, "ok");
    });

    function get(path: string): Promise<string> {
        return new Promise((resolve) => {
            clients.use((client, release) => {
                client.dispatch(
                    { method: "GET", path },
                    new Handler((outcome) => {
                        release(outcome === "broken");
                        resolve(outcome);
                    }),
                );
            });
        });
    }

    async function answer(path: string): Promise<void> {
        await until(() => arrived.some((one) => one.path === path));
        arrived.find((one) => one.path === path)?.response.end("ok");
    }

    /** Mocha's timeout bounds the wait. */
    async function until(condition: () => boolean): Promise<void> {
        while (!condition()) {
            await new Promise<void>((resolve) => {
                wake = resolve;
            });
        }
    }
});

class Handler implements Dispatcher.DispatchHandler {
    constructor(private readonly done: (outcome: "ok" | "broken") => void) {}

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
        this.done("ok");
    }

    onError(): void {
        this.done("broken");
    }
}
