import { strict as assert } from "node:assert";
import { AwsError } from "../../../../local/aws/aws-error";
import { FunctionUrls, type FunctionUrl } from "../../../../local/services/function-urls/function-urls";
import type { FunctionEvent, Handler } from "../api-gateway/support/fake-functions";
import { signedHeaders } from "../api-gateway/support/signed-request";
import { TestGateway } from "../api-gateway/support/test-gateway";

const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:webhook";

describe("A function's URL", () => {
    let gateway: TestGateway;
    let urls: Map<string, FunctionUrl>;
    beforeEach(async () => {
        gateway = await TestGateway.start();
        urls = new Map([["abc", { functionArn: FUNCTION_ARN, authorizationType: "NONE" }]]);
        const functionUrls = new FunctionUrls({
            lookup: (id) => urls.get(id),
            invoker: gateway.functions,
            access: gateway.access,
            host: () => gateway.host,
            clock: gateway.time.clock,
            log: (line) => gateway.log.push(line),
        });
        gateway.server.mount("_url", functionUrls.handle);
    });
    afterEach(() => gateway.close());

    function call(path = "", init: RequestInit = {}): Promise<Response> {
        return fetch(`http://${gateway.host}/_url/abc${path}`, init);
    }

    async function responseTo(handler: Handler): Promise<Response> {
        gateway.functions.define("webhook", handler);
        return call();
    }

    /** The event that a request makes. */
    async function eventOf(path: string, init: RequestInit = {}): Promise<FunctionEvent> {
        gateway.functions.define("webhook", () => "ok");
        await call(path, init);
        const event = gateway.functions.eventsOf("webhook").at(-1);
        assert.ok(event !== undefined);
        return event;
    }

    describe("invokes the function with an event of format 2.0", () => {
        it("that says all of the request", async () => {
            const event = await eventOf("/orders/4%202?b=1&a=x%20y&b=2", {
                method: "POST",
                body: '{"a":1}',
                headers: {
                    "Content-Type": "application/json",
                    "X-Custom": "1",
                    Cookie: "one=1; two=2",
                    "User-Agent": "test/1",
                },
            });

            const { requestContext, headers, ...rest } = event;
            assert.deepEqual(rest, {
                version: "2.0",
                routeKey: "$default",
                rawPath: "/orders/4%202",
                rawQueryString: "b=1&a=x%20y&b=2",
                cookies: ["one=1", "two=2"],
                queryStringParameters: { a: "x y", b: "1,2" },
                body: '{"a":1}',
                isBase64Encoded: false,
            });
            const sent = headers as Record<string, string>;
            assert.equal(sent["content-type"], "application/json");
            assert.equal(sent["x-custom"], "1");
            assert.equal(sent["host"], gateway.host);
            assert.equal(sent["x-forwarded-for"], "127.0.0.1");
            assert.equal("cookie" in sent, false);
            const { requestId, ...context } = requestContext;
            assert.match(String(requestId), /^[0-9a-f-]{36}$/);
            assert.deepEqual(context, {
                accountId: "anonymous",
                apiId: "abc",
                domainName: gateway.host,
                domainPrefix: "abc",
                http: {
                    method: "POST",
                    path: "/orders/4%202",
                    protocol: "HTTP/1.1",
                    sourceIp: "127.0.0.1",
                    userAgent: "test/1",
                },
                routeKey: "$default",
                stage: "$default",
                time: "09/Feb/2024:18:11:43 +0000",
                timeEpoch: gateway.time.clock(),
            });
        });

        it("without members for what the request does not have", async () => {
            const event = await eventOf("");

            assert.equal(event["rawPath"], "/");
            assert.equal(event["rawQueryString"], "");
            for (const member of ["cookies", "queryStringParameters", "body"]) {
                assert.equal(member in event, false, member);
            }
        });

        for (const [type, text] of [
            ["application/json; charset=utf-8", true],
            ["application/cloudevents+json", true],
            ["text/plain", true],
            ["application/xml", true],
            ["application/octet-stream", false],
            ["image/png", false],
            ["application/x-www-form-urlencoded", false],
            ["", false],
        ] as const) {
            it(`with a body of type "${type}" as ${text ? "text" : "base64"}`, async () => {
                const body = Buffer.from('{"total":"99 €"}');

                const event = await eventOf("", {
                    method: "POST",
                    body,
                    headers: type === "" ? {} : { "Content-Type": type },
                });

                assert.equal(event["isBase64Encoded"], !text);
                assert.equal(event["body"], body.toString(text ? "utf8" : "base64"));
            });
        }
    });

    describe("answers with what the function returned:", () => {
        it("status, headers, cookies and body", async () => {
            const response = await responseTo(() => ({
                statusCode: 201,
                headers: { "Content-Type": "text/html", "X-Custom": 7 },
                cookies: ["a=1; Path=/", "b=2"],
                body: "<p>é</p>",
            }));

            assert.equal(response.status, 201);
            assert.equal(response.headers.get("content-type"), "text/html");
            assert.equal(response.headers.get("x-custom"), "7");
            assert.deepEqual(response.headers.getSetCookie(), ["a=1; Path=/", "b=2"]);
            assert.equal(await response.text(), "<p>é</p>");
        });

        it("a body in base64, as bytes", async () => {
            const bytes = Buffer.from([0, 255, 1]);

            const response = await responseTo(() => ({
                statusCode: 200,
                body: bytes.toString("base64"),
                isBase64Encoded: true,
            }));

            assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
        });

        for (const [what, returned, body] of [
            ["a string", "Hello, world!", '"Hello, world!"'],
            ["an object without a status", { message: "hi" }, '{"message":"hi"}'],
            ["a list", [1, 2], "[1,2]"],
            ["nothing", undefined, "null"],
        ] as const) {
            it(`${what}, as the JSON body of a 200`, async () => {
                const response = await responseTo(() => returned);

                assert.equal(response.status, 200);
                assert.equal(response.headers.get("content-type"), "application/json");
                assert.equal(await response.text(), body);
            });
        }

        it("an object body, as JSON", async () => {
            const response = await responseTo(() => ({ statusCode: 200, body: { a: 1 } }));

            assert.deepEqual(await response.json(), { a: 1 });
        });

        it("no body", async () => {
            const response = await responseTo(() => ({ statusCode: 204 }));

            assert.equal(response.status, 204);
            assert.equal(await response.text(), "");
        });
    });

    describe("answers 502", () => {
        it("when the function throws, and does not tell the client why", async () => {
            const response = await responseTo(() => Promise.reject(new Error("password is hunter2")));

            assert.equal(response.status, 502);
            assert.equal(await response.text(), "Internal Server Error");
            assert.match(gateway.log.join(), /hunter2/);
        });

        it("when the status is no status", async () => {
            assert.equal((await responseTo(() => ({ statusCode: "soon" }))).status, 502);
        });

        it("when a header cannot be sent", async () => {
            assert.equal(
                (await responseTo(() => ({ statusCode: 200, headers: { "x-a": "1\r\nx-b: 2" } }))).status,
                502,
            );
        });

        it("when the response is longer than 6 MB", async () => {
            assert.equal(
                (await responseTo(() => ({ statusCode: 200, body: "x".repeat(6 * 1024 * 1024 + 1) }))).status,
                502,
            );
        });
    });

    it("takes a body of 6 MB, and answers 413 to more", async () => {
        const whole = Buffer.alloc(6 * 1024 * 1024, "x");
        const event = await eventOf("", { method: "POST", body: whole, headers: { "Content-Type": "text/plain" } });
        assert.equal(String(event["body"]).length, whole.length);

        const response = await call("", { method: "POST", body: Buffer.alloc(whole.length + 1) });

        assert.equal(response.status, 413);
    });

    it("answers 404 where there is no such URL", async () => {
        assert.equal((await fetch(`http://${gateway.host}/_url/other/`)).status, 404);
    });

    describe("that is open to all", () => {
        it("has its callers judged as anonymous, and invokes as such", async () => {
            await eventOf("");

            assert.deepEqual(gateway.calls, [
                {
                    principal: { kind: "anonymous" },
                    action: "lambda:InvokeFunctionUrl",
                    resource: FUNCTION_ARN,
                    context: { "lambda:FunctionUrlAuthType": "NONE" },
                },
            ]);
            assert.deepEqual(gateway.functions.invocations[0]?.caller, { kind: "anonymous" });
        });

        it("answers 403 when the gate refuses that", async () => {
            gateway.denied.add("lambda:InvokeFunctionUrl");

            const response = await responseTo(() => "ok");

            assert.equal(response.status, 403);
            assert.deepEqual(await response.json(), { Message: "Forbidden" });
            assert.deepEqual(gateway.functions.invocations, []);
        });

        it("answers 403 when the function may not be invoked, and 429 when it is throttled", async () => {
            const denied = await responseTo(() => Promise.reject(new AwsError("AccessDeniedException", "no", 403)));
            const throttled = await responseTo(() =>
                Promise.reject(new AwsError("TooManyRequestsException", "no", 429)),
            );

            assert.deepEqual([denied.status, throttled.status], [403, 429]);
        });
    });

    describe("with AWS_IAM", () => {
        beforeEach(() => {
            urls.set("abc", { functionArn: FUNCTION_ARN, authorizationType: "AWS_IAM" });
        });

        it("answers 403 to an unsigned request", async () => {
            const response = await responseTo(() => "ok");

            assert.equal(response.status, 403);
            assert.deepEqual(gateway.functions.invocations, []);
        });

        it("invokes as the signer, whom the event names", async () => {
            gateway.functions.define("webhook", () => "ok");
            const url = `http://${gateway.host}/_url/abc/x`;
            const headers = await signedHeaders(gateway.credentialsOf("role"), {
                service: "lambda",
                method: "GET",
                url,
            });

            const response = await fetch(url, { headers });

            assert.equal(response.status, 200);
            const { caller, event } = gateway.functions.invocations[0] ?? {};
            assert.equal(caller?.kind, "role");
            const authorizer = event?.requestContext["authorizer"] as { readonly iam: { readonly userArn: string } };
            assert.equal(authorizer.iam.userArn, caller.arn);
            assert.equal(event?.requestContext["accountId"], "000000000000");
        });
    });

    describe("with CORS settings", () => {
        const origin = "https://shop.example";
        beforeEach(() => {
            const cors = {
                allowOrigins: [origin],
                allowMethods: ["POST"],
                allowHeaders: ["content-type"],
                maxAge: 60,
                allowCredentials: true,
            };
            urls.set("abc", { functionArn: FUNCTION_ARN, authorizationType: "NONE", cors });
        });

        it("answers a preflight itself", async () => {
            const headers = { Origin: origin, "Access-Control-Request-Method": "POST" };

            const response = await call("", { method: "OPTIONS", headers });

            assert.equal(response.status, 200);
            assert.equal(response.headers.get("access-control-allow-origin"), origin);
            assert.equal(response.headers.get("access-control-allow-methods"), "POST");
            assert.equal(response.headers.get("access-control-allow-headers"), "content-type");
            assert.equal(response.headers.get("access-control-max-age"), "60");
            assert.equal(response.headers.get("access-control-allow-credentials"), "true");
            assert.deepEqual(gateway.functions.invocations, []);
        });

        it("lets pages of the allowed origin read, and no others", async () => {
            gateway.functions.define("webhook", () => "ok");

            const allowed = await call("", { headers: { Origin: origin } });
            const foreign = await call("", { headers: { Origin: "https://evil.example" } });

            assert.equal(allowed.headers.get("access-control-allow-origin"), origin);
            assert.equal(foreign.headers.get("access-control-allow-origin"), null);
        });
    });

    it("leaves a preflight to the function where there are no CORS settings", async () => {
        const event = await eventOf("", {
            method: "OPTIONS",
            headers: { Origin: "https://a.example", "Access-Control-Request-Method": "POST" },
        });

        assert.equal((event.requestContext["http"] as Record<string, string>)["method"], "OPTIONS");
    });
});
