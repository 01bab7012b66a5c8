import type { ResourceValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { text } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";

const DEFAULTS = { ...NO_EXEMPTIONS, cloudControlTypes: [] as readonly string[] };

const CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource";

/** Each makes resources of every kind, of which the program itself registers none. */
const TEMPLATES: readonly string[] = [
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackInstances:StackInstances",
    "aws:cloudformation/stackSet:StackSet",
    "aws:cloudformation/stackSetInstance:StackSetInstance",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
];

export const resourcesAreReadable: ResourceValidationPolicy = {
    name: "resources-are-readable",
    description: "Resources must be written as themselves: what is inside of a template no other rule can judge.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        cloudControlTypes: {
            type: "array",
            items: { type: "string" },
            description:
                "Types of Cloud Control that no rule is about, such as AWS::IoT::Thing; * stands for any run of " +
                "characters.",
            default: DEFAULTS.cloudControlTypes,
        },
    }),
    remediationSteps:
        "Write each resource of the template as one of the `aws` provider, for example `aws.iam.RolePolicy`.",
    validateResource: validateTypes([CLOUD_CONTROL, ...TEMPLATES], DEFAULTS, ({ type, props }, config, report) => {
        if (type !== CLOUD_CONTROL) {
            report("No rule sees what its template makes. Write each resource as one of the `aws` provider.");
            return;
        }
        const made = text(props, "typeName") ?? "";
        if (!config.cloudControlTypes.some((pattern) => matchesPattern(pattern, made))) {
            report(`No rule reads a ${made} that Cloud Control makes. Write it as a resource of the \`aws\` provider.`);
        }
    }),
};
