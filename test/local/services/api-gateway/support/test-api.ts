import type { Created } from "../../../../../local/resources/resource";
import type { Handler } from "./fake-functions";
import type { TestGateway } from "./test-gateway";

type Inputs = Readonly<Record<string, unknown>>;

export interface TestRoute {
    readonly handler?: Handler;
    /** Whether the function's response goes back to the client. Defaults to false. */
    readonly answers?: boolean;
    /** Further inputs of the route and of its integration. */
    readonly route?: Inputs;
    readonly integration?: Inputs;
}

export interface TestApiOptions {
    readonly stage?: string;
    readonly selection?: string;
    readonly routes?: Readonly<Record<string, TestRoute>>;
    readonly authorizer?: Handler;
    readonly identitySources?: readonly string[];
    readonly stageInputs?: Inputs;
}

/** A route that answers with the connection's id. */
export const WHO_AM_I: TestRoute = {
    answers: true,
    handler: (event) => ({ statusCode: 200, body: event.requestContext["connectionId"] }),
};

/** A route that answers with the event, for tests that look at it. */
export const ECHO: TestRoute = {
    answers: true,
    handler: (event) => ({ statusCode: 200, body: JSON.stringify(event) }),
};

export function invokeArn(functionName: string): string {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`;
    return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

/** Registers an API with a function behind each route, under the route's key, and puts it in service. */
export async function deployApi(gateway: TestGateway, options: TestApiOptions = {}): Promise<TestApi> {
    const { stage = "v1", selection = "$request.body.action", routes = {}, authorizer } = options;
    const api = await gateway.register("aws:apigatewayv2/api:Api", `api-${stage}`, {
        protocolType: "WEBSOCKET",
        routeSelectionExpression: selection,
    });
    const test = new TestApi(gateway, api.id, stage);
    const authorizerId =
        authorizer === undefined ? undefined : await test.addAuthorizer(authorizer, options.identitySources);
    for (const [routeKey, route] of Object.entries(routes)) {
        const authorization =
            routeKey === "$connect" && authorizerId !== undefined ? { authorizationType: "CUSTOM", authorizerId } : {};
        await test.addRoute(routeKey, { ...route, route: { ...authorization, ...route.route } });
    }
    await test.addStage(options.stageInputs ?? { autoDeploy: true });
    return test;
}

export class TestApi {
    constructor(
        private readonly gateway: TestGateway,
        readonly id: string,
        readonly stage: string,
    ) {}

    async addAuthorizer(handler: Handler, identitySources?: readonly string[]): Promise<string> {
        this.gateway.functions.define(`${this.stage}-authorizer`, handler);
        const authorizer = await this.gateway.register(
            "aws:apigatewayv2/authorizer:Authorizer",
            `${this.stage}-authorizer`,
            {
                apiId: this.id,
                authorizerType: "REQUEST",
                authorizerUri: invokeArn(`${this.stage}-authorizer`),
                ...(identitySources === undefined ? {} : { identitySources }),
            },
        );
        return authorizer.id;
    }

    /** The route's function is named by the route's key. */
    async addRoute(routeKey: string, { handler, answers = false, route, integration }: TestRoute): Promise<Created> {
        const { id: apiId } = this;
        if (handler !== undefined) {
            this.gateway.functions.define(routeKey, handler);
        }
        const hasIntegration = handler !== undefined || integration !== undefined;
        const target = hasIntegration
            ? { target: `integrations/${await this.addIntegration(routeKey, integration)}` }
            : {};
        const created = await this.gateway.register("aws:apigatewayv2/route:Route", `${this.stage}-${routeKey}`, {
            apiId,
            routeKey,
            ...target,
            ...(answers ? { routeResponseSelectionExpression: "$default" } : {}),
            ...route,
        });
        if (answers) {
            await this.gateway.register("aws:apigatewayv2/routeResponse:RouteResponse", `${this.stage}-${routeKey}`, {
                apiId,
                routeId: created.id,
                routeResponseKey: "$default",
            });
        }
        return created;
    }

    async addIntegration(name: string, inputs: Inputs = {}): Promise<string> {
        const integration = await this.gateway.register(
            "aws:apigatewayv2/integration:Integration",
            `${this.stage}-${name}`,
            {
                apiId: this.id,
                ...(inputs["integrationType"] === "MOCK"
                    ? {}
                    : { integrationType: "AWS_PROXY", integrationMethod: "POST", integrationUri: invokeArn(name) }),
                ...inputs,
            },
        );
        return integration.id;
    }

    /** A keep-alive of templates alone, as the platform's own. */
    async addMock(routeKey: string, integration: Inputs, response: Inputs): Promise<void> {
        const integrationId = await this.addIntegration(routeKey, { integrationType: "MOCK", ...integration });
        await this.gateway.register(
            "aws:apigatewayv2/integrationResponse:IntegrationResponse",
            `${this.stage}-${routeKey}`,
            {
                apiId: this.id,
                integrationId,
                integrationResponseKey: "$default",
                ...response,
            },
        );
        await this.addRoute(routeKey, { answers: true, route: { target: `integrations/${integrationId}` } });
    }

    async addStage(inputs: Inputs): Promise<Created> {
        return this.gateway.register("aws:apigatewayv2/stage:Stage", this.stage, {
            apiId: this.id,
            name: this.stage,
            ...inputs,
        });
    }
}
