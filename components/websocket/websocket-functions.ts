import type * as pulumi from "@pulumi/pulumi";
import { AUTHORIZE_SETTINGS } from "../../functions/authorize/settings";
import { CONNECT_SETTINGS } from "../../functions/connect/settings";
import { DISCONNECT_SETTINGS } from "../../functions/disconnect/settings";
import { MESSAGE_SETTINGS } from "../../functions/message/settings";
import { environmentOf } from "../lambda/environment";
import { functionEntry } from "../lambda/function-entry";
import type { LambdaFunctionArgs } from "../lambda/lambda-function-args";
import { LambdaFunction } from "../lambda/lambda-function";
import type { AuthenticationArgs } from "./authentication-args";
import type { WebSocketApiArgs } from "./websocket-api-args";

/** The functions behind the routes, and the one before them. */
export interface WebSocketFunctions {
    readonly authorize: LambdaFunction;
    readonly connect: LambdaFunction;
    readonly disconnect: LambdaFunction;
    readonly message: LambdaFunction;
}

/** How a function of the API reaches connections. */
export interface ConnectionAccess {
    readonly managementEndpoint: pulumi.Output<string>;
    readonly postArn: pulumi.Output<string>;
}

/**
 * As long as API Gateway waits for any integration. A replay is left to a deliverer long before; this is for its last
 * post, which is tried until nothing helps.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const ANSWER_SECONDS = 29;

export function createFunctions(
    name: string,
    args: WebSocketApiArgs,
    access: ConnectionAccess,
    opts: pulumi.ComponentResourceOptions,
): WebSocketFunctions {
    return {
        authorize: createFunction(name, "authorize", args, authorize(args.authentication), opts),
        connect: createFunction(name, "connect", args, connect(args), opts),
        disconnect: createFunction(name, "disconnect", args, disconnect(args), opts),
        message: createFunction(name, "message", args, message(args, access), opts),
    };
}

type FunctionSpec = Pick<LambdaFunctionArgs, "description" | "environment" | "allow" | "timeoutSeconds">;

function createFunction(
    name: string,
    role: keyof WebSocketFunctions,
    args: WebSocketApiArgs,
    spec: FunctionSpec,
    opts: pulumi.ComponentResourceOptions,
): LambdaFunction {
    return new LambdaFunction(
        `${name}-${role}`,
        {
            entry: functionEntry(role),
            ...spec,
            logRetentionDays: args.logRetentionDays,
            network: args.network,
        },
        opts,
    );
}

function authorize(args: AuthenticationArgs): FunctionSpec {
    return {
        description: "Checks the token and the origin of a client that connects",
        environment: environmentOf(AUTHORIZE_SETTINGS, {
            issuer: args.issuer,
            audience: args.audience,
            jwksUri: args.jwksUri,
            allowedOrigins: args.allowedOrigins,
            tokenInQuery: args.tokenInQuery,
            userIdClaim: args.userIdClaim,
            forwardedClaims: args.forwardedClaims,
        }),
    };
}

function connect(args: WebSocketApiArgs): FunctionSpec {
    return {
        description: "Registers a connection with the channels it begins with, and asks for what it missed of them",
        environment: environmentOf(CONNECT_SETTINGS, {
            registryTable: args.registry.name,
            namespaceTable: args.namespaces.name,
            deliveryQueueUrl: args.deliveries.url,
            maxSubscriptions: args.maxSubscriptionsPerConnection,
        }),
        allow: [
            { actions: ["dynamodb:BatchWriteItem"], resources: [args.registry.arn] },
            { actions: ["dynamodb:GetItem"], resources: [args.namespaces.arn] },
            { actions: ["sqs:SendMessage"], resources: [args.deliveries.arn] },
        ],
    };
}

function disconnect(args: WebSocketApiArgs): FunctionSpec {
    return {
        description: "Removes a connection and its subscriptions",
        environment: environmentOf(DISCONNECT_SETTINGS, { registryTable: args.registry.name }),
        allow: [{ actions: ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"], resources: [args.registry.arn] }],
    };
}

function message(args: WebSocketApiArgs, access: ConnectionAccess): FunctionSpec {
    return {
        description: "Answers hello, subscribe and unsubscribe, and frames that are none of them",
        timeoutSeconds: ANSWER_SECONDS,
        environment: environmentOf(MESSAGE_SETTINGS, {
            registryTable: args.registry.name,
            namespaceTable: args.namespaces.name,
            messageLogTable: args.messageLog.name,
            deliveryQueueUrl: args.deliveries.url,
            managementEndpoint: access.managementEndpoint,
            maxSubscriptions: args.maxSubscriptionsPerConnection,
        }),
        allow: [
            {
                actions: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
                resources: [args.registry.arn],
            },
            { actions: ["dynamodb:GetItem"], resources: [args.namespaces.arn] },
            // The head of a channel that nobody has published on yet is made for its first subscriber.
            { actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], resources: [args.messageLog.arn] },
            { actions: ["execute-api:ManageConnections"], resources: [access.postArn] },
            // The rest of a long replay.
            { actions: ["sqs:SendMessage"], resources: [args.deliveries.arn] },
        ],
    };
}
