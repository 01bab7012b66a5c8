import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { IDENTITY_POLICY_TYPES, judgeReadability, RESOURCE_POLICY_TYPES } from "../statements/statements";

const TYPES = [...IDENTITY_POLICY_TYPES, ...RESOURCE_POLICY_TYPES];

export const policiesAreReadable: ResourceValidationPolicy = {
    name: "policies-are-readable",
    description: "Policies must be well formed: what cannot be read cannot be judged by the other rules.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: "Correct what the message names. Build policies with `pulumi.jsonStringify`, not by hand.",
    validateResource: validateTypes(TYPES, NO_EXEMPTIONS, (args, _config, report) => {
        judgeReadability(args, report);
    }),
};
