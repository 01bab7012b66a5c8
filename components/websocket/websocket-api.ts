import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { createAccessLog, manageLogging } from "./websocket-logging";
import { createFunctions } from "./websocket-functions";
import { createRoutes } from "./websocket-routes";
import type { WebSocketApiArgs } from "./websocket-api-args";

/** Part of the URL that clients connect to, and so of the contract. */
export const STAGE = "v1";

/**
 * The WebSocket API that browsers connect to: an authorizer before `$connect`, a route for each frame of the protocol,
 * a keep-alive that costs no function call, and one stage with access logs and throttling.
 */
export class WebSocketApi extends pulumi.ComponentResource {
    /** Where clients connect: `wss://…/v1`. */
    readonly webSocketUrl: pulumi.Output<string>;
    /** Where `@connections` is served: `https://…/v1`. */
    readonly managementEndpoint: pulumi.Output<string>;
    /** The ARN that stands for posting to connections of this API and stage, for `execute-api:ManageConnections`. */
    readonly postArn: pulumi.Output<string>;

    constructor(name: string, args: WebSocketApiArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.webSocketApi, name, args, opts);
        const api = createApi(name, { parent: this });
        // API Gateway names the endpoint wss://…; a local one is ws://….
        const managementEndpoint = api.apiEndpoint.apply((url) => `${url.replace(/^ws/, "http")}/${STAGE}`);
        const postArn = pulumi.interpolate`${api.executionArn}/${STAGE}/POST/@connections/*`;
        const functions = createFunctions(name, args, { managementEndpoint, postArn }, { parent: this });
        const routes = createRoutes(name, api, STAGE, functions, { parent: this });
        const logging = args.manageApiGatewayLogging === true ? manageLogging(name, { parent: this }) : [];
        // API Gateway deploys no API without routes, and writes no log without the account's role.
        const stage = createStage(name, args, api, { parent: this, dependsOn: [...routes, ...logging] });
        this.webSocketUrl = pulumi.interpolate`${api.apiEndpoint}/${stage.name}`;
        this.managementEndpoint = managementEndpoint;
        this.postArn = postArn;
        this.registerOutputs({
            webSocketUrl: this.webSocketUrl,
            managementEndpoint: this.managementEndpoint,
            postArn: this.postArn,
        });
    }
}

function createApi(name: string, opts: pulumi.CustomResourceOptions): aws.apigatewayv2.Api {
    return new aws.apigatewayv2.Api(
        `${name}-api`,
        {
            description: "Pushes messages to browsers",
            protocolType: "WEBSOCKET",
            routeSelectionExpression: "$request.body.action",
        },
        opts,
    );
}

function createStage(
    name: string,
    args: WebSocketApiArgs,
    api: aws.apigatewayv2.Api,
    opts: pulumi.CustomResourceOptions,
): aws.apigatewayv2.Stage {
    return new aws.apigatewayv2.Stage(
        `${name}-stage`,
        {
            apiId: api.id,
            name: STAGE,
            autoDeploy: true,
            accessLogSettings: createAccessLog(name, args.logRetentionDays ?? 30, opts),
            defaultRouteSettings: {
                throttlingRateLimit: args.throttling?.rateLimit ?? 2000,
                throttlingBurstLimit: args.throttling?.burstLimit ?? 1000,
            },
        },
        opts,
    );
}
