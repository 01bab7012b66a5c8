import type { PolicyResource, StackValidation } from "@pulumi/policy";
import { reportUnlessExempt } from "./exemptions";
import type { Exempting, ReportResource } from "./exemptions";

/** All resources of a stack as a rule sees them, with the rule's configuration. */
type JudgeStack<Config> = (resources: readonly PolicyResource[], config: Config, report: ReportResource) => void;

/**
 * Validates a stack as a whole, and reports against resources that are not exempt.
 *
 * @param defaults the configuration where there is none
 */
export function validateWhole<Config extends Exempting>(defaults: Config, judge: JudgeStack<Config>): StackValidation {
    return (args, report) => {
        const config = { ...defaults, ...args.getConfig<Partial<Config>>() };
        judge(args.resources, config, reportUnlessExempt(report, config));
    };
}
