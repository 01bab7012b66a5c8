import type { ResourceValidationPolicy } from "@pulumi/policy";
import { hasWildcard } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf, RESOURCE_POLICY_TYPES } from "../statements/statements";

const TYPES = [...IDENTITY_POLICY_TYPES, ...RESOURCE_POLICY_TYPES];

export const noWildcardActions: ResourceValidationPolicy = {
    name: "no-wildcard-actions",
    description: "Policies must name each action that they allow.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: "List the actions that the code calls, for example `dynamodb:PutItem` in place of `dynamodb:*`.",
    validateResource: validateTypes(TYPES, NO_EXEMPTIONS, (args, _config, report) => {
        judgeAllowed(args, (statement) => {
            const { inverted, patterns } = statement.actions;
            if (inverted) {
                report(
                    `${nameOf(statement)} allows every action but ${patterns.join(", ")}. ` +
                        "Write `Action` in place of `NotAction`, with the actions that are called.",
                );
                return;
            }
            for (const pattern of patterns.filter(hasWildcard)) {
                report(`${nameOf(statement)} allows ${pattern}. Name the actions that are called.`);
            }
        });
    }),
};
