import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { EmbeddedEngine } from "../../../../local/database/embedded/embedded-engine";
import { openEngine } from "../../../../local/services/dynamodb/open-engine";
import { RemoteEngine } from "../../../../local/database/remote-engine";

describe("openEngine", () => {
    it("embeds the engine unless an endpoint is named", async () => {
        for (const endpoint of [undefined, ""]) {
            const engine = openEngine(endpoint, Date.now);
            assert.ok(engine instanceof EmbeddedEngine);
            await engine.close();
        }
    });

    it("goes to the endpoint that is named, and says so when nobody answers there", async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        await new Promise((resolve) => server.close(resolve));
        const engine = openEngine(`http://127.0.0.1:${port}`, Date.now);
        assert.ok(engine instanceof RemoteEngine);
        await assert.rejects(engine.request("ListTables", {}), {
            message: `no DynamoDB answers at http://127.0.0.1:${port}/`,
        });
        await engine.close();
    });

    it("refuses an endpoint that is not an HTTP URL", () => {
        for (const endpoint of ["localhost:8000", "nonsense"]) {
            assert.throws(() => openEngine(endpoint, Date.now), {
                message: `LOCAL_DYNAMODB_ENDPOINT is "${endpoint}": it must be a URL such as http://127.0.0.1:8000`,
            });
        }
    });
});
