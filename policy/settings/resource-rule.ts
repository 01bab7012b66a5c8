import type { ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";
import { isExempt } from "./exemptions";
import type { Exempting } from "./exemptions";

/** A resource as a rule sees it, with the rule's configuration. */
export type Judge<Config> = (args: ResourceValidationArgs, config: Config, report: (message: string) => void) => void;

/**
 * Validates resources of these types that are not exempt. By their type tokens rather than by the SDK's classes: to
 * load those takes longer than to judge a stack.
 *
 * @param defaults the configuration where there is none; the engine adds the schema's defaults, tests do not
 */
export function validateTypes<Config extends Exempting>(
    types: readonly string[],
    defaults: Config,
    judge: Judge<Config>,
): ResourceValidation {
    return (args, report) => {
        const config = configFor(args, types, defaults);
        judge(args, config, (message) => {
            report(message);
        });
    };
}

/** The configuration for a resource that the rule is about; for any other, tells the engine so and does not return. */
export function configFor<Config extends Exempting>(
    args: ResourceValidationArgs,
    types: readonly string[],
    defaults: Config,
): Config {
    if (!types.includes(args.type)) {
        return args.notApplicable(`It is about ${types.join(", ")}.`);
    }
    const config = { ...defaults, ...args.getConfig<Partial<Config>>() };
    return isExempt(args.urn, config) ? args.notApplicable("The resource is exempt.") : config;
}
