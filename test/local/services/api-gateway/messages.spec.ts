import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { deployApi, ECHO, WHO_AM_I, type TestRoute } from "./support/test-api";
import { TestGateway } from "./support/test-gateway";

const OK = { statusCode: 200 };

/** A route that answers with a fixed text. */
function says(body: string): TestRoute {
    return { answers: true, handler: () => ({ ...OK, body }) };
}

describe("A message", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
    });
    afterEach(() => gateway.close());

    describe("finds its route", () => {
        it("by the exact key, else by $default", async () => {
            await deployApi(gateway, { routes: { hello: says("hello"), $default: says("default") } });
            const client = await gateway.connect();

            for (const [action, answer] of [
                ["hello", "hello"],
                ["Hello", "default"],
                ["hello ", "default"],
                ["", "default"],
            ]) {
                client.send({ action });
                assert.equal(await client.next(), answer, `action "${action ?? ""}"`);
            }
        });

        for (const [what, text] of [
            ["is not JSON", "hello"],
            ["is no object", "[1]"],
            ["lacks the member", "{}"],
            ["is empty", ""],
        ] as const) {
            it(`at $default when it ${what}`, async () => {
                await deployApi(gateway, { routes: { hello: says("hello"), $default: ECHO } });
                const client = await gateway.connect();

                client.send(text);

                const event = await client.nextJson();
                assert.equal(event["body"], text);
                assert.equal((event["requestContext"] as Record<string, unknown>)["routeKey"], "$default");
            });
        }

        for (const action of ["$connect", "$disconnect", "$default"]) {
            it(`at $default when the client asks for ${action}`, async () => {
                await deployApi(gateway, {
                    routes: {
                        $connect: { handler: () => OK },
                        $disconnect: { handler: () => OK },
                        $default: says("default"),
                    },
                });
                const client = await gateway.connect();

                client.send({ action });

                assert.equal(await client.next(), "default");
                assert.equal(gateway.functions.eventsOf("$connect").length, 1);
                assert.equal(gateway.functions.eventsOf("$disconnect").length, 0);
            });
        }
    });

    it("of whatever text reaches $default unchanged", async () => {
        await deployApi(gateway, {
            routes: { $default: { answers: true, handler: ({ body }) => ({ ...OK, body: `<${String(body)}>` }) } },
        });
        const client = await gateway.connect();

        await fc.assert(
            fc.asyncProperty(fc.oneof(fc.string({ unit: "grapheme" }), fc.json()), async (text) => {
                client.send(text);
                assert.equal(await client.next(), `<${text}>`);
            }),
        );
    });

    describe("without a route", () => {
        it("is answered with Forbidden, spaced as AWS spaces it, and the connection stays open", async () => {
            await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
            const client = await gateway.connect();
            const id = await gateway.connectionId(client);

            client.send({ action: "other" });
            const answer = await client.next();

            const requestId = /"requestId":"([\w-]{15}=)"}$/.exec(answer)?.[1] ?? "";
            assert.equal(answer, `{"message": "Forbidden", "connectionId":"${id}", "requestId":"${requestId}"}`);
            assert.equal(await gateway.connectionId(client), id);
        });
    });

    describe("reaches the function", () => {
        it("with its body verbatim and no headers or query", async () => {
            const api = await deployApi(gateway, { routes: { echo: ECHO } });
            const client = await gateway.connect({ query: "?a=1", headers: { "User-Agent": "test/1" } });
            const connectedAt = gateway.time.clock();
            gateway.time.advance(1_000);
            const body = '{ "action" :"echo", "text": "Grüße" }';

            client.send(body);

            const { requestContext, ...event } = await client.nextJson();
            assert.deepEqual(event, { body, isBase64Encoded: false });
            const { connectionId, requestId, messageId, ...context } = requestContext as Record<string, unknown>;
            assert.match(String(connectionId), /^[\w-]{15}=$/);
            assert.match(String(requestId), /^[\w-]{15}=$/);
            assert.match(String(messageId), /^[\w-]{15}=$/);
            assert.deepEqual(context, {
                routeKey: "echo",
                eventType: "MESSAGE",
                extendedRequestId: requestId,
                requestTime: "09/Feb/2024:18:11:44 +0000",
                messageDirection: "IN",
                stage: "v1",
                connectedAt,
                requestTimeEpoch: connectedAt + 1_000,
                identity: { sourceIp: "127.0.0.1", userAgent: "test/1" },
                domainName: gateway.host,
                apiId: api.id,
            });
        });

        it("under request and message ids of its own", async () => {
            await deployApi(gateway, { routes: { echo: ECHO } });
            const client = await gateway.connect();

            client.send({ action: "echo" });
            client.send({ action: "echo" });
            await client.next();
            await client.next();

            const ids = gateway.functions
                .eventsOf("echo")
                .flatMap(({ requestContext }) => [requestContext["requestId"], requestContext["messageId"]]);
            assert.equal(new Set(ids).size, 4);
        });

        it("beside the earlier messages of the same connection, not behind them", async () => {
            await deployApi(gateway, {
                routes: { slow: { handler: () => new Promise(() => undefined) }, quick: says("quick") },
            });
            const client = await gateway.connect();

            client.send({ action: "slow" });
            client.send({ action: "quick" });

            assert.equal(await client.next(), "quick");
        });

        it("with the stage's variables, where it has some", async () => {
            await deployApi(gateway, {
                routes: { echo: ECHO },
                stageInputs: { autoDeploy: true, stageVariables: { color: "blue" } },
            });
            const client = await gateway.connect();

            client.send({ action: "echo" });

            assert.deepEqual((await client.nextJson())["stageVariables"], { color: "blue" });
        });

        it("in the role that the integration names", async () => {
            const roleArn = "arn:aws:iam::000000000000:role/gateway";
            await deployApi(gateway, { routes: { echo: { ...ECHO, integration: { credentialsArn: roleArn } } } });
            const client = await gateway.connect();

            client.send({ action: "echo" });
            await client.next();

            const caller = gateway.functions.invocations.at(-1)?.caller;
            assert.equal(caller?.kind === "role" && caller.roleArn, roleArn);
        });

        it("not in a role that does not trust API Gateway", async () => {
            const credentialsArn = "arn:aws:iam::000000000000:role/others";
            await deployApi(gateway, { routes: { echo: { ...ECHO, integration: { credentialsArn } } } });
            const client = await gateway.connect();
            gateway.denied.add("sts:AssumeRole");

            client.send({ action: "echo" });

            assert.equal((await client.nextJson())["message"], "Internal server error");
            assert.deepEqual(gateway.functions.invocations, []);
        });
    });

    describe("whose function responds", () => {
        it("is answered only on a route with a route response", async () => {
            await deployApi(gateway, {
                routes: { silent: { handler: () => ({ ...OK, body: "never" }) }, whoami: WHO_AM_I },
            });
            const client = await gateway.connect();

            client.send({ action: "silent" });

            assert.match(await gateway.connectionId(client), /=$/);
        });

        it("is not answered when the route selects a response but has none", async () => {
            const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
            await api.addRoute("half", {
                ...says("never"),
                answers: false,
                route: { routeResponseSelectionExpression: "$default" },
            });
            const client = await gateway.connect();

            client.send({ action: "half" });

            assert.match(await gateway.connectionId(client), /=$/);
        });

        it("is not answered when the route has a response but does not select it", async () => {
            const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
            await api.addRoute("half", { ...says("never"), route: { routeResponseSelectionExpression: undefined } });
            const client = await gateway.connect();

            client.send({ action: "half" });

            assert.match(await gateway.connectionId(client), /=$/);
        });

        it("is answered with the body of an error status as well, and with nothing when there is no body", async () => {
            await deployApi(gateway, {
                routes: {
                    refuse: { answers: true, handler: () => ({ statusCode: 403, body: "no" }) },
                    quiet: { answers: true, handler: () => OK },
                },
            });
            const client = await gateway.connect();

            client.send({ action: "quiet" });
            client.send({ action: "refuse" });

            assert.equal(await client.next(), "no");
        });

        it("is answered in frames of at most 32 KB that make one message", async () => {
            const text = "ü".repeat(40_000);
            await deployApi(gateway, { routes: { long: says(text) } });
            const client = await gateway.connect();

            client.send({ action: "long" });

            assert.equal(await client.next(), text);
        });
    });

    describe("whose integration fails", () => {
        const failures: Record<string, TestRoute> = {
            throws: { handler: () => Promise.reject(new Error("broken")) },
            "returns nothing": { handler: () => undefined },
            "returns no status": { handler: () => ({ body: "x" }) },
            "returns a body that is no string": { handler: () => ({ ...OK, body: { a: 1 } }) },
            "does not exist": { integration: {} },
            "responds with more than 128 KB": says("x".repeat(131_073)),
        };
        for (const [what, route] of Object.entries(failures)) {
            it(`gets Internal server error when the function ${what}, and the connection stays open`, async () => {
                await deployApi(gateway, { routes: { fail: route, whoami: WHO_AM_I } });
                const client = await gateway.connect();
                const id = await gateway.connectionId(client);

                client.send({ action: "fail" });
                const answer = await client.next();

                const requestId = /"requestId":"([\w-]{15}=)"}$/.exec(answer)?.[1] ?? "";
                assert.equal(
                    answer,
                    `{"message": "Internal server error", "connectionId":"${id}", "requestId":"${requestId}"}`,
                );
                assert.equal(await gateway.connectionId(client), id);
            });
        }

        it("is answered with Endpoint request timed out when the function takes longer than the integration waits", async () => {
            await deployApi(gateway, {
                routes: {
                    slow: { handler: () => new Promise(() => undefined), integration: { timeoutMilliseconds: 50 } },
                },
            });
            const client = await gateway.connect();
            const started = gateway.functions.nextEventOf("slow");
            client.send({ action: "slow" });
            await started;

            gateway.time.advance(50);

            assert.match(await client.next(), /^{"message": "Endpoint request timed out", "connectionId":"/);
        });

        it("times out after 29 seconds unless the integration says otherwise", async () => {
            await deployApi(gateway, {
                routes: { slow: { handler: () => new Promise(() => undefined) }, whoami: WHO_AM_I },
            });
            const client = await gateway.connect();
            const started = gateway.functions.nextEventOf("slow");
            client.send({ action: "slow" });
            await started;

            gateway.time.advance(28_999);
            assert.match(await gateway.connectionId(client), /=$/);
            gateway.time.advance(1);

            assert.match(await client.next(), /^{"message": "Endpoint request timed out"/);
        });
    });

    describe("of a size", () => {
        /** A JSON text of so many bytes. */
        const ofLength = (bytes: number): string =>
            JSON.stringify({ action: "size", pad: "" }).replace('""', `"${"x".repeat(bytes - 26)}"`);
        const size: TestRoute = {
            answers: true,
            handler: (event) => ({ ...OK, body: String(Buffer.byteLength(String(event["body"]))) }),
        };

        it("of 32 KB in one frame is taken", async () => {
            await deployApi(gateway, { routes: { size } });
            const client = await gateway.connect();

            client.send(ofLength(32_768));

            assert.equal(await client.next(), "32768");
        });

        it("over 32 KB in one frame closes the connection with 1009", async () => {
            await deployApi(gateway, { routes: { size, $disconnect: { handler: () => OK } } });
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const client = await gateway.connect();

            client.send(ofLength(32_769));

            assert.equal((await client.closed).code, 1009);
            assert.equal((await disconnected).requestContext["disconnectStatusCode"], 1009);
            assert.deepEqual(gateway.functions.eventsOf("size"), []);
        });

        it("of 128 KB in frames of 32 KB is taken", async () => {
            await deployApi(gateway, { routes: { size } });
            const client = await gateway.connect();
            const text = ofLength(131_072);

            for (const at of [0, 1, 2, 3]) {
                client.socket.send(text.slice(at * 32_768, (at + 1) * 32_768), { fin: at === 3 });
            }

            assert.equal(await client.next(), "131072");
        });

        it("over 128 KB in small frames closes the connection with 1009", async () => {
            await deployApi(gateway, { routes: { size, $disconnect: { handler: () => OK } } });
            const disconnected = gateway.functions.nextEventOf("$disconnect");
            const client = await gateway.connect();

            for (let frame = 0; frame < 5; frame += 1) {
                client.socket.send("x".repeat(30_000), { fin: false });
            }

            assert.equal((await client.closed).code, 1009);
            assert.equal((await disconnected).requestContext["disconnectStatusCode"], 1009);
        });
    });

    it("in binary closes the connection with 1003", async () => {
        await deployApi(gateway, { routes: { $default: ECHO, $disconnect: { handler: () => OK } } });
        const disconnected = gateway.functions.nextEventOf("$disconnect");
        const client = await gateway.connect();

        client.socket.send(Buffer.from("{}"), { binary: true });

        assert.equal((await client.closed).code, 1003);
        assert.equal((await disconnected).requestContext["disconnectStatusCode"], 1003);
        assert.deepEqual(gateway.functions.eventsOf("$default"), []);
    });

    it("that is a ping is answered with a pong and reaches no function", async () => {
        await deployApi(gateway, { routes: { $default: ECHO } });
        const client = await gateway.connect();
        const pong = new Promise<string>((resolve) => {
            client.socket.once("pong", (data) => {
                resolve(data.toString("utf8"));
            });
        });

        client.socket.ping("are you there");

        assert.equal(await pong, "are you there");
        assert.deepEqual(gateway.functions.invocations, []);
    });
});

describe("Throttling", () => {
    it("of the stage answers Too Many Requests past the burst of a route, until time has passed", async () => {
        const gateway = await TestGateway.start();
        await deployApi(gateway, {
            routes: { a: says("a"), b: says("b") },
            stageInputs: {
                autoDeploy: true,
                defaultRouteSettings: { throttlingRateLimit: 2, throttlingBurstLimit: 1 },
            },
        });
        const client = await gateway.connect();
        const ask = (action: string): Promise<string> => {
            client.send({ action });
            return client.next();
        };

        assert.equal(await ask("a"), "a");
        assert.match(
            await ask("a"),
            /^{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="}$/,
        );
        assert.equal(await ask("b"), "b");
        gateway.time.advance(500);
        assert.equal(await ask("a"), "a");

        await gateway.close();
    });

    it("of one route does not hold up the others", async () => {
        const gateway = await TestGateway.start();
        await deployApi(gateway, {
            routes: { a: says("a"), b: says("b") },
            stageInputs: {
                autoDeploy: true,
                routeSettings: [{ routeKey: "a", throttlingRateLimit: 0, throttlingBurstLimit: 0 }],
            },
        });
        const client = await gateway.connect();

        client.send({ action: "a" });
        assert.match(await client.next(), /Too Many Requests/);
        client.send({ action: "b" });
        assert.equal(await client.next(), "b");

        await gateway.close();
    });

    it("of the account holds for all messages together", async () => {
        const gateway = await TestGateway.start({ limits: { requestsPerSecond: 1, requestBurst: 2 } });
        await deployApi(gateway, { routes: { a: says("a"), b: says("b") } });
        const client = await gateway.connect();
        const answers: string[] = [];

        for (const action of ["a", "b", "a"]) {
            client.send({ action });
            answers.push(await client.next());
        }

        assert.deepEqual(answers.slice(0, 2), ["a", "b"]);
        assert.match(answers[2] ?? "", /Too Many Requests/);
        await gateway.close();
    });
});
