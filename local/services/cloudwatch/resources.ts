import { ACCOUNT_ID, arn } from "../../aws/account";
import { LIMITS, requireText } from "../../aws/limits";
import { inert } from "../../resources/inert";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Registration, ResourceBehaviours } from "../../resources/resource";

/**
 * The periods that CloudWatch Logs knows, written here once more: the local cloud is to find out what the product says.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const LOG_RETENTION_DAYS: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Logs, alarms and dashboards. What functions print goes to the local cloud's own log. */
export const cloudWatchBehaviours: ResourceBehaviours = {
    "aws:cloudwatch/logGroup:LogGroup": inert((registration) => {
        const name = nameOf(registration, "name");
        const inputs = new Inputs(registration);
        const days = inputs.optionalNumber("retentionInDays") ?? 0;
        // The provider's 0 is for ever.
        if (days !== 0 && !LOG_RETENTION_DAYS.includes(days)) {
            throw inputs.error(
                `\`retentionInDays\` is ${days}, and must be 0 or one of ${LOG_RETENTION_DAYS.join(", ")}`,
            );
        }
        inputs.within(() => {
            requireText(LIMITS.logGroupName, name);
        });
        return { id: name, outputs: { name, arn: arn("logs", `log-group:${name}`) } };
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": inert((registration) => {
        const name = nameOf(registration, "name");
        new Inputs(registration).within(() => {
            requireText(LIMITS.alarmName, name);
        });
        return { id: name, outputs: { name, arn: arn("cloudwatch", `alarm:${name}`) } };
    }),
    "aws:cloudwatch/dashboard:Dashboard": inert((registration) => {
        const name = nameOf(registration, "dashboardName");
        return { id: name, outputs: { dashboardArn: `arn:aws:cloudwatch::${ACCOUNT_ID}:dashboard/${name}` } };
    }),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": inert((registration) => ({
        id: nameOf(registration, "policyName"),
        outputs: {},
    })),
};

function nameOf(registration: Registration, input: string): string {
    const inputs = new Inputs(registration);
    return physicalName(registration, inputs.optionalString(input), inputs.optionalString("namePrefix"));
}
