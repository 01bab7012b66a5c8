import { strict as assert } from "node:assert";
import { Client } from "./support/client";
import { deployApi, ECHO, invokeArn, WHO_AM_I } from "./support/test-api";
import { TestGateway } from "./support/test-gateway";

const API = "aws:apigatewayv2/api:Api";
const ROUTE = "aws:apigatewayv2/route:Route";
const STAGE = "aws:apigatewayv2/stage:Stage";
const DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment";
const INTEGRATION = "aws:apigatewayv2/integration:Integration";
const AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer";

type Inputs = Readonly<Record<string, unknown>>;

describe("API Gateway's resources", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
    });
    afterEach(() => gateway.close());

    it("have the outputs that a program builds on", async () => {
        const inputs = { protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" };
        const api = await gateway.register(API, "api", inputs);
        const stage = await gateway.register(STAGE, "stage", { apiId: api.id, name: "v1", autoDeploy: true });

        assert.match(api.id, /^[a-z0-9]{10}$/);
        assert.match(String(api.outputs["name"]), /^api-[0-9a-f]{7}$/);
        assert.equal(api.outputs["apiEndpoint"], `ws://${gateway.host}`);
        assert.equal(api.outputs["arn"], `arn:aws:apigateway:us-east-1::/apis/${api.id}`);
        assert.equal(api.outputs["executionArn"], `arn:aws:execute-api:us-east-1:000000000000:${api.id}`);
        assert.equal(stage.id, "v1");
        assert.equal(stage.outputs["name"], "v1");
        assert.equal(stage.outputs["invokeUrl"], `ws://${gateway.host}/v1`);
        assert.equal(stage.outputs["arn"], `arn:aws:apigateway:us-east-1::/apis/${api.id}/stages/v1`);
        assert.equal(stage.outputs["executionArn"], `arn:aws:execute-api:us-east-1:000000000000:${api.id}/v1`);
    });

    it("have the same ids at every start", async () => {
        const again = await TestGateway.start();

        const [one, other] = await Promise.all([deployApi(gateway), deployApi(again)]);

        assert.equal(one.id, other.id);
        await again.close();
    });

    it("refuse a second API with the same stage, in a text that says what to do", async () => {
        await deployApi(gateway, { stage: "v1" });
        const other = await gateway.register(API, "other", {
            protocolType: "WEBSOCKET",
            routeSelectionExpression: "$request.body.action",
        });

        await assert.rejects(
            gateway.register(STAGE, "other", { apiId: other.id, name: "v1", autoDeploy: true }),
            /Stage "other": the API "\w+" has a stage "v1" already: .* name this one differently/,
        );
    });

    it("take the account's logging role and do nothing with it", async () => {
        const account = await gateway.register("aws:apigateway/account:Account", "account", {
            cloudwatchRoleArn: "arn",
        });

        assert.deepEqual(account.outputs, {});
    });

    describe("refuse what AWS would, or what would silently mean nothing here:", () => {
        const API_INPUTS = { protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" };
        const PROXY = { integrationType: "AWS_PROXY", integrationMethod: "POST", integrationUri: invokeArn("f") };
        const REQUEST = { authorizerType: "REQUEST", authorizerUri: invokeArn("f") };
        const cases: readonly [string, string, Inputs, RegExp][] = [
            ["an HTTP API", API, { protocolType: "HTTP" }, /`protocolType` must be WEBSOCKET/],
            [
                "an API without route selection",
                API,
                { protocolType: "WEBSOCKET" },
                /`routeSelectionExpression` is missing/,
            ],
            [
                "a route selection by header",
                API,
                { ...API_INPUTS, routeSelectionExpression: "$request.header.a" },
                /\$request\.header\.a/,
            ],
            [
                "a disabled endpoint",
                API,
                { ...API_INPUTS, disableExecuteApiEndpoint: true },
                /`disableExecuteApiEndpoint` is not served/,
            ],
            [
                "a JWT authorizer",
                AUTHORIZER,
                { ...REQUEST, authorizerType: "JWT" },
                /JWT authorizers are for HTTP APIs only/,
            ],
            [
                "simple authorizer responses",
                AUTHORIZER,
                { ...REQUEST, enableSimpleResponses: true },
                /is for HTTP APIs only/,
            ],
            [
                "an unknown identity source",
                AUTHORIZER,
                { ...REQUEST, identitySources: ["$request.header.A"] },
                /"\$request\.header\.A" is none of/,
            ],
            [
                "an authorizer's plain function ARN",
                AUTHORIZER,
                { ...REQUEST, authorizerUri: "arn:aws:lambda:::f" },
                /it is the invokeArn/,
            ],
            [
                "an HTTP integration",
                INTEGRATION,
                { integrationType: "HTTP_PROXY" },
                /"HTTP_PROXY"; the local cloud serves AWS_PROXY, MOCK/,
            ],
            ["an integration by GET", INTEGRATION, { ...PROXY, integrationMethod: "GET" }, /must be POST/],
            [
                "a timeout over 29 s",
                INTEGRATION,
                { ...PROXY, timeoutMilliseconds: 30_000 },
                /is 30000; it is 50 to 29000/,
            ],
            [
                "a template with logic",
                INTEGRATION,
                { integrationType: "MOCK", requestTemplates: { a: "#if(true)#end" } },
                /uses #if/,
            ],
            ["a route by API key", ROUTE, { routeKey: "a", apiKeyRequired: true }, /`apiKeyRequired` is not served/],
            [
                "a route with models",
                ROUTE,
                { routeKey: "a", requestModels: { a: "b" } },
                /`requestModels` is not served/,
            ],
            [
                "authorization on a later route",
                ROUTE,
                { routeKey: "a", authorizationType: "AWS_IAM" },
                /restricted to the \$connect route/,
            ],
            [
                "authorization by JWT",
                ROUTE,
                { routeKey: "$connect", authorizationType: "JWT" },
                /"JWT"; the local cloud serves NONE, AWS_IAM, CUSTOM/,
            ],
            [
                "a custom authorization without authorizer",
                ROUTE,
                { routeKey: "$connect", authorizationType: "CUSTOM" },
                /`authorizerId` is missing/,
            ],
            ["a strange target", ROUTE, { routeKey: "a", target: "lambda/f" }, /it is integrations\/ and the id/],
            ["a stage name of ours", STAGE, { name: "_url" }, /`name` is "_url"/],
            ["half a throttle", STAGE, { name: "v1", defaultRouteSettings: { throttlingRateLimit: 1 } }, /needs both/],
            ["a missing API", ROUTE, { routeKey: "a", apiId: "nope" }, /there is no API "nope"/],
            ["a wrong type", ROUTE, { routeKey: 7 }, /`routeKey` must be a string, not 7/],
        ];
        for (const [what, type, inputs, text] of cases) {
            it(what, async () => {
                const { id: apiId } = await gateway.register(API, "api", API_INPUTS);

                await assert.rejects(gateway.register(type, "mine", { apiId, ...inputs }), (error: Error) => {
                    assert.match(error.message, text);
                    assert.equal(error.message.startsWith(`${type} "mine": `), true, error.message);
                    return true;
                });
            });
        }

        it("two routes of the same key", async () => {
            const api = await deployApi(gateway, { routes: { echo: ECHO } });

            await assert.rejects(
                gateway.register(ROUTE, "again", { apiId: api.id, routeKey: "echo" }),
                /has a route with the key "echo" already/,
            );
        });
    });

    describe("while clients are connected", () => {
        it("put a new route and a changed one in service for them", async () => {
            const api = await deployApi(gateway, { routes: { echo: ECHO, whoami: WHO_AM_I } });
            const client = await gateway.connect();
            const id = await gateway.connectionId(client);
            client.send({ action: "late" });
            assert.match(await client.next(), /Forbidden/);

            const route = await api.addRoute("late", {
                answers: true,
                handler: () => ({ statusCode: 200, body: "first" }),
            });
            client.send({ action: "late" });
            assert.equal(await client.next(), "first");
            gateway.functions.define("other", () => ({ statusCode: 200, body: "second" }));
            const target = `integrations/${await api.addIntegration("other")}`;
            const inputs = { apiId: api.id, routeKey: "late", target, routeResponseSelectionExpression: "$default" };
            await gateway.update(ROUTE, "v1-late", inputs, route);
            client.send({ action: "late" });
            assert.equal(await client.next(), "second");

            assert.equal(await gateway.connectionId(client), id);
        });

        it("take a deleted route out of service", async () => {
            const api = await deployApi(gateway, { routes: {} });
            const route = await api.addRoute("whoami", WHO_AM_I);
            const client = await gateway.connect();
            await gateway.connectionId(client);

            await gateway.behaviours[ROUTE]?.delete(route);
            client.send({ action: "whoami" });

            assert.match(await client.next(), /Forbidden/);
        });

        it("apply another route selection and new stage settings", async () => {
            const inputs = { protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" };
            const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
            const client = await gateway.connect();

            const current = { id: api.id, outputs: {} };
            await gateway.update(API, "api-v1", { ...inputs, routeSelectionExpression: "$request.body.do" }, current);
            client.send({ do: "whoami" });
            assert.match(await client.next(), /=$/);
            await gateway.update(
                STAGE,
                "v1",
                {
                    apiId: api.id,
                    name: "v1",
                    autoDeploy: true,
                    defaultRouteSettings: { throttlingRateLimit: 0, throttlingBurstLimit: 0 },
                },
                { id: "v1", outputs: { apiId: api.id } },
            );
            client.send({ do: "whoami" });
            assert.match(await client.next(), /Too Many Requests/);
        });

        it("close them when their stage is gone, at their next message", async () => {
            const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
            const client = await gateway.connect();

            await gateway.behaviours[STAGE]?.delete({ id: "v1", outputs: { apiId: api.id } });
            client.send({ action: "whoami" });

            assert.equal((await client.closed).code, 1001);
        });
    });

    describe("with deployments of their own", () => {
        it("serve what was there when it was deployed, until it is deployed again", async () => {
            const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I }, stageInputs: {} });
            const deploy = (version: string) =>
                gateway.register(DEPLOYMENT, "deployment", { apiId: api.id, triggers: { version } });
            const first = await deploy("1");
            const stage = await api.addStage({ deploymentId: first.id });
            const client = await gateway.connect();

            await api.addRoute("late", { answers: true, handler: () => ({ statusCode: 200, body: "late" }) });
            client.send({ action: "late" });
            assert.match(await client.next(), /Forbidden/);
            // As a program that is run again does it: the old deployment goes, a new one comes, the stage follows.
            await gateway.behaviours[DEPLOYMENT]?.delete(first);
            const second = await deploy("2");
            assert.match(await gateway.connectionId(client), /=$/);
            await gateway.update(STAGE, "v1", { apiId: api.id, name: "v1", deploymentId: second.id }, stage);
            client.send({ action: "late" });

            assert.equal(await client.next(), "late");
            assert.notEqual(first.id, second.id);
        });

        it("refuse a deployment before there is a route", async () => {
            const api = await deployApi(gateway, { routes: {}, stageInputs: {} });

            await assert.rejects(
                gateway.register(DEPLOYMENT, "deployment", { apiId: api.id }),
                /no routes exist in this API/,
            );
        });

        it("refuse a stage that names a deployment that is not there", async () => {
            const api = await deployApi(gateway, { routes: {}, stageInputs: {} });

            await assert.rejects(
                api.addStage({ deploymentId: "nope" }),
                /names the deployment nope, which does not exist/,
            );
        });
    });

    it("go out of service when they are deleted", async () => {
        const api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });

        await gateway.behaviours[API]?.delete({ id: api.id, outputs: {} });

        assert.equal((await Client.refused(gateway.url())).status, 403);
    });
});
