import type { ResourceValidationPolicy } from "@pulumi/policy";
import { LOG_RETENTION_DAYS } from "../../contract/limits";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { number } from "../resources/properties";
import { configFor, validateTypes } from "../settings/resource-rule";

const TYPES = ["aws:cloudwatch/logGroup:LogGroup"];

const DEFAULTS = { ...NO_EXEMPTIONS, maxRetentionDays: 400, retentionDays: 30 };

export const logGroupsExpire: ResourceValidationPolicy = {
    name: "log-groups-expire",
    description: "Log groups must delete their entries after a bounded time.",
    severity: "medium",
    enforcementLevel: "remediate",
    configSchema: configSchema({
        maxRetentionDays: {
            type: "integer",
            minimum: 1,
            description: "The longest period that is accepted.",
            default: DEFAULTS.maxRetentionDays,
        },
        retentionDays: {
            type: "integer",
            minimum: 1,
            description: "What a log group without a period gets, or the next shorter one that is accepted.",
            default: DEFAULTS.retentionDays,
        },
    }),
    remediationSteps: "Set `retentionInDays` on the log group, for example to 30.",
    remediateResource: (args) => {
        const config = configFor(args, TYPES, DEFAULTS);
        // A period that is too long is somebody's decision; none is nobody's.
        if ((number(args.props, "retentionInDays") ?? 0) > 0) {
            return undefined;
        }
        args.props["retentionInDays"] = givenPeriod(config);
        return args.props;
    },
    validateResource: validateTypes(TYPES, DEFAULTS, ({ props }, config, report) => {
        const { maxRetentionDays } = config;
        const days = number(props, "retentionInDays") ?? 0;
        if (days <= 0) {
            report(`Its entries are kept for ever. Set \`retentionInDays\`, for example to ${givenPeriod(config)}.`);
        } else if (days > maxRetentionDays) {
            report(`Its entries are kept for ${days} days. Set \`retentionInDays\` to ${maxRetentionDays} at most.`);
        }
    }),
};

/** The longest period of CloudWatch's that is neither over what is wanted nor over what is accepted. */
function givenPeriod({ maxRetentionDays, retentionDays }: typeof DEFAULTS): number {
    const limit = Math.min(maxRetentionDays, retentionDays);
    return LOG_RETENTION_DAYS.findLast((period) => period <= limit) ?? 1;
}
