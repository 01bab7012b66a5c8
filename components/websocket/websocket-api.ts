import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import type { TableHandle } from "../tables/connection-registry";
import type { QueueHandle } from "../delivery/delivery-queues";
import type { FunctionNetwork } from "../lambda/lambda-function";
import { createAccessLog, manageLogging } from "./websocket-logging";
import type { AuthenticationArgs } from "./websocket-functions";
import { createFunctions } from "./websocket-functions";
import { createRoutes } from "./websocket-routes";

/** How many requests the API takes from clients: connects and frames. All APIs of the account share 10,000 a second. */
export interface Throttling {
    /** Requests per second, sustained. */
    readonly rateLimit: pulumi.Input<number>;
    /** Requests at once, beyond the rate. */
    readonly burstLimit: pulumi.Input<number>;
}

export interface WebSocketApiArgs {
    /** Whose tokens are accepted, and from which pages. */
    readonly authentication: AuthenticationArgs;
    /** The registry of connections. */
    readonly registry: TableHandle;
    /** The log of messages, for clients that come back and missed some. */
    readonly messageLog: TableHandle;
    /** The table of namespaces, with their subscribe rules. */
    readonly namespaces: TableHandle;
    /**
     * The queue for replays that connections ask for in their URL, and for the rest of long ones that frames asked for.
     */
    readonly deliveries: QueueHandle;
    /** Channels that one connection may subscribe to, 1 to 1,000. Defaults to 100. */
    readonly maxSubscriptionsPerConnection?: pulumi.Input<number>;
    /** Defaults to 2,000 requests a second and 1,000 at once. */
    readonly throttling?: Throttling;
    /** Days until a log entry is deleted. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /**
     * Gives API Gateway the role by which it writes logs. There is one for the whole account and Region, shared with
     * every other API there, so own it in one stack at most; where nobody does, the stage cannot be created. Plain,
     * because it decides what is created. Defaults to `false`.
     */
    readonly manageApiGatewayLogging?: boolean;
    /** Puts the functions into a VPC. Plain. Defaults to none. */
    readonly network?: FunctionNetwork;
}

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
