import type { ResourceValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { isTrue } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";
import { stackName } from "../resources/urns";

const DEFAULTS = { ...NO_EXEMPTIONS, stacks: ["prod", "prod-*", "production"] };

export const tablesAreProtected: ResourceValidationPolicy = {
    name: "tables-are-protected",
    description: "Tables of production must refuse to be deleted, both in DynamoDB and in Pulumi.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        stacks: {
            type: "array",
            items: { type: "string" },
            description: "Names of the stacks that are production; * stands for any run of characters.",
            default: DEFAULTS.stacks,
        },
    }),
    remediationSteps:
        "Set `deletionProtectionEnabled: true` on the table, and `protect: true` in its resource options. " +
        "For a PushGateway, set `protect: true` on it.",
    validateResource: validateTypes(["aws:dynamodb/table:Table"], DEFAULTS, ({ urn, props, opts }, config, report) => {
        if (!config.stacks.some((pattern) => matchesPattern(pattern, stackName(urn)))) {
            return;
        }
        if (!isTrue(props, "deletionProtectionEnabled")) {
            report("DynamoDB would delete it. Set `deletionProtectionEnabled: true`.");
        }
        if (!opts.protect) {
            report("`pulumi destroy` would delete it. Set `protect: true` in its resource options.");
        }
    }),
};
