import type {
    Authorizer,
    Integration,
    IntegrationResponse,
    RouteResponse,
    RouteSettings,
    StageSettings,
    Throttling,
} from "./definition/definition";
import { parseIdentitySource } from "./events/identity-source";
import { parseTemplate, type MappingTemplate } from "./definition/mapping-template";
import { ROUTE_SELECTION_ROOTS } from "./definition/route-selection";
import { parseSelectionExpression, type SelectionExpression } from "./definition/selection-expression";
import type { Inputs } from "../../resources/inputs";

const DEFAULT_KEY = String.raw`\$default`;
const STATUS_ROOTS = ["integration.response.statuscode"];
const NOT_SERVED = "is not served by the local cloud";
const HTTP_ONLY = "is for HTTP APIs only";

export function readRouteSelection(inputs: Inputs): SelectionExpression {
    const expression = inputs.string("routeSelectionExpression");
    return inputs.within(() => parseSelectionExpression(expression, ROUTE_SELECTION_ROOTS));
}

export function readRoute(inputs: Inputs): RouteSettings {
    inputs.refuse(NOT_SERVED, "apiKeyRequired", "modelSelectionExpression", "requestModels", "requestParameters");
    inputs.refuse(HTTP_ONLY, "authorizationScopes");
    const routeKey = inputs.string("routeKey");
    const authorization = inputs.choice("authorizationType", ["NONE", "AWS_IAM", "CUSTOM"], "NONE");
    if (authorization !== "NONE" && routeKey !== "$connect") {
        throw inputs.error(`\`authorizationType\` ${authorization}: authorization is restricted to the $connect route`);
    }
    const authorizerId = inputs.optionalString("authorizerId");
    if (authorization === "CUSTOM" && authorizerId === undefined) {
        throw inputs.error("`authorizerId` is missing: authorization CUSTOM needs an authorizer");
    }
    const responds = inputs.optionalString("routeResponseSelectionExpression") !== undefined;
    if (responds) {
        inputs.choice("routeResponseSelectionExpression", ["$default"]);
    }
    return {
        routeKey,
        integrationId: integrationId(inputs),
        authorization,
        authorizerId,
        responds,
    };
}

export function readRouteResponse(inputs: Inputs): RouteResponse {
    inputs.refuse(NOT_SERVED, "modelSelectionExpression", "responseModels");
    return { routeId: inputs.string("routeId"), key: inputs.choice("routeResponseKey", ["$default"]) };
}

export function readIntegration(inputs: Inputs): Integration {
    inputs.refuse(NOT_SERVED, "connectionId", "requestParameters", "contentHandlingStrategy");
    inputs.refuse(HTTP_ONLY, "integrationSubtype", "responseParameters", "tlsConfig");
    return inputs.choice("integrationType", ["AWS_PROXY", "MOCK"]) === "MOCK" ? readMock(inputs) : readProxy(inputs);
}

export function readIntegrationResponse(inputs: Inputs): IntegrationResponse {
    inputs.refuse(NOT_SERVED, "contentHandlingStrategy");
    const key = inputs.string("integrationResponseKey");
    const pattern = /^\/(.*)\/$/s.exec(key)?.[1];
    if (pattern === undefined && key !== "$default") {
        throw inputs.error(
            `\`integrationResponseKey\` is "${key}"; it is $default, or a pattern of statuses such as /200/`,
        );
    }
    inputs.within(() => new RegExp(pattern ?? ""));
    return {
        integrationId: inputs.string("integrationId"),
        key,
        templates: readTemplates(inputs, "responseTemplates"),
        templateSelection: readSelection(inputs, "templateSelectionExpression", DEFAULT_KEY, STATUS_ROOTS),
    };
}

export function readAuthorizer(inputs: Inputs, name: string): Authorizer {
    if (inputs.string("authorizerType") === "JWT") {
        throw inputs.error("JWT authorizers are for HTTP APIs only: a WebSocket API has authorizers of type REQUEST");
    }
    inputs.choice("authorizerType", ["REQUEST"]);
    inputs.refuse(HTTP_ONLY, "authorizerPayloadFormatVersion", "enableSimpleResponses", "jwtConfiguration");
    const sources = inputs.strings("identitySources");
    return {
        name,
        functionArn: functionArn(inputs, "authorizerUri"),
        credentialsArn: inputs.optionalString("authorizerCredentialsArn"),
        identitySources: inputs.within(() => sources.map(parseIdentitySource)),
    };
}

export function readStage(inputs: Inputs, name: string): StageSettings {
    inputs.refuse(NOT_SERVED, "clientCertificateId");
    if (!/^\w[\w-]*$/.test(name) || name.startsWith("_")) {
        throw inputs.error(
            `\`name\` is "${name}"; the local cloud serves names of letters, digits, - and _ that do not begin with _`,
        );
    }
    const accessLog = inputs.structure("accessLogSettings");
    const defaults = inputs.structure("defaultRouteSettings");
    const routes = inputs
        .structures("routeSettings")
        .map((route) => [route.string("routeKey"), readThrottling(route)] as const);
    return {
        name,
        deploymentId: inputs.optionalString("deploymentId"),
        autoDeploy: inputs.flag("autoDeploy"),
        variables: Object.fromEntries(inputs.stringMap("stageVariables")),
        defaultThrottling: defaults === undefined ? undefined : readThrottling(defaults),
        routeThrottling: new Map(
            routes.flatMap(([key, throttling]) => (throttling === undefined ? [] : [[key, throttling]])),
        ),
        accessLog:
            accessLog === undefined
                ? undefined
                : { destinationArn: accessLog.string("destinationArn"), format: accessLog.string("format") },
    };
}

function integrationId(inputs: Inputs): string | undefined {
    const target = inputs.optionalString("target");
    const id = /^integrations\/(.+)$/.exec(target ?? "")?.[1];
    if (target !== undefined && id === undefined) {
        throw inputs.error(`\`target\` is "${target}"; it is integrations/ and the id of an integration`);
    }
    return id;
}

function readProxy(inputs: Inputs): Integration {
    if (inputs.string("integrationMethod") !== "POST") {
        throw inputs.error("`integrationMethod` must be POST: Lambda is invoked with no other method");
    }
    const timeoutMillis = inputs.optionalNumber("timeoutMilliseconds") ?? 29_000;
    if (timeoutMillis < 50 || timeoutMillis > 29_000) {
        throw inputs.error(`\`timeoutMilliseconds\` is ${timeoutMillis}; it is 50 to 29000`);
    }
    return {
        kind: "proxy",
        functionArn: functionArn(inputs, "integrationUri"),
        credentialsArn: inputs.optionalString("credentialsArn"),
        timeoutMillis,
    };
}

function readMock(inputs: Inputs): Integration {
    const responseSelection = "${integration.response.statuscode}";
    return {
        kind: "mock",
        requestTemplates: readTemplates(inputs, "requestTemplates"),
        templateSelection: readSelection(inputs, "templateSelectionExpression", DEFAULT_KEY, ROUTE_SELECTION_ROOTS),
        passthrough: inputs.choice(
            "passthroughBehavior",
            ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"],
            "WHEN_NO_MATCH",
        ),
        responseSelection: readSelection(
            inputs,
            "integrationResponseSelectionExpression",
            responseSelection,
            STATUS_ROOTS,
        ),
    };
}

function readTemplates(inputs: Inputs, name: string): ReadonlyMap<string, MappingTemplate> {
    const templates = inputs.stringMap(name);
    return inputs.within(() => new Map(templates.map(([key, template]) => [key, parseTemplate(template)])));
}

function readSelection(inputs: Inputs, name: string, fallback: string, roots: readonly string[]): SelectionExpression {
    const expression = inputs.optionalString(name) ?? fallback;
    return inputs.within(() => parseSelectionExpression(expression, roots));
}

/** The function in `arn:aws:apigateway:region:lambda:path/2015-03-31/functions/{arn}/invocations`. */
function functionArn(inputs: Inputs, name: string): string {
    const uri = inputs.string(name);
    const arn = /:lambda:path\/2015-03-31\/functions\/(arn:.+)\/invocations$/.exec(uri)?.[1];
    if (arn === undefined) {
        throw inputs.error(`\`${name}\` is "${uri}"; it is the invokeArn of a Lambda function`);
    }
    return arn;
}

function readThrottling(inputs: Inputs): Throttling | undefined {
    const rate = inputs.optionalNumber("throttlingRateLimit");
    const burst = inputs.optionalNumber("throttlingBurstLimit");
    if (rate === undefined && burst === undefined) {
        return undefined;
    }
    if (rate === undefined || burst === undefined) {
        throw inputs.error("throttling needs both `throttlingRateLimit` and `throttlingBurstLimit`");
    }
    return { rate, burst };
}
