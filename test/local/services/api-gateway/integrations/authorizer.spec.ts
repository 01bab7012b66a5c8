import { strict as assert } from "node:assert";
import { AwsError } from "../../../../../local/aws/aws-error";
import { Client } from "../support/client";
import type { FunctionEvent, Handler } from "../support/fake-functions";
import { signedHeaders, signedUrl } from "../support/signed-request";
import { deployApi, ECHO, type TestApi } from "../support/test-api";
import { ROLE_ARN, TestGateway } from "../support/test-gateway";

const OK = { statusCode: 200 };

/** A policy as authorizers return it. */
function policy(Effect: "Allow" | "Deny", Resource: string | readonly string[], Action = "execute-api:Invoke") {
    return { Version: "2012-10-17", Statement: [{ Action, Effect, Resource }] };
}

function allow(event: FunctionEvent, context?: unknown) {
    return { principalId: "ada", policyDocument: policy("Allow", String(event["methodArn"])), context };
}

describe("An authorizer on $connect", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
    });
    afterEach(() => gateway.close());

    function deploy(authorizer: Handler, identitySources?: readonly string[]): Promise<TestApi> {
        return deployApi(gateway, {
            authorizer,
            ...(identitySources === undefined ? {} : { identitySources }),
            routes: { $connect: { handler: () => OK }, $disconnect: { handler: () => OK }, echo: ECHO },
        });
    }

    async function statusFor(authorizer: Handler): Promise<number> {
        await deploy(authorizer);
        const { status } = await Client.refused(gateway.url());
        assert.deepEqual(gateway.functions.eventsOf("$connect"), [], "the $connect function ran for a refused client");
        return status;
    }

    it("gets a REQUEST event with the route's ARN and all of the handshake", async () => {
        const api = await deploy((event) => allow(event));

        await gateway.connect({ query: "?token=x", headers: { Authorization: "Bearer y" } });

        const [event] = gateway.functions.eventsOf("v1-authorizer");
        assert.equal(event?.["type"], "REQUEST");
        assert.equal(event["methodArn"], `arn:aws:execute-api:us-east-1:000000000000:${api.id}/v1/$connect`);
        const headers = event["headers"] as Record<string, string>;
        assert.equal(headers["Authorization"], "Bearer y");
        assert.equal(headers["Connection"], "Upgrade");
        assert.equal(headers["Upgrade"], "websocket");
        assert.equal(headers["content-length"], "0");
        assert.deepEqual(event["queryStringParameters"], { token: "x" });
        assert.deepEqual(event["multiValueQueryStringParameters"], { token: ["x"] });
        assert.deepEqual(event["stageVariables"], {});
        assert.equal(event.requestContext["eventType"], "CONNECT");
        assert.equal("authorizer" in event.requestContext, false);
    });

    it("is invoked by API Gateway for the authorizer", async () => {
        const api = await deploy((event) => allow(event));

        await gateway.connect();

        const { caller } = gateway.functions.invocations[0] ?? {};
        assert.equal(caller?.kind, "service");
        assert.match(
            caller.sourceArn ?? "",
            new RegExp(`^arn:aws:execute-api:us-east-1:000000000000:${api.id}/authorizers/\\w+$`),
        );
    });

    it("adds its principal and context, as strings, to the events of the connection's whole life", async () => {
        await deploy((event) => allow(event, { userId: "ada", level: 3, staff: true }));
        const disconnected = gateway.functions.nextEventOf("$disconnect");

        const client = await gateway.connect();
        client.send({ action: "echo" });
        await client.next();
        await client.close(1000);
        await disconnected;

        const expected = { userId: "ada", level: "3", staff: "true", principalId: "ada", integrationLatency: 0 };
        for (const name of ["$connect", "echo", "$disconnect"]) {
            const [event] = gateway.functions.eventsOf(name);
            assert.deepEqual(event?.requestContext["authorizer"], expected, name);
        }
    });

    it("is asked again for each connection", async () => {
        await deploy((event) => allow(event));

        await gateway.connect();
        await gateway.connect();

        assert.equal(gateway.functions.eventsOf("v1-authorizer").length, 2);
    });

    it("is not asked again for messages", async () => {
        await deploy((event) => allow(event));
        const client = await gateway.connect();

        client.send({ action: "echo" });
        await client.next();

        assert.equal(gateway.functions.eventsOf("v1-authorizer").length, 1);
    });

    describe("with identity sources", () => {
        const SOURCES = ["route.request.header.Authorization", "route.request.querystring.tenant"];

        it("runs when the handshake has a value for each, whatever the case of a header", async () => {
            await deploy((event) => allow(event), SOURCES);

            await gateway.connect({ query: "?tenant=1", headers: { authorization: "Bearer x" } });

            assert.equal(gateway.functions.eventsOf("v1-authorizer").length, 1);
        });

        for (const [what, query, headers] of [
            ["header", "?tenant=1", {}],
            ["query parameter", "", { Authorization: "x" }],
            ["value of a query parameter", "?tenant=", { Authorization: "x" }],
        ] as const) {
            it(`does not run, and the answer is 401, when a ${what} is missing`, async () => {
                await deploy((event) => allow(event), SOURCES);

                const { status } = await Client.refused(gateway.url("v1", query), { headers });

                assert.equal(status, 401);
                assert.deepEqual(gateway.functions.invocations, []);
            });
        }
    });

    describe("answers 401", () => {
        it("when it fails with the message Unauthorized", async () => {
            assert.equal(await statusFor(() => Promise.reject(new Error("Unauthorized"))), 401);
        });
    });

    describe("answers 403", () => {
        it("when its policy denies", async () => {
            const denies: Handler = (event) => ({
                principalId: "ada",
                policyDocument: policy("Deny", String(event["methodArn"])),
            });
            assert.equal(await statusFor(denies), 403);
        });

        it("when a deny stands beside an allow", async () => {
            const both: Handler = (event) => {
                const statements = (["Allow", "Deny"] as const).flatMap(
                    (effect) => policy(effect, String(event["methodArn"])).Statement,
                );
                return { principalId: "ada", policyDocument: { Version: "2012-10-17", Statement: statements } };
            };
            assert.equal(await statusFor(both), 403);
        });

        it("when its policy allows two segments behind the stage, which the $connect ARN does not have", async () => {
            const tooLong: Handler = (event) => {
                const [api = ""] = String(event["methodArn"]).split("/");
                return { principalId: "ada", policyDocument: policy("Allow", `${api}/v1/*/*`) };
            };
            assert.equal(await statusFor(tooLong), 403);
        });

        it("when its policy allows another action", async () => {
            const other: Handler = () => ({
                principalId: "ada",
                policyDocument: policy("Allow", "*", "execute-api:ManageConnections"),
            });
            assert.equal(await statusFor(other), 403);
        });
    });

    describe("lets in", () => {
        for (const [what, pattern] of [
            ["any resource", "*"],
            ["the API with a wildcard", "arn:aws:execute-api:*:*:*/v1/*"],
            ["the route with a question mark", "arn:aws:execute-api:us-east-1:000000000000:*/v1/$connec?"],
        ] as const) {
            it(`when its policy allows ${what}`, async () => {
                await deploy(() => ({ principalId: "ada", policyDocument: policy("Allow", pattern) }));

                await gateway.connect();

                assert.equal(gateway.functions.eventsOf("$connect").length, 1);
            });
        }
    });

    describe("answers 500", () => {
        const failures: Record<string, Handler> = {
            "it fails with another message": () => Promise.reject(new Error("no keys")),
            "it cannot be invoked": () => Promise.reject(new AwsError("AccessDeniedException", "no permission", 403)),
            "it returns nothing": () => undefined,
            "it returns no principal": (event) => ({ ...allow(event), principalId: undefined }),
            "its principal is empty": (event) => ({ ...allow(event), principalId: "" }),
            "it returns no policy": () => ({ principalId: "ada" }),
            "its policy has an unknown effect": () => ({
                principalId: "ada",
                policyDocument: { Version: "2012-10-17", Statement: [{ Action: "*", Effect: "allow", Resource: "*" }] },
            }),
            "its context has an object in it": (event) => allow(event, { claims: { sub: "ada" } }),
            "its context has a list in it": (event) => allow(event, { roles: ["staff"] }),
        };
        for (const [what, handler] of Object.entries(failures)) {
            it(`when ${what}`, async () => {
                assert.equal(await statusFor(handler), 500);
                assert.match(gateway.log.join("\n"), /\$connect of stage v1 is answered with 500: authorizer/);
            });
        }

        it("when its result is longer than 8 KB", async () => {
            assert.equal(await statusFor((event) => allow(event, { claims: "x".repeat(8_192) })), 500);
        });

        it("when it takes longer than 29 seconds", async () => {
            await deploy(() => new Promise(() => undefined));
            const started = gateway.functions.nextEventOf("v1-authorizer");
            const refused = Client.refused(gateway.url());
            await started;

            gateway.time.advance(29_000);

            assert.equal((await refused).status, 500);
        });
    });

    it("may return a result of just 8 KB", async () => {
        await deploy((event) => {
            const bare = JSON.stringify(allow(event, { claims: "" })).length;
            return allow(event, { claims: "x".repeat(8_192 - bare) });
        });

        await gateway.connect();

        assert.equal(gateway.functions.eventsOf("$connect").length, 1);
    });
});

describe("AWS_IAM on $connect", () => {
    let gateway: TestGateway;
    let api: TestApi;
    beforeEach(async () => {
        gateway = await TestGateway.start();
        api = await deployApi(gateway, {
            routes: { $connect: { handler: () => OK, route: { authorizationType: "AWS_IAM" } } },
        });
    });
    afterEach(() => gateway.close());

    function signature(): Promise<Record<string, string>> {
        const request = { service: "execute-api", method: "GET", url: `http://${gateway.host}/v1` };
        return signedHeaders(gateway.credentialsOf("role"), request);
    }

    it("answers 403 to an unsigned handshake", async () => {
        assert.equal((await Client.refused(gateway.url())).status, 403);
        assert.deepEqual(gateway.functions.invocations, []);
    });

    it("judges the signer of a signed one, for execute-api:Invoke on the route", async () => {
        await gateway.connect({ headers: await signature() });

        assert.equal(gateway.functions.eventsOf("$connect").length, 1);
        const [call] = gateway.calls;
        assert.equal(call?.action, "execute-api:Invoke");
        assert.equal(call.resource, `arn:aws:execute-api:us-east-1:000000000000:${api.id}/v1/$connect`);
        assert.equal(call.principal.kind === "role" && call.principal.roleArn, ROLE_ARN);
    });

    it("takes a signature in the URL, which is all that a browser can send, and passes the rest of the query on", async () => {
        const url = await signedUrl(gateway.credentialsOf("role"), {
            service: "execute-api",
            url: `http://${gateway.host}/v1?channels=orders%2F%40me`,
        });
        const client = await Client.connect(url);

        const [event] = gateway.functions.eventsOf("$connect");
        assert.equal((event?.["queryStringParameters"] as Record<string, unknown>)["channels"], "orders/@me");
        client.socket.terminate();
    });

    it("answers 403 to a URL that was changed after it was signed, or whose time is over", async () => {
        const request = { service: "execute-api", url: `http://${gateway.host}/v1?channels=a` };
        const url = await signedUrl(gateway.credentialsOf("role"), request);

        assert.equal((await Client.refused(url.replace("channels=a", "channels=b"))).status, 403);
        assert.equal((await Client.refused(url.replace(/X-Amz-Expires=60/, "X-Amz-Expires=600000"))).status, 403);
        assert.deepEqual(gateway.functions.invocations, []);
    });

    it("names the signer in the events of the connection: the handshake, its messages and its end", async () => {
        await deployApi(gateway, {
            stage: "v2",
            routes: {
                $connect: { handler: () => OK, route: { authorizationType: "AWS_IAM" } },
                $default: { handler: () => OK },
                $disconnect: { handler: () => OK },
            },
        });
        const url = await signedUrl(gateway.credentialsOf("role"), {
            service: "execute-api",
            url: `http://${gateway.host}/v2`,
        });
        const client = await Client.connect(url);
        const said = gateway.functions.nextEventOf("$default");
        client.socket.send("hello");
        const left = gateway.functions.nextEventOf("$disconnect");
        await said;
        client.socket.close();
        await left;

        for (const route of ["$connect", "$default", "$disconnect"]) {
            const { requestContext } = gateway.functions.eventsOf(route).at(-1) as {
                requestContext: { identity: Record<string, unknown> };
            };
            const { accountId, caller, user, userArn } = requestContext.identity;
            assert.deepEqual(
                [accountId, caller, user, userArn],
                [
                    "000000000000",
                    "AROAnotifier:notifier",
                    "AROAnotifier:notifier",
                    "arn:aws:sts::000000000000:assumed-role/notifier/notifier",
                ],
                route,
            );
        }
    });

    it("answers 403 to a signer who may not", async () => {
        gateway.denied.add("execute-api:Invoke");

        assert.equal((await Client.refused(gateway.url(), { headers: await signature() })).status, 403);
    });
});
