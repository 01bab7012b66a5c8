import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, text } from "../resources/properties";
import { isMadeFrom, ofType } from "../resources/references";
import { validateWhole } from "../settings/stack-rule";
import { ifKnown, judgeEach } from "../resources/unknowns";

const UNKNOWN = Symbol("unknown");

export const functionsLogToKnownGroups: StackValidationPolicy = {
    name: "functions-log-to-known-groups",
    description: "Functions must log to a log group of the stack: the one that Lambda makes by itself never expires.",
    severity: "medium",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps:
        "Make a log group with a retention period, and name it in the function's `loggingConfig.logGroup`.",
    validateStack: validateWhole(NO_EXEMPTIONS, (resources, _config, report) => {
        const groups = ofType(resources, "aws:cloudwatch/logGroup:LogGroup");
        judgeEach(ofType(resources, "aws:lambda/function:Function"), (fn) => {
            if (!logsTo(fn, groups)) {
                report(
                    fn.urn,
                    "Lambda makes it a log group that never expires. Make one with a retention period, " +
                        "and name it in `loggingConfig.logGroup`.",
                );
            }
        });
    }),
};

/** What a preview does not know comes from a log group, or from a function, that is yet to be made. */
function logsTo(fn: PolicyResource, groups: readonly PolicyResource[]): boolean {
    const named = ifKnown(() => text(block(fn.props, "loggingConfig"), "logGroup"), UNKNOWN);
    if (named === UNKNOWN) {
        return groups.some((group) => isMadeFrom(fn, "loggingConfig", group));
    }
    const names = groups.map(({ props }) => ifKnown(() => text(props, "name"), undefined));
    const byDefault = (): string => `/aws/lambda/${text(fn.props, "name") ?? ""}`;
    return (
        names.includes(named ?? ifKnown(byDefault, undefined) ?? "") ||
        (named === undefined && groups.some((group) => isMadeFrom(group, "name", fn)))
    );
}
