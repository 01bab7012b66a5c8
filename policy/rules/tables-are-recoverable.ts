import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, isTrue } from "../resources/properties";
import { configFor, validateTypes } from "../settings/resource-rule";

const TYPES = ["aws:dynamodb/table:Table"];

export const tablesAreRecoverable: ResourceValidationPolicy = {
    name: "tables-are-recoverable",
    description: "Tables must be recoverable to a point in time.",
    severity: "high",
    enforcementLevel: "remediate",
    configSchema: configSchema(),
    remediationSteps: "Set `pointInTimeRecovery: { enabled: true }` on the table.",
    remediateResource: (args) => {
        configFor(args, TYPES, NO_EXEMPTIONS);
        const recovery = block(args.props, "pointInTimeRecovery");
        if (isTrue(recovery, "enabled")) {
            return undefined;
        }
        args.props["pointInTimeRecovery"] = { ...recovery, enabled: true };
        return args.props;
    },
    validateResource: validateTypes(TYPES, NO_EXEMPTIONS, ({ props }, _config, report) => {
        if (!isTrue(block(props, "pointInTimeRecovery"), "enabled")) {
            report("What is deleted by mistake is gone. Write `pointInTimeRecovery: { enabled: true }`.");
        }
    }),
};
