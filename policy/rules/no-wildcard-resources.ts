import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { actionCovers, hasNoResource, hasWildcard } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { allowsOnly, standsForRunTimeNames } from "../statements/run-time-names";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    /**
     * Actions that have a resource in AWS's reference, and yet none where programs commonly call them. What has none in
     * the reference is known from there.
     */
    unscopedActions: [
        // Metrics; only a dataset is a resource.
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        // The network interfaces of functions and tasks in a VPC, whose names exist when these do.
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
        // An SMS goes to a telephone number, which is no resource.
        "sns:Publish",
        // Without a lexicon, without a terminology.
        "polly:SynthesizeSpeech",
        "translate:TranslateText",
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
                "Actions that have no resource, besides those of AWS's reference: a statement of nothing but these may " +
                "have the resource *. " +
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
                if (isSms(statement)) {
                    return;
                }
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
    return (
        standsForRunTimeNames(pattern, statement) ||
        (pattern === "*" && isUnscoped(statement, unscopedActions)) ||
        // Connections come and go, so their ARNs have a wildcard; `manage-connections-is-scoped` judges all before it.
        allowsOnly(statement, ["execute-api:ManageConnections"])
    );
}

function isUnscoped({ actions: { inverted, patterns } }: Statement, unscopedActions: readonly string[]): boolean {
    const isOne = (action: string): boolean => {
        return hasNoResource(action) || unscopedActions.some((unscoped) => actionCovers(unscoped, action));
    };
    return !inverted && patterns.every(isOne);
}

/** Everything but topics: telephone numbers alone. */
function isSms(statement: Statement): boolean {
    return (
        allowsOnly(statement, ["sns:Publish"]) &&
        statement.resources.patterns.some((pattern) => /^arn:(aws[a-z-]*|\*):sns:\*:\*:\*$/.test(pattern))
    );
}
