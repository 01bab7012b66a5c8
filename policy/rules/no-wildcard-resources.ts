import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { hasWildcard } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../exemptions";
import { validateTypes } from "../resource-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    /** Actions that AWS cannot scope to a resource, or only to ones that do not exist yet. */
    unscopedActions: [
        "cloudwatch:PutMetricData",
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
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
            description: "Actions that AWS cannot scope: a statement of nothing but these may have the resource *.",
            default: DEFAULTS.unscopedActions,
        },
    }),
    remediationSteps: "Write the ARN of the resource, taken from the resource itself: `table.arn`.",
    // Of identities only: in a resource's own policy, * stands for that resource.
    validateResource: validateTypes(IDENTITY_POLICY_TYPES, DEFAULTS, (args, { unscopedActions }, report) => {
        judgeAllowed(args, (statement) => {
            const { inverted, patterns } = statement.resources;
            if (inverted) {
                report(`${nameOf(statement)} allows it on every resource but ${patterns.join(", ")}. ` +
                    "Write `Resource` in place of `NotResource`, with the ARNs acted upon.");
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
        const known = actions.map((action) => action.toLowerCase());
        return !statement.actions.inverted
            && statement.actions.patterns.every((action) => known.includes(action.toLowerCase()));
    };
    return (isStreamsOfOneLogGroup(pattern) && allows("logs:CreateLogStream", "logs:PutLogEvents"))
        || (pattern === "*" && allows(...unscopedActions))
        // Connections come and go, so their ARNs have a wildcard; `manage-connections-is-scoped` judges all before it.
        || allows("execute-api:ManageConnections");
}

/** Lambda names the streams of a function's log group when it runs; all before them must be literal. */
function isStreamsOfOneLogGroup(pattern: string): boolean {
    return /^arn:[^:*?]+:logs:[^:*?]+:[^:*?]+:log-group:[^:*?]+:(log-stream:)?\*$/.test(pattern);
}
