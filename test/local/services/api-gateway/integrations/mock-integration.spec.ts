import { strict as assert } from "node:assert";
import { deployApi, WHO_AM_I, type TestApi } from "../support/test-api";
import { TestGateway } from "../support/test-gateway";

const DEFAULT = String.raw`\$default`;

describe("A MOCK integration", () => {
    let gateway: TestGateway;
    let api: TestApi;
    beforeEach(async () => {
        gateway = await TestGateway.start();
        api = await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
    });
    afterEach(() => gateway.close());

    it("answers a ping with a pong, and no function runs", async () => {
        await api.addMock(
            "ping",
            { requestTemplates: { $default: '{"statusCode":200}' }, templateSelectionExpression: DEFAULT },
            { responseTemplates: { $default: '{"type":"pong"}' }, templateSelectionExpression: DEFAULT },
        );
        const client = await gateway.connect();

        client.send({ action: "ping" });

        assert.equal(await client.next(), '{"type":"pong"}');
        assert.deepEqual(gateway.functions.invocations, []);
    });

    it("chooses the request template by the message, and the response by the status", async () => {
        const integrationId = await api.addIntegration("check", {
            integrationType: "MOCK",
            requestTemplates: { good: '{"statusCode": 200}', bad: '{"statusCode": 404}' },
            templateSelectionExpression: "$request.body.kind",
        });
        await api.addRoute("check", { answers: true, route: { target: `integrations/${integrationId}` } });
        for (const [key, text] of Object.entries({ "/2\\d\\d/": "fine", $default: "other" })) {
            await gateway.register("aws:apigatewayv2/integrationResponse:IntegrationResponse", key, {
                apiId: api.id,
                integrationId,
                integrationResponseKey: key,
                responseTemplates: { $default: text },
            });
        }
        const client = await gateway.connect();

        client.send({ action: "check", kind: "good" });
        assert.equal(await client.next(), "fine");
        client.send({ action: "check", kind: "bad" });
        assert.equal(await client.next(), "other");
    });

    it("chooses the response template by the status", async () => {
        await api.addMock(
            "ping",
            { requestTemplates: { 200: '{"statusCode":200}' }, templateSelectionExpression: "200" },
            {
                integrationResponseKey: "/200/",
                responseTemplates: { 200: "pong", $default: "no" },
                templateSelectionExpression: "${integration.response.statuscode}",
            },
        );
        const client = await gateway.connect();

        client.send({ action: "ping" });

        assert.equal(await client.next(), "pong");
    });

    it("fills in variables of the request", async () => {
        await api.addMock(
            "ping",
            { requestTemplates: { $default: "{\"statusCode\":$input.json('$.status')}" } },
            { integrationResponseKey: "/202/", responseTemplates: { $default: '{"you":"$context.connectionId"}' } },
        );
        const client = await gateway.connect();
        const id = await gateway.connectionId(client);

        client.send({ action: "ping", status: 202 });

        assert.deepEqual(await client.nextJson(), { you: id });
    });

    it("sends nothing without a route response", async () => {
        const integrationId = await api.addIntegration("ping", {
            integrationType: "MOCK",
            requestTemplates: { $default: '{"statusCode":200}' },
        });
        await api.addRoute("ping", { route: { target: `integrations/${integrationId}` } });
        const client = await gateway.connect();

        client.send({ action: "ping" });

        assert.match(await gateway.connectionId(client), /=$/);
    });

    it("passes a message without a template through, which may bring the statusCode itself", async () => {
        await api.addMock("ping", {}, { responseTemplates: { $default: "passed" } });
        const client = await gateway.connect();

        client.send({ action: "ping", statusCode: 200 });

        assert.equal(await client.next(), "passed");
    });

    describe("is answered with Internal server error", () => {
        const mistakes: Record<string, [Record<string, unknown>, Record<string, unknown>]> = {
            "when its template has no statusCode": [{ requestTemplates: { $default: "{}" } }, {}],
            "when no template matches, since the message has no statusCode": [
                { requestTemplates: { "application/json": '{"statusCode":200}' } },
                {},
            ],
            "when there is no template and no message may pass": [
                { passthroughBehavior: "NEVER" },
                { responseTemplates: { $default: "never" } },
            ],
            "when no template matches, and only without any may a message pass": [
                { passthroughBehavior: "WHEN_NO_TEMPLATES", requestTemplates: { other: '{"statusCode":200}' } },
                { responseTemplates: { $default: "never" } },
            ],
            "when no integration response fits the status": [
                { requestTemplates: { $default: '{"statusCode":200}' } },
                { integrationResponseKey: "/500/" },
            ],
        };
        for (const [what, [integration, response]] of Object.entries(mistakes)) {
            const message = what.includes("may") ? { action: "ping", statusCode: 200 } : { action: "ping" };
            it(what, async () => {
                await api.addMock("ping", integration, response);
                const client = await gateway.connect();

                client.send(message);

                assert.match(await client.next(), /^{"message": "Internal server error"/);
                assert.match(gateway.log.join("\n"), /route ping of stage v1: its MOCK integration/);
            });
        }
    });

    it("behind $connect accepts or refuses by its status", async () => {
        const integrationId = await api.addIntegration("$connect", {
            integrationType: "MOCK",
            requestTemplates: { $default: '{"statusCode":200}' },
        });
        await api.addRoute("$connect", { route: { target: `integrations/${integrationId}` } });

        const client = await gateway.connect();

        assert.match(await gateway.connectionId(client), /=$/);
    });
});
