import { strict as assert } from "node:assert";
import {
    GetConnectionCommand,
    DeleteConnectionCommand,
    PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { FunctionEvent } from "./support/fake-functions";
import { deployApi, ECHO, WHO_AM_I } from "./support/test-api";
import { TestGateway } from "./support/test-gateway";

const OK = { statusCode: 200 };
const MINUTE = 60_000;

describe("A connection", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
        await deployApi(gateway, {
            routes: {
                $connect: { handler: () => OK },
                $disconnect: { handler: () => OK },
                whoami: WHO_AM_I,
                echo: ECHO,
            },
        });
    });
    afterEach(() => gateway.close());

    describe("without traffic", () => {
        it("is closed after 10 minutes with 1001 Going away", async () => {
            const client = await gateway.connect();

            gateway.time.advance(10 * MINUTE);

            assert.deepEqual(await client.closed, { code: 1001, reason: "Going away" });
        });

        it("stays open for a moment less", async () => {
            const client = await gateway.connect();

            gateway.time.advance(10 * MINUTE - 1);

            assert.match(await gateway.connectionId(client), /=$/);
        });

        it("counts the 10 minutes from the client's last message", async () => {
            const client = await gateway.connect();
            gateway.time.advance(9 * MINUTE);
            await gateway.connectionId(client);

            gateway.time.advance(9 * MINUTE);
            assert.match(await gateway.connectionId(client), /=$/);
            gateway.time.advance(10 * MINUTE);

            assert.equal((await client.closed).code, 1001);
        });

        it("counts the 10 minutes from the last post to the client", async () => {
            const client = await gateway.connect();
            const ConnectionId = await gateway.connectionId(client);
            gateway.time.advance(9 * MINUTE);
            await gateway.management().send(new PostToConnectionCommand({ ConnectionId, Data: "hello" }));
            await client.next();

            gateway.time.advance(9 * MINUTE);

            assert.equal(await gateway.connectionId(client), ConnectionId);
        });
    });

    it("is closed after 2 hours with 1001, whatever its traffic", async () => {
        const client = await gateway.connect();
        for (let minutes = 0; minutes < 115; minutes += 5) {
            gateway.time.advance(5 * MINUTE);
            await gateway.connectionId(client);
        }
        gateway.time.advance(5 * MINUTE - 1);
        await gateway.connectionId(client);

        gateway.time.advance(1);

        assert.deepEqual(await client.closed, { code: 1001, reason: "Going away" });
    });

    for (const closer of ["client", "gateway"] as const) {
        it(`keeps no timer once the ${closer} has closed it`, async () => {
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const client = await gateway.connect();
            const ConnectionId = await gateway.connectionId(client);

            if (closer === "client") {
                await client.close(1000);
            } else {
                await gateway.management().send(new DeleteConnectionCommand({ ConnectionId }));
                await client.closed;
            }
            await disconnected;
            await gateway.server.close();

            assert.equal(gateway.time.pending, 0);
        });
    }

    it("says the same connectedAt in all its events and in GetConnection", async () => {
        const disconnected = gateway.functions.nextEventOf("$disconnect");
        const connectedAt = gateway.time.clock();
        const client = await gateway.connect();
        gateway.time.advance(1_000);
        const ConnectionId = await gateway.connectionId(client);

        const description = await gateway.management().send(new GetConnectionCommand({ ConnectionId }));
        gateway.time.advance(1_000);
        await client.close();
        await disconnected;

        const events = gateway.functions.invocations.map(({ event }) => event.requestContext["connectedAt"]);
        assert.deepEqual(
            [...events, description.ConnectedAt?.getTime()],
            [connectedAt, connectedAt, connectedAt, connectedAt],
        );
    });

    describe("when it ends runs $disconnect once", () => {
        /** Ends a connection, and returns its one $disconnect event. */
        async function disconnectAfter(end: (connection: Connection) => Promise<unknown>): Promise<FunctionEvent> {
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const client = await gateway.connect();
            const id = await gateway.connectionId(client);
            await end({ client, id });
            await client.closed;
            const event = await disconnected;
            // Whatever else the end had set going is through once the gateway has closed.
            await gateway.server.close();
            assert.equal(gateway.functions.eventsOf("$disconnect").length, 1);
            assert.equal(event.requestContext["connectionId"], id);
            return event;
        }

        type Connection = { readonly client: Awaited<ReturnType<TestGateway["connect"]>>; readonly id: string };

        const ends: [string, (connection: Connection) => Promise<unknown>, number, string][] = [
            [
                "the client closes without a status",
                ({ client }) => client.close(),
                1005,
                "Client-side close frame status not set",
            ],
            ["the client closes with 1000", ({ client }) => client.close(1000), 1000, ""],
            [
                "the client closes with a status and reason of its own",
                ({ client }) => client.close(4001, "bye"),
                4001,
                "bye",
            ],
            [
                "the client's network goes away",
                ({ client }) => {
                    client.socket.terminate();
                    return client.closed;
                },
                1006,
                "",
            ],
            [
                "the connection was idle",
                ({ client }) => {
                    gateway.time.advance(10 * MINUTE);
                    return client.closed;
                },
                1001,
                "Going away",
            ],
            [
                "it is deleted",
                ({ id }) => gateway.management().send(new DeleteConnectionCommand({ ConnectionId: id })),
                1000,
                "Connection Closed Normally",
            ],
        ];
        for (const [what, end, code, reason] of ends) {
            it(`with ${code} "${reason}" when ${what}`, async () => {
                const { requestContext } = await disconnectAfter(end);

                assert.equal(requestContext["disconnectStatusCode"], code);
                assert.equal(requestContext["disconnectReason"], reason);
            });
        }

        it("with the headers and request context of AWS, and no body", async () => {
            const { requestContext, ...event } = await disconnectAfter(({ client }) => client.close(1000));

            const headers = { Host: gateway.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };
            const multiple = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
            assert.deepEqual(event, { headers, multiValueHeaders: multiple, isBase64Encoded: false });
            assert.equal(requestContext["eventType"], "DISCONNECT");
            assert.equal(requestContext["routeKey"], "$disconnect");
            assert.equal(requestContext["messageDirection"], "IN");
            assert.equal(requestContext["requestId"], requestContext["extendedRequestId"]);
        });

        it("and cuts a client that does not answer the close frame", async () => {
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const client = await gateway.connect();
            const id = await gateway.connectionId(client);
            client.socket.pause();

            await gateway.management().send(new DeleteConnectionCommand({ ConnectionId: id }));
            gateway.time.advance(2_000);

            assert.equal((await disconnected).requestContext["disconnectStatusCode"], 1000);
        });
    });

    it("answers 410 to a post from inside its own $disconnect", async () => {
        const management = gateway.management();
        const outcome = new Promise<unknown>((resolve) => {
            gateway.functions.define("$disconnect", async ({ requestContext }) => {
                const ConnectionId = String(requestContext["connectionId"]);
                const post = new PostToConnectionCommand({ ConnectionId, Data: "late" });
                resolve(await management.send(post).catch((error: unknown) => (error as Error).name));
                return OK;
            });
        });
        const client = await gateway.connect();

        await client.close();

        assert.equal(await outcome, "GoneException");
    });

    it("has a domain name and stage that make a usable management endpoint", async () => {
        const client = await gateway.connect();
        client.send({ action: "echo" });
        const { domainName, stage, connectionId } = (await client.nextJson())["requestContext"] as Record<
            string,
            string
        >;

        const response = await fetch(
            `http://${domainName ?? ""}/${stage ?? ""}/@connections/${encodeURIComponent(connectionId ?? "")}`,
        );

        // Unsigned, but understood.
        assert.equal(response.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
    });
});

describe("A $disconnect that is lost", () => {
    it("is never run, and the connection is gone all the same", async () => {
        const lost = new Set<string>();
        const gateway = await TestGateway.start({ lostDisconnects: (connectionId) => lost.has(connectionId) });
        await deployApi(gateway, { routes: { $disconnect: { handler: () => OK }, whoami: WHO_AM_I } });
        const [one, other] = [await gateway.connect(), await gateway.connect()];
        const [ConnectionId, otherId] = [await gateway.connectionId(one), await gateway.connectionId(other)];
        lost.add(ConnectionId);

        await one.close();
        const disconnected = gateway.functions.nextEventOf("$disconnect");
        await other.close();

        assert.equal((await disconnected).requestContext["connectionId"], otherId);
        const get = gateway.management().send(new GetConnectionCommand({ ConnectionId }));
        await assert.rejects(get, { name: "GoneException" });
        await gateway.close();
        assert.equal(gateway.functions.eventsOf("$disconnect").length, 1);
    });
});

describe("Closing the gateway", () => {
    it("closes its connections with 1001 and runs their $disconnect first", async () => {
        const gateway = await TestGateway.start();
        await deployApi(gateway, { routes: { $disconnect: { handler: () => OK } } });
        const clients = await Promise.all([gateway.connect(), gateway.connect()]);

        await gateway.server.close();

        assert.equal(gateway.functions.eventsOf("$disconnect").length, 2);
        for (const client of clients) {
            assert.equal((await client.closed).code, 1001);
        }
    });

    it("does not wait for ever for a function that hangs", async () => {
        const gateway = await TestGateway.start();
        await deployApi(gateway, { routes: { $disconnect: { handler: () => new Promise(() => undefined) } } });
        await gateway.connect();

        await gateway.server.close(20);

        assert.equal(gateway.functions.eventsOf("$disconnect").length, 1);
    });
});
