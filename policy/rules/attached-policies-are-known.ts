import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { items } from "../resources/properties";
import { isMadeFrom, ofType } from "../resources/references";
import { validateWhole } from "../settings/stack-rule";
import { ROLE } from "../statements/statements";
import { ifKnown, judgeEach } from "../resources/unknowns";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    policies: [
        // Network interfaces of functions in a VPC, and nothing else.
        "arn:aws*:iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
        // What API Gateway itself needs to write the account's logs; there is no narrower one that it accepts.
        "arn:aws*:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    ],
};

/** The property that holds the ARNs of attached policies, by type. */
const ATTACHED: Readonly<Record<string, string>> = {
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
    [ROLE]: "managedPolicyArns",
};

export const attachedPoliciesAreKnown: StackValidationPolicy = {
    name: "attached-policies-are-known",
    description: "Policies that are attached must be of this stack, where they can be judged, or known to be narrow.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        policies: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of policies from elsewhere that may be attached; * stands for any run of characters.",
            default: DEFAULTS.policies,
        },
    }),
    remediationSteps:
        "Write what the code calls as a policy of the role's own. AWS's managed ones mostly allow it on every one.",
    validateStack: validateWhole(DEFAULTS, (resources, config, report) => {
        const own = ofType(resources, "aws:iam/policy:Policy");
        const ownArns = own.map(({ props }) => ifKnown((): unknown => props["arn"], undefined));
        judgeEach(resources, (resource) => {
            const property = ATTACHED[resource.type];
            if (property === undefined) {
                return;
            }
            judgeEach(attachedReaders(resource, property, own), (readArn) => {
                const arn = readArn();
                const isKnown =
                    arn === undefined ||
                    ownArns.includes(arn) ||
                    config.policies.some((pattern) => matchesPattern(pattern, arn));
                if (!isKnown) {
                    report(
                        resource.urn,
                        `It attaches ${arn}, whose statements nobody sees here. ` +
                            "Write what the code calls as a policy of the role's own.",
                    );
                }
            });
        });
    }),
};

/** Each reads one ARN. One that a preview does not know is all right when it is that of a policy of this stack. */
function attachedReaders(
    resource: PolicyResource,
    property: string,
    own: readonly PolicyResource[],
): readonly (() => string | undefined)[] {
    const isOwn = own.some((policy) => isMadeFrom(resource, property, policy));
    const readAll = (): readonly (() => unknown)[] => {
        const value: unknown = resource.props[property];
        return Array.isArray(value) ? items(resource.props, property) : [() => value];
    };
    return (isOwn ? ifKnown(readAll, []) : readAll()).map((readOne) => () => {
        const value = isOwn ? ifKnown(readOne, undefined) : readOne();
        return typeof value === "string" ? value : undefined;
    });
}
