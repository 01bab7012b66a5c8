import { strict as assert } from "node:assert";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fetchJson } from "../../../functions/tokens/fetch-json";

describe("Fetching a JSON document", () => {
    let server: Server;
    let asked: string[];
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    it("gives what it says", async () => {
        assert.deepEqual(await fetchJson(await serve((_, response) => response.end('{"keys":[]}'))), { keys: [] });
    });

    it("follows no redirect, wherever it points", async () => {
        const url = await serve((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
        await assert.rejects(fetchJson(url), /the status is 302/);
        assert.deepEqual(asked, ["/", "/"]);
    });

    it("takes no more than a megabyte", async () => {
        const url = await serve((_, response) => response.end(`"${"x".repeat(1_100_000)}"`));
        await assert.rejects(fetchJson(url), /more than 1048576 bytes/);
    });

    it("tries once more, and then fails", async () => {
        const url = await serve((_, response) => response.writeHead(asked.length === 1 ? 503 : 200).end("[]"));
        assert.deepEqual(await fetchJson(url), []);
        assert.equal(asked.length, 2);
        await assert.rejects(fetchJson(new URL("http://127.0.0.1:1/")), { code: "ECONNREFUSED" });
    });

    async function serve(answer: RequestListener): Promise<URL> {
        asked = [];
        server = createServer((request, response) => {
            asked.push(request.url ?? "");
            answer(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    }
});
