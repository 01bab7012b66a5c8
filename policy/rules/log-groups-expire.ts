import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../exemptions";
import { number } from "../properties";
import { configFor, validateTypes } from "../resource-rule";

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
            description: "What a log group without a period gets; one of the periods that CloudWatch Logs knows.",
            default: DEFAULTS.retentionDays,
        },
    }),
    remediationSteps: "Set `retentionInDays` on the log group, for example to 30.",
    remediateResource: (args) => {
        const { retentionDays } = configFor(args, TYPES, DEFAULTS);
        // A period that is too long is somebody's decision; none is nobody's.
        if ((number(args.props, "retentionInDays") ?? 0) > 0) {
            return undefined;
        }
        args.props["retentionInDays"] = retentionDays;
        return args.props;
    },
    validateResource: validateTypes(TYPES, DEFAULTS, ({ props }, { maxRetentionDays }, report) => {
        const days = number(props, "retentionInDays") ?? 0;
        if (days <= 0) {
            report("Its entries are kept for ever. Set `retentionInDays`, for example to 30.");
        } else if (days > maxRetentionDays) {
            report(`Its entries are kept for ${days} days. Set \`retentionInDays\` to ${maxRetentionDays} at most.`);
        }
    }),
};
