import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../../contract/component-types";
import { bundleFunction } from "./function-bundle";
import { checkedFunction, validateFunction } from "../validation/function-arguments";
import type { PolicyStatement } from "../permissions/policy-statement";
import type { ServiceRole } from "../permissions/service-role";
import { createServiceRole } from "../permissions/service-role";
import type { LambdaFunctionArgs } from "./lambda-function-args";

/**
 * A Lambda function made from one source file: the bundle, a role that allows what `allow` lists and nothing else, and
 * a log group that expires. Runs on arm64.
 *
 * @example
 * new LambdaFunction("webhook", {
 *     entry: path.join(__dirname, "functions/webhook/index.ts"),
 *     description: "Takes the payment provider's calls",
 *     environment: { ORDERS_TABLE: table.name },
 *     allow: [{ actions: ["dynamodb:UpdateItem"], resources: [table.arn] }],
 * });
 */
export class LambdaFunction extends pulumi.ComponentResource {
    /** The physical name. */
    readonly functionName: pulumi.Output<string>;
    /** The ARN, without a version. */
    readonly functionArn: pulumi.Output<string>;
    /** The ARN by which API Gateway invokes the function. */
    readonly invokeArn: pulumi.Output<string>;
    /** The ARN of the role it runs under. */
    readonly roleArn: pulumi.Output<string>;

    /**
     * @throws ProgramError when the code cannot be bundled
     * @throws pulumi.InputPropertiesError that lists every argument that could never work
     */
    constructor(name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.lambdaFunction, name, { ...args, entry: portable(args.entry) }, opts);
        validateFunction(name, args);
        const known = checkedFunction(name, args);
        const code = bundleFunction(args.entry, args.files);
        const logs = createLogGroup(name, known, { parent: this });
        const role = createRole(name, args, logs, { parent: this });
        const access = allowNetwork(name, args, role, { parent: this });
        const fn = createFunction(
            name,
            known,
            { code, logs, role: role.role },
            {
                parent: this,
                // Lambda makes a log group that never expires, and refuses a VPC, where it comes before these.
                dependsOn: [logs, role.policy, ...access],
            },
        );
        this.functionName = fn.name;
        this.functionArn = fn.arn;
        this.invokeArn = fn.invokeArn;
        this.roleArn = role.role.arn;
        this.registerOutputs({
            functionName: this.functionName,
            functionArn: this.functionArn,
            invokeArn: this.invokeArn,
            roleArn: this.roleArn,
        });
    }
}

/** The path as the state records it: the same on every machine. */
function portable(entry: string): string {
    return path.relative(process.cwd(), path.resolve(entry)).replaceAll(path.sep, "/");
}

function createLogGroup(
    name: string,
    args: LambdaFunctionArgs,
    opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(`${name}-logs`, { retentionInDays: args.logRetentionDays ?? 30 }, opts);
}

function createRole(
    name: string,
    args: LambdaFunctionArgs,
    logs: aws.cloudwatch.LogGroup,
    opts: pulumi.CustomResourceOptions,
): ServiceRole {
    const writeLog: PolicyStatement = {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        // Lambda names the streams of the group, one per execution environment, when it runs.
        resources: [pulumi.interpolate`${logs.arn}:log-stream:*`],
    };
    return createServiceRole(name, { service: "lambda.amazonaws.com", allow: [...(args.allow ?? []), writeLog] }, opts);
}

function allowNetwork(
    name: string,
    args: LambdaFunctionArgs,
    role: ServiceRole,
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicyAttachment[] {
    if (args.network === undefined) {
        return [];
    }
    // AWS's own policy, network interfaces only: EC2 cannot scope these actions to interfaces that do not exist yet.
    const policyArn = aws.iam.ManagedPolicy.AWSLambdaENIManagementAccess;
    return [new aws.iam.RolePolicyAttachment(`${name}-network-access`, { role: role.role.name, policyArn }, opts)];
}

function createFunction(
    name: string,
    args: LambdaFunctionArgs,
    parts: { code: pulumi.asset.Archive; logs: aws.cloudwatch.LogGroup; role: aws.iam.Role },
    opts: pulumi.CustomResourceOptions,
): aws.lambda.Function {
    return new aws.lambda.Function(
        `${name}-function`,
        {
            description: args.description,
            code: parts.code,
            handler: "index.handler",
            runtime: aws.lambda.Runtime.NodeJS24dX,
            architectures: ["arm64"],
            role: parts.role.arn,
            timeout: args.timeoutSeconds ?? 10,
            memorySize: args.memoryMegabytes ?? 512,
            environment: { variables: args.environment },
            // The functions write their own JSON lines; Lambda's JSON format would wrap each once more.
            loggingConfig: { logFormat: "Text", logGroup: parts.logs.name },
            vpcConfig: args.network,
        },
        opts,
    );
}
