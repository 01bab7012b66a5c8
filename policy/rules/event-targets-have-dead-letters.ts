import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, number, text } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";
import { ifKnown } from "../resources/unknowns";

const TYPES = ["aws:cloudwatch/eventTarget:EventTarget"];

const DEFAULTS = { ...NO_EXEMPTIONS, maxRetryAttempts: 100, maxEventAgeSeconds: 6 * 60 * 60 };

export const eventTargetsHaveDeadLetters: ResourceValidationPolicy = {
    name: "event-targets-have-dead-letters",
    description: "Targets of event rules must bound their retries, and keep the events that could not be delivered.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        maxRetryAttempts: {
            type: "integer",
            minimum: 0,
            maximum: 185,
            description: "How often an event may be tried again.",
            default: DEFAULTS.maxRetryAttempts,
        },
        maxEventAgeSeconds: {
            type: "integer",
            minimum: 60,
            maximum: 86_400,
            description: "For how long an event may be tried again.",
            default: DEFAULTS.maxEventAgeSeconds,
        },
    }),
    remediationSteps:
        "Set `deadLetterConfig: { arn: queue.arn }` and `retryPolicy` on the target, and let the rule send to the " +
        "queue in the queue's policy.",
    validateResource: validateTypes(TYPES, DEFAULTS, ({ props }, config, report) => {
        if (!ifKnown(() => text(block(props, "deadLetterConfig"), "arn") !== undefined, true)) {
            report("An event that cannot be delivered is lost. Set `deadLetterConfig: { arn: queue.arn }`.");
        }
        const retries = block(props, "retryPolicy");
        const attempts = number(retries, "maximumRetryAttempts");
        if (attempts === undefined || attempts > config.maxRetryAttempts) {
            report(
                `An event is tried again ${attempts ?? 185} times. ` +
                    `Set \`retryPolicy.maximumRetryAttempts\` to ${config.maxRetryAttempts} at most.`,
            );
        }
        const age = number(retries, "maximumEventAgeInSeconds");
        if (age === undefined || age > config.maxEventAgeSeconds) {
            report(
                `An event is tried again for ${age ?? 86_400} seconds. ` +
                    `Set \`retryPolicy.maximumEventAgeInSeconds\` to ${config.maxEventAgeSeconds} at most.`,
            );
        }
    }),
};
