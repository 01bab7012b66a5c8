import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect as openSocket } from "node:net";
import { type ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { Client } from "./support/client";
import { deployApi, ECHO, WHO_AM_I } from "./support/test-api";
import { TestGateway } from "./support/test-gateway";

const OK = { statusCode: 200 };

describe("A handshake", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
    });
    afterEach(() => gateway.close());

    describe("with a $connect route", () => {
        it("is not answered before the function has finished", async () => {
            let finish = (): void => undefined;
            const finished = new Promise<void>((resolve) => {
                finish = resolve;
            });
            await deployApi(gateway, { routes: { $connect: { handler: () => finished.then(() => OK) } } });
            const started = gateway.functions.nextEventOf("$connect");
            const order: string[] = [];

            const connecting = gateway.connect().then(() => order.push("connected"));
            await started;
            order.push("function finishes");
            finish();
            await connecting;

            assert.deepEqual(order, ["function finishes", "connected"]);
        });

        it("tells the function whatever the client sent, in the letter case of the wire", async () => {
            await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

            await gateway.connect({
                query: "?channels=a%2Fb&channels=c",
                headers: { Origin: "https://shop.example", "User-Agent": "test/1", "X-Custom": "1" },
            });

            const [event] = gateway.functions.eventsOf("$connect");
            assert.ok(event !== undefined);
            const headers = event["headers"] as Record<string, string>;
            assert.equal(headers["Host"], gateway.host);
            assert.equal(headers["Origin"], "https://shop.example");
            assert.equal(headers["X-Custom"], "1");
            assert.equal(headers["X-Forwarded-For"], "127.0.0.1");
            assert.equal(headers["X-Forwarded-Port"], gateway.host.split(":")[1]);
            assert.equal(headers["X-Forwarded-Proto"], "http");
            assert.match(headers["X-Amzn-Trace-Id"] ?? "", /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
            assert.match(headers["Sec-WebSocket-Key"] ?? "", /==$/);
            assert.equal(headers["Connection"] ?? headers["Upgrade"], undefined);
            assert.deepEqual((event["multiValueHeaders"] as Record<string, unknown>)["X-Custom"], ["1"]);
            assert.deepEqual(event["queryStringParameters"], { channels: "c" });
            assert.deepEqual(event["multiValueQueryStringParameters"], { channels: ["a/b", "c"] });
            assert.equal(event["isBase64Encoded"], false);
            assert.equal("body" in event, false);
        });

        it("describes the connection in the request context, with the request id twice", async () => {
            const api = await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

            await gateway.connect({ headers: { "User-Agent": "test/1" } });

            const [event] = gateway.functions.eventsOf("$connect");
            const { requestId, connectionId, ...context } = event?.requestContext ?? {};
            assert.match(String(connectionId), /^[\w-]{15}=$/);
            assert.match(String(requestId), /^[\w-]{15}=$/);
            assert.deepEqual(context, {
                routeKey: "$connect",
                eventType: "CONNECT",
                extendedRequestId: requestId,
                requestTime: "09/Feb/2024:18:11:43 +0000",
                messageDirection: "IN",
                stage: "v1",
                connectedAt: gateway.time.clock(),
                requestTimeEpoch: gateway.time.clock(),
                identity: { sourceIp: "127.0.0.1", userAgent: "test/1" },
                domainName: gateway.host,
                apiId: api.id,
            });
        });

        it("has no query parameters in the event when the URL has none", async () => {
            await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

            await gateway.connect();

            const [event] = gateway.functions.eventsOf("$connect");
            assert.equal("queryStringParameters" in (event ?? {}), false);
            assert.equal("multiValueQueryStringParameters" in (event ?? {}), false);
        });

        it("invokes the function as API Gateway, for the route", async () => {
            const api = await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

            await gateway.connect();

            assert.deepEqual(gateway.functions.invocations[0]?.caller, {
                kind: "service",
                service: "apigateway.amazonaws.com",
                sourceArn: `arn:aws:execute-api:us-east-1:000000000000:${api.id}/v1/$connect`,
            });
        });

        for (const status of [400, 401, 403, 404, 429, 500, 503]) {
            it(`is answered with ${status} when the function returns that status`, async () => {
                await deployApi(gateway, { routes: { $connect: { handler: () => ({ statusCode: status }) } } });

                assert.equal((await Client.refused(gateway.url())).status, status);
            });
        }

        it("is answered with 502 when the function throws", async () => {
            await deployApi(gateway, {
                routes: {
                    $connect: {
                        handler: () => {
                            throw new Error("no table");
                        },
                    },
                },
            });

            assert.equal((await Client.refused(gateway.url())).status, 502);
            assert.match(gateway.log.join(), /\$connect.*no table/);
        });

        for (const [what, returned] of Object.entries({
            nothing: undefined,
            "a string": "ok",
            "no status": { body: "ok" },
            "a body that is no string": { statusCode: 200, body: {} },
        })) {
            it(`is answered with 502 when the function returns ${what}`, async () => {
                await deployApi(gateway, { routes: { $connect: { handler: () => returned } } });

                assert.equal((await Client.refused(gateway.url())).status, 502);
            });
        }

        it("is answered with 504 when the function takes longer than the integration waits", async () => {
            await deployApi(gateway, {
                routes: {
                    $connect: {
                        handler: () => new Promise(() => undefined),
                        integration: { timeoutMilliseconds: 3_000 },
                    },
                },
            });
            const started = gateway.functions.nextEventOf("$connect");
            const refused = Client.refused(gateway.url());
            await started;

            gateway.time.advance(3_000);

            assert.equal((await refused).status, 504);
        });

        it("is answered with 500 when the function cannot be invoked", async () => {
            const api = await deployApi(gateway, {});
            await api.addRoute("$connect", { integration: {} });

            assert.equal((await Client.refused(gateway.url())).status, 500);
            assert.match(gateway.log.join(), /Function not found/);
        });

        it("does not reach the connection by @connections before the function has finished", async () => {
            let name: string | undefined;
            const management: { client?: ApiGatewayManagementApiClient } = {};
            await deployApi(gateway, {
                routes: {
                    $connect: {
                        handler: async (event) => {
                            const ConnectionId = String(event.requestContext["connectionId"]);
                            const post = new PostToConnectionCommand({ ConnectionId, Data: "early" });
                            name = await management.client?.send(post).then(
                                () => "delivered",
                                (error: unknown) => (error as Error).name,
                            );
                            return OK;
                        },
                    },
                },
            });
            management.client = gateway.management();

            await gateway.connect();

            assert.equal(name, "GoneException");
        });

        it("runs $disconnect with 1006 for a client that went away meanwhile", async () => {
            let finish = (): void => undefined;
            await deployApi(gateway, {
                routes: {
                    $connect: {
                        handler: () =>
                            new Promise((resolve) => {
                                finish = () => {
                                    resolve(OK);
                                };
                            }),
                    },
                    $disconnect: { handler: () => OK },
                },
            });
            const started = gateway.functions.nextEventOf("$connect");
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const socket = openSocket(Number(gateway.host.split(":")[1]), "127.0.0.1");
            socket.write(upgradeRequest(gateway.host));
            const { requestContext } = await started;

            socket.resetAndDestroy();
            await once(socket, "close");
            finish();

            const event = await disconnected;
            assert.equal(event.requestContext["disconnectStatusCode"], 1006);
            assert.equal(event.requestContext["connectionId"], requestContext["connectionId"]);
        });
    });

    it("is accepted by an API without a $connect route", async () => {
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });

        const client = await gateway.connect();

        assert.match(await gateway.connectionId(client), /=$/);
    });

    it("is accepted by a $connect route without an integration", async () => {
        await deployApi(gateway, { routes: { $connect: {}, whoami: WHO_AM_I } });

        const client = await gateway.connect();

        assert.match(await gateway.connectionId(client), /=$/);
    });

    it("does not fall back to $default for $connect", async () => {
        await deployApi(gateway, { routes: { $default: { handler: () => OK } } });

        await gateway.connect();

        assert.deepEqual(gateway.functions.invocations, []);
    });

    it("is answered with 403 Forbidden for an unknown stage", async () => {
        await deployApi(gateway, { routes: { $default: ECHO } });

        assert.deepEqual(await Client.refused(gateway.url("v2")), { status: 403, body: '{"message":"Forbidden"}' });
        assert.equal((await Client.refused(gateway.url("v1/more"))).status, 403);
    });

    it("is accepted with a slash behind the stage", async () => {
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });

        const client = await gateway.connect({ stage: "v1/", query: "?a=1" });

        assert.match(await gateway.connectionId(client), /=$/);
    });

    it("is answered with 403 for a stage to which nothing is deployed", async () => {
        await deployApi(gateway, { routes: { $default: ECHO }, stageInputs: {} });

        assert.equal((await Client.refused(gateway.url())).status, 403);
    });

    it("tells a plain GET to upgrade, with 426", async () => {
        await deployApi(gateway, { routes: { $default: ECHO } });

        assert.equal((await fetch(`http://${gateway.host}/v1`)).status, 426);
        assert.equal((await fetch(`http://${gateway.host}/v2`)).status, 403);
    });

    it("is answered with 414 when path and query are longer than 4,096 characters", async () => {
        await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });
        const room = 4_096 - "/v1?q=".length;

        await gateway.connect({ query: `?q=${"x".repeat(room)}` });

        assert.equal((await Client.refused(gateway.url("v1", `?q=${"x".repeat(room + 1)}`))).status, 414);
        assert.equal(gateway.functions.invocations.length, 1);
    });

    it("is answered with 400, and no function runs, when it is no proper WebSocket handshake", async () => {
        await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

        const status = await statusOf(gateway, upgradeRequest(gateway.host).replace(/Sec-WebSocket-Key: .*\r\n/, ""));

        assert.equal(status, 400);
        assert.deepEqual(gateway.functions.invocations, []);
    });

    describe("with sub-protocols", () => {
        it("is answered with the one that $connect returned, whatever the case of the header's name", async () => {
            await deployApi(gateway, {
                routes: { $connect: { handler: () => ({ ...OK, headers: { "sec-websocket-PROTOCOL": "push.v1" } }) } },
            });

            const client = await gateway.connect({ protocols: ["other", "bearer.x.y", "push.v1"] });

            assert.equal(client.socket.protocol, "push.v1");
            const headers = gateway.functions.eventsOf("$connect")[0]?.["headers"] as Record<string, string>;
            assert.equal(headers["Sec-WebSocket-Protocol"], "other,bearer.x.y,push.v1");
        });

        it("fails in the client, as in a browser, when $connect returned none", async () => {
            await deployApi(gateway, { routes: { $connect: { handler: () => OK } } });

            await assert.rejects(gateway.connect({ protocols: ["push.v1"] }), /Server sent no subprotocol/);
        });

        it("fails in the client when $connect returned one that was not offered", async () => {
            await deployApi(gateway, {
                routes: { $connect: { handler: () => ({ ...OK, headers: { "Sec-WebSocket-Protocol": "push.v2" } }) } },
            });

            await assert.rejects(gateway.connect({ protocols: ["push.v1"] }), /Server sent an invalid subprotocol/);
        });

        it("is answered with 502 when the function's choice cannot stand in a header", async () => {
            await deployApi(gateway, {
                routes: {
                    $connect: {
                        handler: () => ({ ...OK, headers: { "Sec-WebSocket-Protocol": "a\r\nSet-Cookie: b" } }),
                    },
                },
            });

            assert.equal((await Client.refused(gateway.url(), { protocols: ["push.v1"] })).status, 502);
        });
    });

    it("is answered with 429, and no function runs, past the throttle of the $connect route", async () => {
        await deployApi(gateway, {
            routes: { $connect: { handler: () => OK } },
            stageInputs: {
                autoDeploy: true,
                defaultRouteSettings: { throttlingRateLimit: 1, throttlingBurstLimit: 1 },
            },
        });
        await gateway.connect();

        assert.equal((await Client.refused(gateway.url())).status, 429);
        assert.equal(gateway.functions.invocations.length, 1);
    });

    it("does not negotiate compression, whatever the client offers", async () => {
        await deployApi(gateway, { routes: { $default: ECHO } });

        const client = await gateway.connect({ perMessageDeflate: true });

        assert.equal(client.responseHeaders["sec-websocket-extensions"], undefined);
        assert.equal(client.socket.extensions, "");
    });
});

describe("The account's throttle of handshakes", () => {
    it("answers 429 past the limit, and lets clients in again as time goes by", async () => {
        const gateway = await TestGateway.start({ limits: { connectionsPerSecond: 2 } });
        await deployApi(gateway, { routes: { $default: ECHO } });
        await gateway.connect();
        await gateway.connect();

        assert.equal((await Client.refused(gateway.url())).status, 429);
        gateway.time.advance(500);
        await gateway.connect();

        await gateway.close();
    });
});

function upgradeRequest(host: string): string {
    const lines = [
        "GET /v1 HTTP/1.1",
        `Host: ${host}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    return `${lines.join("\r\n")}\r\n\r\n`;
}

async function statusOf(gateway: TestGateway, request: string): Promise<number> {
    const socket = openSocket(Number(gateway.host.split(":")[1]), "127.0.0.1");
    socket.write(request);
    const [data] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1"))?.[1]);
}
