import * as assert from "node:assert/strict";
import type { WebSocketApiArgs } from "../../../components/websocket/websocket-api-args";
import { WebSocketApi } from "../../../components/websocket/websocket-api";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";
import { statementsOf } from "../../support/policy";
import { without } from "../../support/without";

const ARGS: WebSocketApiArgs = {
    authentication: {
        issuer: "https://login.example.com/",
        audience: ["web", "app"],
        allowedOrigins: ["https://shop.example.com", "https://www.example.com"],
    },
    registry: { name: "registry", arn: "arn:registry" },
    messageLog: { name: "message-log", arn: "arn:message-log" },
    namespaces: { name: "namespaces", arn: "arn:namespaces" },
    deliveries: { url: "https://deliveries", arn: "arn:deliveries" },
};

const EXECUTION = "arn:aws:execute-api:us-east-1:123456789012:ws-api";

/** The API with what its callers see of it. */
async function record(
    args: Partial<WebSocketApiArgs> = {},
): Promise<Graph & { readonly outputs: Record<string, string> }> {
    const outputs: Record<string, string> = {};
    const graph = await recordGraph(() => {
        const api = new WebSocketApi("ws", { ...ARGS, ...args });
        for (const name of ["webSocketUrl", "managementEndpoint", "postArn"] as const) {
            api[name].apply((value) => {
                outputs[name] = value;
            });
        }
    });
    return Object.assign(graph, { outputs });
}

describe("WebSocketApi", () => {
    let graph: Awaited<ReturnType<typeof record>>;

    before(async () => {
        graph = await record();
    });

    function environmentOf(name: string): unknown {
        return graph.one("aws:lambda/function:Function", `ws-${name}-function`).inputs["environment"];
    }

    it("is an API, its routes and functions, and one stage", () => {
        assert.deepEqual(
            graph.identities.filter((identity) => identity.endsWith(" < ws") || identity.endsWith(" < ")),
            [
                "aws:apigatewayv2/api:Api ws-api < ws",
                "aws:apigatewayv2/authorizer:Authorizer ws-authorizer < ws",
                "aws:apigatewayv2/integration:Integration ws-integration-connect < ws",
                "aws:apigatewayv2/integration:Integration ws-integration-disconnect < ws",
                "aws:apigatewayv2/integration:Integration ws-integration-message < ws",
                "aws:apigatewayv2/integration:Integration ws-integration-ping < ws",
                "aws:apigatewayv2/integrationResponse:IntegrationResponse ws-integration-ping-response < ws",
                "aws:apigatewayv2/route:Route ws-route-connect < ws",
                "aws:apigatewayv2/route:Route ws-route-default < ws",
                "aws:apigatewayv2/route:Route ws-route-disconnect < ws",
                "aws:apigatewayv2/route:Route ws-route-hello < ws",
                "aws:apigatewayv2/route:Route ws-route-ping < ws",
                "aws:apigatewayv2/route:Route ws-route-subscribe < ws",
                "aws:apigatewayv2/route:Route ws-route-unsubscribe < ws",
                "aws:apigatewayv2/routeResponse:RouteResponse ws-route-default-response < ws",
                "aws:apigatewayv2/routeResponse:RouteResponse ws-route-hello-response < ws",
                "aws:apigatewayv2/routeResponse:RouteResponse ws-route-ping-response < ws",
                "aws:apigatewayv2/routeResponse:RouteResponse ws-route-unsubscribe-response < ws",
                "aws:apigatewayv2/stage:Stage ws-stage < ws",
                "aws:cloudwatch/logGroup:LogGroup ws-access-logs < ws",
                "aws:lambda/permission:Permission ws-permission-authorize < ws",
                "aws:lambda/permission:Permission ws-permission-connect < ws",
                "aws:lambda/permission:Permission ws-permission-default < ws",
                "aws:lambda/permission:Permission ws-permission-disconnect < ws",
                "aws:lambda/permission:Permission ws-permission-hello < ws",
                "aws:lambda/permission:Permission ws-permission-subscribe < ws",
                "aws:lambda/permission:Permission ws-permission-unsubscribe < ws",
                "push-gateway:index:LambdaFunction ws-authorize < ws",
                "push-gateway:index:LambdaFunction ws-connect < ws",
                "push-gateway:index:LambdaFunction ws-disconnect < ws",
                "push-gateway:index:LambdaFunction ws-message < ws",
                "push-gateway:index:WebSocketApi ws < ",
            ],
        );
    });

    it("has four functions, and nothing beyond what each is made of", () => {
        for (const name of ["authorize", "connect", "disconnect", "message"]) {
            assert.deepEqual(
                graph.identities.filter((identity) => identity.endsWith(` < ws-${name}`)),
                [
                    `aws:cloudwatch/logGroup:LogGroup ws-${name}-logs < ws-${name}`,
                    `aws:iam/role:Role ws-${name}-role < ws-${name}`,
                    `aws:iam/rolePolicy:RolePolicy ws-${name}-policy < ws-${name}`,
                    `aws:lambda/function:Function ws-${name}-function < ws-${name}`,
                ],
            );
        }
        assert.equal(graph.resources.length, 32 + 4 * 4);
    });

    it("selects the route by the frame's action", () => {
        const { inputs } = graph.one("aws:apigatewayv2/api:Api", "ws-api");
        assert.equal(inputs["protocolType"], "WEBSOCKET");
        assert.equal(inputs["routeSelectionExpression"], "$request.body.action");
    });

    it("connects each route to its function; only $connect is authorized", () => {
        const routes = graph.ofType("aws:apigatewayv2/route:Route").map(({ inputs }) => inputs);
        const integration = (name: string): string => `integrations/ws-integration-${name}-id`;
        const answered = { routeResponseSelectionExpression: "$default" };
        assert.deepEqual(
            new Map(routes.map((route) => [route["routeKey"], without(route, "routeKey", "apiId")])),
            new Map<unknown, object>([
                [
                    "$connect",
                    { target: integration("connect"), authorizationType: "CUSTOM", authorizerId: "ws-authorizer-id" },
                ],
                ["$disconnect", { target: integration("disconnect") }],
                ["hello", { target: integration("message"), ...answered }],
                ["subscribe", { target: integration("message") }],
                ["unsubscribe", { target: integration("message"), ...answered }],
                ["$default", { target: integration("message"), ...answered }],
                ["ping", { target: integration("ping"), ...answered }],
            ]),
        );
    });

    it("lets a route's answer through to the client, but for subscribe, which answers through @connections", () => {
        const responses = graph.ofType("aws:apigatewayv2/routeResponse:RouteResponse").map(({ inputs }) => inputs);
        assert.deepEqual(
            responses.map(({ routeId, routeResponseKey }) => [routeId, routeResponseKey]).sort(),
            ["default", "hello", "ping", "unsubscribe"].map((route) => [`ws-route-${route}-id`, "$default"]),
        );
    });

    it("answers a ping without a function", () => {
        const { inputs: integration } = graph.one("aws:apigatewayv2/integration:Integration", "ws-integration-ping");
        assert.deepEqual(without(integration, "apiId"), {
            integrationType: "MOCK",
            passthroughBehavior: "WHEN_NO_MATCH",
            requestTemplates: { $default: '{"statusCode":200}' },
            templateSelectionExpression: "\\$default",
        });
        const response = graph.one(
            "aws:apigatewayv2/integrationResponse:IntegrationResponse",
            "ws-integration-ping-response",
        ).inputs;
        assert.equal(response["integrationResponseKey"], "$default");
        assert.deepEqual(response["responseTemplates"], { $default: '{"type":"pong"}' });
    });

    it("asks the authorizer about every connect, wherever the token is", () => {
        const { inputs } = graph.one("aws:apigatewayv2/authorizer:Authorizer", "ws-authorizer");
        assert.equal(inputs["authorizerType"], "REQUEST");
        assert.match(String(inputs["authorizerUri"]), /function:ws-authorize-function-0000000\/invocations$/);
        assert.equal(inputs["identitySources"], undefined);
    });

    it("lets API Gateway invoke each function for its routes in this stage alone", () => {
        const permissions = graph.ofType("aws:lambda/permission:Permission").map(({ inputs }) => inputs);
        assert.ok(
            permissions.every(
                ({ action, principal }) =>
                    action === "lambda:InvokeFunction" && principal === "apigateway.amazonaws.com",
            ),
        );
        assert.deepEqual(
            new Map(permissions.map((permission) => [permission["sourceArn"], permission["function"]])),
            new Map([
                [`${EXECUTION}/authorizers/ws-authorizer-id`, "ws-authorize-function-0000000"],
                [`${EXECUTION}/v1/$connect`, "ws-connect-function-0000000"],
                [`${EXECUTION}/v1/$disconnect`, "ws-disconnect-function-0000000"],
                [`${EXECUTION}/v1/hello`, "ws-message-function-0000000"],
                [`${EXECUTION}/v1/subscribe`, "ws-message-function-0000000"],
                [`${EXECUTION}/v1/unsubscribe`, "ws-message-function-0000000"],
                [`${EXECUTION}/v1/$default`, "ws-message-function-0000000"],
            ]),
        );
    });

    it("deploys stage v1 by itself, once all routes and answers are there, throttled and logged as JSON", () => {
        const { inputs, dependencies } = graph.one("aws:apigatewayv2/stage:Stage", "ws-stage");
        const { accessLogSettings, ...rest } = inputs;
        assert.deepEqual(rest, {
            apiId: "ws-api-id",
            name: "v1",
            autoDeploy: true,
            defaultRouteSettings: { throttlingRateLimit: 2000, throttlingBurstLimit: 1000 },
        });
        const { destinationArn, format } = accessLogSettings as { destinationArn: string; format: string };
        assert.equal(destinationArn, "arn:aws:logs:us-east-1:123456789012:log-group:ws-access-logs-0000000");
        assert.equal((JSON.parse(format) as Record<string, string>)["connectionId"], "$context.connectionId");
        const deployed = graph.resources
            .filter(({ type }) => /:(Route|RouteResponse|IntegrationResponse)$/.test(type))
            .map(({ name }) => name);
        assert.deepEqual(
            deployed.filter((name) => !dependencies.includes(name)),
            [],
        );
    });

    it("keeps the access log's format within API Gateway's 3 KB, and tokens out of it", () => {
        const settings = graph.one("aws:apigatewayv2/stage:Stage", "ws-stage").inputs["accessLogSettings"];
        const { format } = settings as { format: string };
        assert.ok(Buffer.byteLength(format) < 3 * 1024);
        assert.doesNotMatch(format, /header|querystring|authorizer\.claims|\$input/i);
    });

    it("says where clients connect, where @connections is, and what stands for posting there", () => {
        assert.deepEqual(graph.outputs, {
            webSocketUrl: "wss://ws-api.execute-api.us-east-1.amazonaws.com/v1",
            managementEndpoint: "https://ws-api.execute-api.us-east-1.amazonaws.com/v1",
            postArn: `${EXECUTION}/v1/POST/@connections/*`,
        });
    });

    it("tells each function what it needs, and nothing more", () => {
        assert.deepEqual(environmentOf("authorize"), {
            variables: {
                ISSUER: "https://login.example.com/",
                AUDIENCE: "web,app",
                ALLOWED_ORIGINS: "https://shop.example.com,https://www.example.com",
                TOKEN_IN_QUERY: "false",
                USER_ID_CLAIM: "sub",
            },
        });
        assert.deepEqual(environmentOf("connect"), {
            variables: {
                REGISTRY_TABLE: "registry",
                NAMESPACE_TABLE: "namespaces",
                DELIVERY_QUEUE_URL: "https://deliveries",
                MAX_SUBSCRIPTIONS: "100",
            },
        });
        assert.deepEqual(environmentOf("disconnect"), { variables: { REGISTRY_TABLE: "registry" } });
        assert.deepEqual(environmentOf("message"), {
            variables: {
                REGISTRY_TABLE: "registry",
                NAMESPACE_TABLE: "namespaces",
                MESSAGE_LOG_TABLE: "message-log",
                DELIVERY_QUEUE_URL: "https://deliveries",
                MANAGEMENT_ENDPOINT: "https://ws-api.execute-api.us-east-1.amazonaws.com/v1",
                MAX_SUBSCRIPTIONS: "100",
            },
        });
    });

    it("lets a replay take as long as the gateway waits, and the others ten seconds", () => {
        const timeouts = ["authorize", "connect", "disconnect", "message"].map(
            (name) => graph.one("aws:lambda/function:Function", `ws-${name}-function`).inputs["timeout"],
        );
        assert.deepEqual(timeouts, [10, 10, 10, 29]);
    });

    it("allows each function what it calls, and nothing more", () => {
        const allowed = (name: string): unknown[] =>
            statementsOf(graph, `ws-${name}`)
                .slice(0, -1)
                .map(({ Action, Resource }) => [Action, Resource]);
        assert.deepEqual(allowed("authorize"), []);
        assert.deepEqual(allowed("connect"), [
            [["dynamodb:BatchWriteItem"], ["arn:registry"]],
            [["dynamodb:GetItem"], ["arn:namespaces"]],
            [["sqs:SendMessage"], ["arn:deliveries"]],
        ]);
        assert.deepEqual(allowed("disconnect"), [
            [["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"], ["arn:registry"]],
        ]);
        assert.deepEqual(allowed("message"), [
            [["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], ["arn:registry"]],
            [["dynamodb:GetItem"], ["arn:namespaces"]],
            [["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["arn:message-log"]],
            [["execute-api:ManageConnections"], [`${EXECUTION}/v1/POST/@connections/*`]],
            [["sqs:SendMessage"], ["arn:deliveries"]],
        ]);
    });

    describe("when everything optional is set", () => {
        before(async () => {
            graph = await record({
                authentication: {
                    ...ARGS.authentication,
                    jwksUri: "https://login.example.com/keys",
                    tokenInQuery: true,
                    userIdClaim: "email",
                    forwardedClaims: ["role", "tenant"],
                },
                maxSubscriptionsPerConnection: 7,
                throttling: { rateLimit: 10, burstLimit: 5 },
                logRetentionDays: 3,
                manageApiGatewayLogging: true,
                network: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
            });
        });

        it("tells the functions", () => {
            assert.deepEqual(environmentOf("authorize"), {
                variables: {
                    ISSUER: "https://login.example.com/",
                    AUDIENCE: "web,app",
                    JWKS_URI: "https://login.example.com/keys",
                    ALLOWED_ORIGINS: "https://shop.example.com,https://www.example.com",
                    TOKEN_IN_QUERY: "true",
                    USER_ID_CLAIM: "email",
                    FORWARDED_CLAIMS: "role,tenant",
                },
            });
            for (const name of ["connect", "message"]) {
                assert.equal(
                    (environmentOf(name) as { variables: Record<string, string> }).variables["MAX_SUBSCRIPTIONS"],
                    "7",
                );
            }
        });

        it("throttles the stage and deletes logs as told", () => {
            const { inputs } = graph.one("aws:apigatewayv2/stage:Stage", "ws-stage");
            assert.deepEqual(inputs["defaultRouteSettings"], { throttlingRateLimit: 10, throttlingBurstLimit: 5 });
            const retention = graph
                .ofType("aws:cloudwatch/logGroup:LogGroup")
                .map(({ inputs: logs }) => logs["retentionInDays"]);
            assert.deepEqual(retention, [3, 3, 3, 3, 3]);
        });

        it("puts every function into the VPC", () => {
            const placed = graph.ofType("aws:lambda/function:Function").map(({ inputs }) => inputs["vpcConfig"]);
            assert.deepEqual(
                placed,
                Array.from({ length: 4 }, () => ({ subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] })),
            );
        });

        it("gives API Gateway the account's role for logs, before the stage that writes them", () => {
            assert.deepEqual(
                graph.identities.filter((identity) => identity.includes(" ws-logging-")),
                [
                    "aws:apigateway/account:Account ws-logging-account < ws",
                    "aws:iam/role:Role ws-logging-role < ws",
                    "aws:iam/rolePolicyAttachment:RolePolicyAttachment ws-logging-access < ws",
                ],
            );
            assert.ok(
                graph.one("aws:apigatewayv2/stage:Stage", "ws-stage").dependencies.includes("ws-logging-account"),
            );
        });
    });
});
