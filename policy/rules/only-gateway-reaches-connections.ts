import type { StackValidationPolicy } from "@pulumi/policy";
import { namesAnyAction } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { ownArnsOfHolder } from "../gateway/holders";
import { reachedBeyond } from "../statements/reach";
import { validateWhole } from "../settings/stack-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";
import { judgeEach } from "../resources/unknowns";

export const onlyGatewayReachesConnections: StackValidationPolicy = {
    name: "only-gateway-reaches-connections",
    description: "Nobody but the gateway's own functions may reach its connections.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps:
        "Remove the statement, and publish on the push bus: who may hear what is the gateway's to decide.",
    validateStack: validateWhole(NO_EXEMPTIONS, (resources, _config, report) => {
        const policies = resources.filter(({ type }) => IDENTITY_POLICY_TYPES.includes(type));
        judgeEach(policies, (policy) => {
            const own = ownArnsOfHolder(policy, resources);
            judgeAllowed(policy, (statement) => {
                const reaches =
                    namesAnyAction(statement, "execute-api:ManageConnections") &&
                    reachedBeyond(statement, ["arn:*:execute-api:*"], own) !== undefined;
                if (reaches) {
                    report(
                        policy.urn,
                        `${nameOf(statement)} lets others than the gateway reach its connections. ` +
                            "Remove it: publish on the push bus in its place.",
                    );
                }
            });
        });
    }),
};
