import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, isTrue } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";

export const tablesAreEncrypted: ResourceValidationPolicy = {
    name: "tables-are-encrypted",
    description: "Tables must be encrypted with a KMS key of the account.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    // Not remediated: which key, and who may use it, is for the owner to say.
    remediationSteps:
        "Set `serverSideEncryption: { enabled: true }` on the table, with `kmsKeyArn` for a key of yours.",
    validateResource: validateTypes(["aws:dynamodb/table:Table"], NO_EXEMPTIONS, ({ props }, _config, report) => {
        if (!isTrue(block(props, "serverSideEncryption"), "enabled")) {
            report(
                "Its key belongs to DynamoDB, and no log shows its use. " +
                    "Write `serverSideEncryption: { enabled: true }`.",
            );
        }
    }),
};
