import { strict as assert } from "node:assert";
import { Client } from "../support/client";
import { deployApi, WHO_AM_I } from "../support/test-api";
import { TestGateway } from "../support/test-gateway";

const OK = { statusCode: 200 };
const FORMAT = JSON.stringify({
    id: "$context.requestId",
    event: "$context.eventType",
    route: "$context.routeKey",
    status: "$context.status",
    user: "$context.authorizer.userId",
    ip: "$context.identity.sourceIp",
    error: "$context.error.message",
    integration: "$context.integrationErrorMessage",
    authorizer: "$context.authorizer.error",
    unknown: "$context.nothing.of.the.sort",
});

describe("The access log", () => {
    let gateway: TestGateway;
    beforeEach(async () => {
        gateway = await TestGateway.start();
    });
    afterEach(() => gateway.close());

    function lines(): Record<string, string>[] {
        return gateway.accessLog.map((line) => JSON.parse(line) as Record<string, string>);
    }

    const stageInputs = {
        autoDeploy: true,
        accessLogSettings: { destinationArn: "arn:aws:logs:::log-group:a", format: FORMAT },
    };

    it("has a line for each connect, message and disconnect, with the variables of the stage's format", async () => {
        await deployApi(gateway, {
            stageInputs,
            authorizer: (event) => ({
                principalId: "ada",
                policyDocument: {
                    Version: "2012-10-17",
                    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: event["methodArn"] }],
                },
                context: { userId: "ada" },
            }),
            routes: { $connect: { handler: () => OK }, whoami: WHO_AM_I },
        });
        const client = await gateway.connect();
        await gateway.connectionId(client);
        client.send({ action: "unknown" });
        await client.next();
        await client.close();
        await gateway.server.close();

        assert.deepEqual(
            lines().map(({ event, route, status, user, ip, error }) => [event, route, status, user, ip, error]),
            [
                ["CONNECT", "$connect", "200", "ada", "127.0.0.1", "-"],
                ["MESSAGE", "whoami", "200", "ada", "127.0.0.1", "-"],
                ["MESSAGE", "$default", "403", "ada", "127.0.0.1", "Forbidden"],
                ["DISCONNECT", "$disconnect", "200", "ada", "127.0.0.1", "-"],
            ],
        );
        assert.equal(new Set(lines().map(({ id }) => id)).size, 4);
        assert.equal(lines()[0]?.["unknown"], "-");
    });

    it("says why an authorizer or an integration failed, in text that keeps a JSON format valid", async () => {
        await deployApi(gateway, {
            stageInputs,
            authorizer: () => Promise.reject(new Error('no "keys"')),
            routes: { $connect: { handler: () => OK } },
        });

        await Client.refused(gateway.url());

        const [line] = lines();
        assert.equal(line?.["status"], "500");
        assert.match(line["authorizer"] ?? "", /no "keys"/);
    });

    it("has no line where the stage sets none", async () => {
        await deployApi(gateway, { routes: { whoami: WHO_AM_I } });
        const client = await gateway.connect();

        await gateway.connectionId(client);

        assert.deepEqual(gateway.accessLog, []);
    });
});
