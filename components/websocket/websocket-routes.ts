import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PongFrame } from "../../contract/protocol";
import type { LambdaFunction } from "../lambda/lambda-function";
import type { WebSocketFunctions } from "./websocket-functions";

interface RouteSpec {
    /** The part of the names of the route's resources. */
    readonly role: string;
    readonly routeKey: string;
    readonly handler: Exclude<keyof WebSocketFunctions, "authorize">;
    /** Whether the gateway sends the client the text that the function returns. */
    readonly answers: boolean;
}

const ROUTES: readonly RouteSpec[] = [
    { role: "connect", routeKey: "$connect", handler: "connect", answers: false },
    { role: "disconnect", routeKey: "$disconnect", handler: "disconnect", answers: false },
    { role: "hello", routeKey: "hello", handler: "message", answers: true },
    // Answered through @connections, so that the messages that the client missed come after the answer.
    { role: "subscribe", routeKey: "subscribe", handler: "message", answers: false },
    { role: "unsubscribe", routeKey: "unsubscribe", handler: "message", answers: true },
    { role: "default", routeKey: "$default", handler: "message", answers: true },
];

/** Makes everything between the API and its functions. Returns the resources that a stage must wait for. */
export function createRoutes(
    name: string,
    api: aws.apigatewayv2.Api,
    stage: string,
    functions: WebSocketFunctions,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const authorizer = createAuthorizer(name, api, functions.authorize, opts);
    const integrations = {
        connect: createIntegration(name, api, "connect", functions.connect, opts),
        disconnect: createIntegration(name, api, "disconnect", functions.disconnect, opts),
        message: createIntegration(name, api, "message", functions.message, opts),
    };
    const routes = ROUTES.flatMap((spec) => {
        allowRoute(name, api, stage, spec, functions[spec.handler], opts);
        const target = pulumi.interpolate`integrations/${integrations[spec.handler].id}`;
        const authorizerId = spec.role === "connect" ? authorizer.id : undefined;
        return createRoute(name, api, { ...spec, target, authorizerId }, opts);
    });
    return [...routes, ...createPing(name, api, opts)];
}

function createAuthorizer(
    name: string,
    api: aws.apigatewayv2.Api,
    authorize: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.apigatewayv2.Authorizer {
    const authorizer = new aws.apigatewayv2.Authorizer(
        `${name}-authorizer`,
        {
            apiId: api.id,
            authorizerType: "REQUEST",
            authorizerUri: authorize.invokeArn,
            // No identity sources: API Gateway refuses a request without them, and a token may come in any of three
            // places.
        },
        opts,
    );
    new aws.lambda.Permission(
        `${name}-permission-authorize`,
        {
            function: authorize.functionName,
            action: "lambda:InvokeFunction",
            principal: "apigateway.amazonaws.com",
            sourceArn: pulumi.interpolate`${api.executionArn}/authorizers/${authorizer.id}`,
        },
        opts,
    );
    return authorizer;
}

function createIntegration(
    name: string,
    api: aws.apigatewayv2.Api,
    handler: RouteSpec["handler"],
    fn: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.apigatewayv2.Integration {
    return new aws.apigatewayv2.Integration(
        `${name}-integration-${handler}`,
        {
            apiId: api.id,
            integrationType: "AWS_PROXY",
            integrationMethod: "POST",
            integrationUri: fn.invokeArn,
        },
        opts,
    );
}

function allowRoute(
    name: string,
    api: aws.apigatewayv2.Api,
    stage: string,
    spec: RouteSpec,
    fn: LambdaFunction,
    opts: pulumi.CustomResourceOptions,
): aws.lambda.Permission {
    return new aws.lambda.Permission(
        `${name}-permission-${spec.role}`,
        {
            function: fn.functionName,
            action: "lambda:InvokeFunction",
            principal: "apigateway.amazonaws.com",
            sourceArn: pulumi.interpolate`${api.executionArn}/${stage}/${spec.routeKey}`,
        },
        opts,
    );
}

interface RouteWiring {
    readonly role: string;
    readonly routeKey: string;
    readonly answers: boolean;
    readonly target: pulumi.Output<string>;
    readonly authorizerId?: pulumi.Output<string> | undefined;
}

function createRoute(
    name: string,
    api: aws.apigatewayv2.Api,
    wiring: RouteWiring,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const route = new aws.apigatewayv2.Route(
        `${name}-route-${wiring.role}`,
        {
            apiId: api.id,
            routeKey: wiring.routeKey,
            target: wiring.target,
            authorizationType: wiring.authorizerId === undefined ? undefined : "CUSTOM",
            authorizerId: wiring.authorizerId,
            routeResponseSelectionExpression: wiring.answers ? "$default" : undefined,
        },
        opts,
    );
    if (!wiring.answers) {
        return [route];
    }
    const response = new aws.apigatewayv2.RouteResponse(
        `${name}-route-${wiring.role}-response`,
        {
            apiId: api.id,
            routeId: route.id,
            routeResponseKey: "$default",
        },
        opts,
    );
    return [route, response];
}

/**
 * The keep-alive, answered by API Gateway itself: the request template stands for the call and gives its status, the
 * integration response gives the answer, and the route response lets it through to the client.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
 */
function createPing(name: string, api: aws.apigatewayv2.Api, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const integration = new aws.apigatewayv2.Integration(
        `${name}-integration-ping`,
        {
            apiId: api.id,
            integrationType: "MOCK",
            passthroughBehavior: "WHEN_NO_MATCH",
            requestTemplates: { $default: JSON.stringify({ statusCode: 200 }) },
            templateSelectionExpression: "\\$default",
        },
        opts,
    );
    const answer = new aws.apigatewayv2.IntegrationResponse(
        `${name}-integration-ping-response`,
        {
            apiId: api.id,
            integrationId: integration.id,
            integrationResponseKey: "$default",
            responseTemplates: { $default: JSON.stringify({ type: "pong" } satisfies PongFrame) },
            templateSelectionExpression: "\\$default",
        },
        opts,
    );
    const target = pulumi.interpolate`integrations/${integration.id}`;
    return [answer, ...createRoute(name, api, { role: "ping", routeKey: "ping", answers: true, target }, opts)];
}
