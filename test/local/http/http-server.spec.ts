import { strict as assert } from "node:assert";
import { HttpServer } from "../../../local/http/http-server";

describe("The server for clients", () => {
    let server: HttpServer;
    let log: string[];
    beforeEach(async () => {
        log = [];
        server = new HttpServer((line) => log.push(line));
        await server.listen(0);
    });
    afterEach(() => server.close());

    const get = (path: string): Promise<Response> => fetch(`http://${server.host}${path}`);

    it("serves what is mounted at a name, and everything below it", async () => {
        server.mount("_tokens", (request, response) => {
            response.end(request.url);
        });

        assert.equal(await (await get("/_tokens/a/b?c=1")).text(), "/_tokens/a/b?c=1");
        assert.equal((await get("/_tokenz/a")).status, 403);
    });

    it("serves the root alone under the empty name", async () => {
        server.mount("", (_, response) => {
            response.end("home");
        });

        assert.equal(await (await get("/?a=1")).text(), "home");
        assert.equal((await get("/other")).status, 403);
    });

    it("hands to one handler what is mounted nowhere", async () => {
        server.serveRest((request, response) => {
            response.end(`rest ${request.url ?? ""}`);
        });
        server.mount("_tokens", (_, response) => {
            response.end("tokens");
        });

        assert.equal(await (await get("/v1")).text(), "rest /v1");
        assert.equal(await (await get("/_tokens")).text(), "tokens");
    });

    it("answers 500 when a handler fails, and logs why", async () => {
        server.mount("_broken", () => Promise.reject(new Error("oops")));

        assert.equal((await get("/_broken/x")).status, 500);
        assert.match(log.join(), /GET \/_broken\/x: Error: oops/);
    });

    it("lets what was upgraded end within the grace, when it closes", async () => {
        const graces: number[] = [];
        server.serveUpgrades(
            () => undefined,
            (graceMs) => Promise.resolve(void graces.push(graceMs)),
        );

        await server.close(20);

        assert.deepEqual(graces, [20]);
    });
});
