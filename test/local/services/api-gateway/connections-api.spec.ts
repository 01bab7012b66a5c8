import { strict as assert } from "node:assert";
import {
    type ApiGatewayManagementApiClient,
    DeleteConnectionCommand,
    GetConnectionCommand,
    PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Client } from "./support/client";
import { signedHeaders } from "./support/signed-request";
import { deployApi, WHO_AM_I, type TestApi } from "./support/test-api";
import { ROLE_ARN, TestGateway } from "./support/test-gateway";

const UNKNOWN_ID = "L0SM9cOFvHcCIhw=";

/** What an SDK call failed with. */
async function failure(
    call: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined; readonly message: string }> {
    try {
        await call;
    } catch (error) {
        const { name, message, $metadata } = error as Error & {
            readonly $metadata?: { readonly httpStatusCode?: number };
        };
        return { name, status: $metadata?.httpStatusCode, message };
    }
    throw new Error("the call succeeded");
}

describe("@connections", () => {
    let gateway: TestGateway;
    let api: TestApi;
    let client: Client;
    let ConnectionId: string;
    let management: ApiGatewayManagementApiClient;
    beforeEach(async () => {
        gateway = await TestGateway.start();
        api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        client = await gateway.connect({ headers: { "User-Agent": "test/1" } });
        ConnectionId = await gateway.connectionId(client);
        management = gateway.management();
    });
    afterEach(() => gateway.close());

    function post(Data: string | Uint8Array, id = ConnectionId): Promise<unknown> {
        return management.send(new PostToConnectionCommand({ ConnectionId: id, Data }));
    }

    /** A signed request of any form. */
    async function request(method: string, path: string, body?: string): Promise<Response> {
        const url = `http://${gateway.host}${path}`;
        const headers = await signedHeaders(gateway.credentialsOf("role"), {
            service: "execute-api",
            method,
            url,
            ...(body === undefined ? {} : { body }),
        });
        return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    }

    describe("POST", () => {
        it("answers 200 with an empty body, and the client gets the bytes as one text message", async () => {
            const response = await request(
                "POST",
                `/v1/@connections/${encodeURIComponent(ConnectionId)}`,
                '{ "a":"Grüße" }',
            );

            assert.equal(response.status, 200);
            assert.equal(await response.text(), "");
            assert.equal(await client.next(), '{ "a":"Grüße" }');
        });

        it("answers 200 to an empty body as well, which is an empty message", async () => {
            await post("");

            assert.equal(await client.next(), "");
        });

        it("makes UTF-8 of a body that is none, so that the client can go on", async () => {
            const body = Buffer.concat([Buffer.from("a"), Buffer.from([0xff, 0xc3]), Buffer.from("é")]);
            const management = gateway.management();
            await management.send(new PostToConnectionCommand({ ConnectionId, Data: body }));
            await post("next");

            assert.equal(await client.next(), "a\ufffd\ufffdé");
            assert.equal(await client.next(), "next");
        });

        it("keeps the order of posts that follow each other", async () => {
            await post("1");
            await post("2");

            assert.deepEqual([await client.next(), await client.next()], ["1", "2"]);
        });

        it("sends what is longer than 32 KB in frames of at most 32 KB", async () => {
            const frames: number[] = [];
            const text = "x".repeat(70_000);
            const raw = (client.socket as unknown as { readonly _socket: NodeJS.EventEmitter })._socket;
            const { FrameHeaderReader } = await import("../../../../local/services/api-gateway/sockets/frame-limit");
            const reader = new FrameHeaderReader();
            raw.prependListener("data", (chunk: Buffer) => frames.push(...reader.push(chunk)));

            await post(text);

            assert.equal(await client.next(), text);
            assert.deepEqual(frames, [32_768, 32_768, 70_000 - 65_536]);
        });

        it("takes 128 KB, and answers 413 PayloadTooLargeException to more", async () => {
            await post("x".repeat(131_072));
            assert.equal((await client.next()).length, 131_072);

            const { name, status } = await failure(post("x".repeat(131_073)));

            assert.deepEqual([name, status], ["PayloadTooLargeException", 413]);
        });
    });

    describe("GET", () => {
        it("describes the connection under camelCase names, with ISO times", async () => {
            const connectedAt = gateway.time.clock();
            gateway.time.advance(5_000);
            await post("x");

            const response = await request("GET", `/v1/@connections/${encodeURIComponent(ConnectionId)}`);

            assert.deepEqual(await response.json(), {
                connectedAt: new Date(connectedAt).toISOString(),
                identity: { sourceIp: "127.0.0.1", userAgent: "test/1" },
                lastActiveAt: new Date(connectedAt + 5_000).toISOString(),
            });
        });

        it("is what the SDK reads", async () => {
            const { ConnectedAt, LastActiveAt, Identity } = await management.send(
                new GetConnectionCommand({ ConnectionId }),
            );

            assert.equal(ConnectedAt?.getTime(), gateway.time.clock());
            assert.equal(LastActiveAt?.getTime(), gateway.time.clock());
            assert.deepEqual(Identity, { SourceIp: "127.0.0.1", UserAgent: "test/1" });
        });
    });

    describe("DELETE", () => {
        it("answers 204, closes with 1000, and the connection is gone at once", async () => {
            const response = await request("DELETE", `/v1/@connections/${encodeURIComponent(ConnectionId)}`);
            const { status } = await failure(post("late"));

            assert.equal(response.status, 204);
            assert.equal(status, 410);
            assert.deepEqual(await client.closed, { code: 1000, reason: "Connection Closed Normally" });
        });
    });

    describe("a connection that is not there", () => {
        for (const [method, call] of [
            ["POST", () => post("x", UNKNOWN_ID)],
            ["GET", () => management.send(new GetConnectionCommand({ ConnectionId: UNKNOWN_ID }))],
            ["DELETE", () => management.send(new DeleteConnectionCommand({ ConnectionId: UNKNOWN_ID }))],
        ] as const) {
            it(`is answered with 410 GoneException to ${method}`, async () => {
                const { name, status } = await failure(call());

                assert.deepEqual([name, status], ["GoneException", 410]);
            });
        }

        it("is answered with the error header and no body", async () => {
            const response = await request("POST", `/v1/@connections/${encodeURIComponent(UNKNOWN_ID)}`, "x");

            assert.equal(response.headers.get("x-amzn-errortype"), "GoneException");
            assert.equal(await response.text(), "");
        });

        it("is one that has closed", async () => {
            await client.close();

            assert.equal((await failure(post("x"))).status, 410);
        });

        it("is one of another stage or API, which is not sent anything", async () => {
            await deployApi(gateway, { stage: "v2", routes: { whoami: WHO_AM_I } });
            const other = gateway.management("v2");

            const { name } = await failure(other.send(new PostToConnectionCommand({ ConnectionId, Data: "stray" })));
            await post("own");

            assert.equal(name, "GoneException");
            assert.equal(await client.next(), "own");
        });
    });

    for (const id of ["short=", "0b8e4c2e-6f0d-4d1c-9a55-6a4f5b0c1d2e", "L0SM9cOFvHcCIhw", "L0SM9c/FvHcCIhw="]) {
        it(`answers 400 BadRequestException to the malformed id ${id}`, async () => {
            const { name, status, message } = await failure(post("x", id));

            assert.deepEqual([name, status], ["BadRequestException", 400]);
            assert.equal(message, `Invalid connectionId: ${id}`);
        });
    }

    for (const form of ["@connections", "%40connections"]) {
        for (const ending of ["%3D", "="]) {
            it(`takes the path form ${form} with an id that ends in ${ending}`, async () => {
                const response = await request("POST", `/v1/${form}/${ConnectionId.replace("=", ending)}`, "hello");

                assert.equal(response.status, 200);
                assert.equal(await client.next(), "hello");
            });
        }
    }

    describe("access", () => {
        const path = (): string => `/v1/@connections/${encodeURIComponent(ConnectionId)}`;

        it("is refused to an unsigned request with 403", async () => {
            const response = await fetch(`http://${gateway.host}${path()}`, { method: "POST", body: "x" });

            assert.equal(response.status, 403);
            assert.equal(response.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
        });

        it("is refused with 403 when the body is not what was signed", async () => {
            const url = `http://${gateway.host}${path()}`;
            const signed = { service: "execute-api", method: "POST", url, body: "good" };
            const headers = await signedHeaders(gateway.credentialsOf("role"), signed);

            const response = await fetch(url, { method: "POST", headers, body: "evil" });

            assert.equal(response.status, 403);
            assert.equal(response.headers.get("x-amzn-errortype"), "InvalidSignatureException");
        });

        it("asks for execute-api:ManageConnections on the verb, stage and connection", async () => {
            await post("x");
            await management.send(new GetConnectionCommand({ ConnectionId }));

            const stage = `arn:aws:execute-api:us-east-1:000000000000:${api.id}/v1`;
            assert.deepEqual(
                gateway.calls.map(({ action, resource }) => [action, resource]),
                [
                    ["execute-api:ManageConnections", `${stage}/POST/@connections/${ConnectionId}`],
                    ["execute-api:ManageConnections", `${stage}/GET/@connections/${ConnectionId}`],
                ],
            );
            const [call] = gateway.calls;
            assert.equal(call?.principal.kind === "role" && call.principal.roleArn, ROLE_ARN);
        });

        it("is refused with 403 AccessDeniedException and AWS's text to a signer who may not", async () => {
            gateway.denied.add("execute-api:ManageConnections");

            const { name, status, message } = await failure(post("x"));

            assert.deepEqual([name, status], ["AccessDeniedException", 403]);
            assert.match(
                message,
                /^User: arn:aws:sts::.* is not authorized to perform: execute-api:ManageConnections on resource/,
            );
        });

        it("is judged before the id: who may not post learns nothing about a connection", async () => {
            gateway.denied.add("execute-api:ManageConnections");

            assert.equal((await failure(post("x", UNKNOWN_ID))).status, 403);
        });

        it("is refused with 403 at an unknown stage, and to another verb", async () => {
            const elsewhere = await request("POST", path().replace("/v1/", "/v9/"), "x");
            const put = await request("PUT", path(), "x");

            assert.deepEqual([elsewhere.status, put.status], [403, 403]);
        });
    });
});

describe("@connections under pressure", () => {
    it("answers 429 LimitExceededException past the account's rate, which messages share", async () => {
        const gateway = await TestGateway.start({ limits: { requestsPerSecond: 1, requestBurst: 2 } });
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();
        const ConnectionId = await gateway.connectionId(client);
        const post = (): Promise<unknown> =>
            gateway.management().send(new PostToConnectionCommand({ ConnectionId, Data: "x" }));

        await post();
        const { name, status } = await failure(post());
        gateway.time.advance(1_000);
        await post();

        assert.deepEqual([name, status], ["LimitExceededException", 429]);
        await gateway.close();
    });

    it("answers 429 for a client that does not read, before its buffer grows without bound", async () => {
        const gateway = await TestGateway.start({ limits: { sendBufferBytes: 256 * 1024 } });
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();
        const ConnectionId = await gateway.connectionId(client);
        const management = gateway.management();
        client.socket.pause();

        let refused: Awaited<ReturnType<typeof failure>> | undefined;
        let taken = 0;
        while (refused === undefined && taken < 1_000) {
            refused = await management
                .send(new PostToConnectionCommand({ ConnectionId, Data: "x".repeat(100_000) }))
                .then(
                    () => undefined,
                    (error: unknown) => failure(Promise.reject(error as Error)),
                );
            taken += refused === undefined ? 1 : 0;
        }

        assert.deepEqual([refused?.name, refused?.status], ["LimitExceededException", 429]);
        client.socket.resume();
        for (let message = 0; message < taken; message += 1) {
            assert.equal((await client.next()).length, 100_000);
        }
        await gateway.close();
    });
});

describe("@connections with injected faults", () => {
    it("answers with the status of the fault, and counts the attempts per connection", async () => {
        const seen: [string, number][] = [];
        const gateway = await TestGateway.start({
            faults: (id, attempt) => {
                seen.push([id, attempt]);
                return attempt === 1 ? { answer: 429 } : attempt === 2 ? { answer: 503 } : undefined;
            },
        });
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();
        const ConnectionId = await gateway.connectionId(client);
        const post = (): Promise<unknown> =>
            gateway.management().send(new PostToConnectionCommand({ ConnectionId, Data: "x" }));

        assert.deepEqual((await failure(post())).name, "LimitExceededException");
        assert.deepEqual((await failure(post())).status, 503);
        await post();

        assert.equal(await client.next(), "x");
        assert.deepEqual(
            seen,
            [1, 2, 3].map((attempt) => [ConnectionId, attempt]),
        );
        await gateway.close();
    });

    it("cuts the caller's socket, also after the client has got the message", async () => {
        const gateway = await TestGateway.start({ faults: () => ({ answer: "reset", delivered: true }) });
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();
        const ConnectionId = await gateway.connectionId(client);

        const { status } = await failure(
            gateway.management().send(new PostToConnectionCommand({ ConnectionId, Data: "x" })),
        );

        assert.equal(status, undefined);
        assert.equal(await client.next(), "x");
        await gateway.close();
    });

    it("does not answer at all", async () => {
        const abort = new AbortController();
        const gateway = await TestGateway.start({
            faults: () => {
                // The caller loses patience once its request has arrived.
                setImmediate(() => {
                    abort.abort();
                });
                return { answer: "hang" };
            },
        });
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();
        const ConnectionId = await gateway.connectionId(client);

        const post = new PostToConnectionCommand({ ConnectionId, Data: "x" });
        const { name } = await failure(gateway.management().send(post, { abortSignal: abort.signal }));

        assert.equal(name, "AbortError");
        await gateway.close();
    });
});
