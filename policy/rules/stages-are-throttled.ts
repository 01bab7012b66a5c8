import type { StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, blocks, number } from "../resources/properties";
import type { Properties } from "../resources/properties";
import { validateWhole } from "../settings/stack-rule";
import { judgeEach } from "../resources/unknowns";
import { partsOf, webSocketApis } from "../gateway/websocket";

const DEFAULTS = { ...NO_EXEMPTIONS, maxRateLimit: 5000, maxBurstLimit: 5000 };

export const stagesAreThrottled: StackValidationPolicy = {
    name: "stages-are-throttled",
    description: "Stages of WebSocket APIs must leave the account's other APIs a share of its requests.",
    severity: "medium",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        maxRateLimit: {
            type: "integer",
            minimum: 1,
            description: "Requests per second that one stage may take. All APIs share 10,000 in an account and Region.",
            default: DEFAULTS.maxRateLimit,
        },
        maxBurstLimit: {
            type: "integer",
            minimum: 1,
            description: "Requests at once that one stage may take.",
            default: DEFAULTS.maxBurstLimit,
        },
    }),
    remediationSteps: "Set `throttlingRateLimit` and `throttlingBurstLimit` in the stage's `defaultRouteSettings`.",
    validateStack: validateWhole(DEFAULTS, (resources, config, report) => {
        const stages = webSocketApis(resources).flatMap((api) => partsOf(api, "Stage", resources));
        judgeEach(stages, ({ urn, props }) => {
            const isThrottled = (settings: Properties): boolean => {
                return (
                    isWithin(number(settings, "throttlingRateLimit"), config.maxRateLimit) &&
                    isWithin(number(settings, "throttlingBurstLimit"), config.maxBurstLimit)
                );
            };
            // A route with settings of its own has none of the default's.
            const settings = [block(props, "defaultRouteSettings"), ...blocks(props, "routeSettings")];
            if (!settings.every(isThrottled)) {
                report(
                    urn,
                    "Its clients can use up the requests of the whole account. Set `throttlingRateLimit` to " +
                        `${config.maxRateLimit} at most and \`throttlingBurstLimit\` to ${config.maxBurstLimit} at most, ` +
                        "in `defaultRouteSettings` and in each of `routeSettings`.",
                );
            }
        });
    }),
};

/** API Gateway takes 0 for a limit that is not set. */
function isWithin(limit: number | undefined, max: number): boolean {
    return limit !== undefined && limit > 0 && limit <= max;
}
