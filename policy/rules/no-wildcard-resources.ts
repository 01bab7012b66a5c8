import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { actionCovers, hasWildcard } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    /**
     * Actions that AWS cannot scope to a resource, or only to ones that do not exist yet: those that programs commonly
     * call, and by name, since `ec2:Describe*` has some that it can scope, such as `ec2:DescribeInstanceAttribute`.
     * https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
     */
    unscopedActions: [
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        "dynamodb:ListStreams",
        "dynamodb:ListTables",
        "ec2:CreateNetworkInterface",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRegions",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecr-public:GetAuthorizationToken",
        "ecr:GetAuthorizationToken",
        "kms:GenerateRandom",
        "logs:DescribeLogGroups",
        "s3:ListAllMyBuckets",
        "secretsmanager:GetRandomPassword",
        "sns:ListTopics",
        "sqs:ListQueues",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
        "sts:GetCallerIdentity",
        "sts:GetServiceBearerToken",
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ],
};

export const noWildcardResources: ResourceValidationPolicy = {
    name: "no-wildcard-resources",
    description: "Policies must name each resource that they allow something on.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        unscopedActions: {
            type: "array",
            items: { type: "string" },
            description:
                "Actions that AWS cannot scope: a statement of nothing but these may have the resource *. " +
                "* in a name stands for any run of characters.",
            default: DEFAULTS.unscopedActions,
        },
    }),
    remediationSteps: "Write the ARN of the resource, taken from the resource itself: `table.arn`.",
    // Of identities only: in a resource's own policy, * stands for that resource.
    validateResource: validateTypes(IDENTITY_POLICY_TYPES, DEFAULTS, (args, { unscopedActions }, report) => {
        judgeAllowed(args, (statement) => {
            const { inverted, patterns } = statement.resources;
            if (inverted) {
                report(
                    `${nameOf(statement)} allows it on every resource but ${patterns.join(", ")}. ` +
                        "Write `Resource` in place of `NotResource`, with the ARNs acted upon.",
                );
                return;
            }
            for (const pattern of patterns.filter(hasWildcard)) {
                if (!isNecessary(pattern, statement, unscopedActions)) {
                    report(`${nameOf(statement)} allows it on ${pattern}. Write the ARNs acted upon.`);
                }
            }
        });
    }),
};

function isNecessary(pattern: string, statement: Statement, unscopedActions: readonly string[]): boolean {
    const allows = (...actions: string[]): boolean => {
        const { inverted, patterns } = statement.actions;
        return !inverted && patterns.every((pattern) => actions.some((action) => actionCovers(action, pattern)));
    };
    return (
        isObjectsOfOneBucket(pattern) ||
        (isStreamsOfOneLogGroup(pattern) && allows("logs:CreateLogStream", "logs:PutLogEvents")) ||
        (pattern === "*" && allows(...unscopedActions)) ||
        // Connections come and go, so their ARNs have a wildcard; `manage-connections-is-scoped` judges all before it.
        allows("execute-api:ManageConnections")
    );
}

/** The objects of a bucket come and go. The bucket, whose name nobody else can have, must be literal. */
function isObjectsOfOneBucket(pattern: string): boolean {
    return /^arn:[^:*?]+:s3:::[^:/*?$]+\/./.test(pattern);
}

/** Lambda names the streams of a function's log group when it runs; all before them must be literal. */
function isStreamsOfOneLogGroup(pattern: string): boolean {
    return /^arn:[^:*?]+:logs:[^:*?]+:[^:*?]+:log-group:[^:*?]+:(log-stream:)?\*$/.test(pattern);
}
