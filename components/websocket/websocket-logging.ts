import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { trustPolicy } from "../permissions/service-role";

/** One JSON line for each connect, frame and disconnect. Never a frame's content, nor a token. */
const ACCESS_LOG_FORMAT = JSON.stringify({
    requestId: "$context.requestId",
    requestTime: "$context.requestTime",
    connectionId: "$context.connectionId",
    userId: "$context.authorizer.userId",
    eventType: "$context.eventType",
    routeKey: "$context.routeKey",
    messageId: "$context.messageId",
    status: "$context.status",
    sourceIp: "$context.identity.sourceIp",
    integrationLatency: "$context.integrationLatency",
    authorizerError: "$context.authorizer.error",
    integrationError: "$context.integrationErrorMessage",
    error: "$context.error.message",
});

/** Makes `<name>-access-logs` and returns how the stage writes there. */
export function createAccessLog(
    name: string,
    retentionInDays: pulumi.Input<number>,
    opts: pulumi.CustomResourceOptions,
): aws.types.input.apigatewayv2.StageAccessLogSettings {
    const { parent } = opts;
    const logs = new aws.cloudwatch.LogGroup(`${name}-access-logs`, { retentionInDays }, { parent });
    return { destinationArn: logs.arn, format: ACCESS_LOG_FORMAT };
}

/**
 * The role with which API Gateway writes all logs of the account in this Region. Returns resources for a stage to wait
 * for.
 */
export function manageLogging(name: string, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const assumeRolePolicy = trustPolicy({ service: "apigateway.amazonaws.com" });
    const role = new aws.iam.Role(`${name}-logging-role`, { assumeRolePolicy }, opts);
    const access = new aws.iam.RolePolicyAttachment(
        `${name}-logging-access`,
        {
            role: role.name,
            policyArn: aws.iam.ManagedPolicy.AmazonAPIGatewayPushToCloudWatchLogs,
        },
        opts,
    );
    const account = new aws.apigateway.Account(
        `${name}-logging-account`,
        { cloudwatchRoleArn: role.arn },
        {
            ...opts,
            dependsOn: [access],
        },
    );
    return [account];
}
