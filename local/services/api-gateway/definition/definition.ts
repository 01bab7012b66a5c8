import type { MappingTemplate } from "./mapping-template";
import type { SelectionExpression } from "./selection-expression";

/** A Lambda function behind a route: it gets the event, and what it returns is the response. */
export interface ProxyIntegration {
    readonly kind: "proxy";
    readonly functionArn: string;
    /** The role that the gateway assumes to invoke the function; without it, the function's resource policy decides. */
    readonly credentialsArn: string | undefined;
    /** 50 to 29,000. */
    readonly timeoutMillis: number;
}

/** An answer made of templates alone: no function runs. */
export interface MockIntegration {
    readonly kind: "mock";
    /** By template key. The rendered text must be a JSON object with a `statusCode`. */
    readonly requestTemplates: ReadonlyMap<string, MappingTemplate>;
    readonly templateSelection: SelectionExpression;
    /** What happens to a message for which there is no template. */
    readonly passthrough: "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER";
    readonly responseSelection: SelectionExpression;
}

export type Integration = ProxyIntegration | MockIntegration;

/** What a MOCK integration answers with, chosen by its key: `$default`, or a status pattern such as `/2\d\d/`. */
export interface IntegrationResponse {
    readonly integrationId: string;
    readonly key: string;
    readonly templates: ReadonlyMap<string, MappingTemplate>;
    readonly templateSelection: SelectionExpression;
}

/** A function that decides on handshakes (`REQUEST` is the one type that WebSocket APIs have). */
export interface Authorizer {
    readonly name: string;
    readonly functionArn: string;
    readonly credentialsArn: string | undefined;
    readonly identitySources: readonly IdentitySource[];
}

/** Where a handshake carries what the authorizer needs; without a value there, the answer is 401 at once. */
export interface IdentitySource {
    readonly source: string;
    readonly from: "header" | "querystring" | "context" | "stageVariables";
    readonly name: string;
}

/** A route as it is registered; its integration and authorizer are known by their ids. */
export interface RouteSettings {
    readonly routeKey: string;
    readonly integrationId: string | undefined;
    readonly authorization: "NONE" | "AWS_IAM" | "CUSTOM";
    readonly authorizerId: string | undefined;
    /** Whether the route selects a route response; it then also needs one. */
    readonly responds: boolean;
}

export interface RouteResponse {
    readonly routeId: string;
    /** `$default` for WebSocket APIs. */
    readonly key: string;
}

/** A route ready to serve. */
export interface Route {
    readonly routeKey: string;
    readonly authorization: { readonly kind: "none" } | { readonly kind: "iam" } | CustomAuthorization;
    readonly integration: Integration | undefined;
    readonly integrationResponses: readonly IntegrationResponse[];
    /** Whether the integration's response goes back to the client: only with a route response. */
    readonly answers: boolean;
}

export interface CustomAuthorization {
    readonly kind: "custom";
    readonly authorizerId: string;
    /** Undefined when it is gone from the API. */
    readonly authorizer: Authorizer | undefined;
}

/** What a deployment put in service. */
export interface Definition {
    readonly routeSelection: SelectionExpression;
    readonly routes: ReadonlyMap<string, Route>;
}

export interface Throttling {
    /** Requests per second. */
    readonly rate: number;
    readonly burst: number;
}

export interface StageSettings {
    readonly name: string;
    /** The deployment that the stage serves, or undefined when it deploys by itself. */
    readonly deploymentId: string | undefined;
    readonly autoDeploy: boolean;
    readonly variables: Readonly<Record<string, string>>;
    readonly defaultThrottling: Throttling | undefined;
    readonly routeThrottling: ReadonlyMap<string, Throttling>;
    readonly accessLog: { readonly destinationArn: string; readonly format: string } | undefined;
}
