import { ACCOUNT_ID, arn } from "../../aws/account";
import { inert } from "../../resources/inert";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Registration, ResourceBehaviours } from "../../resources/resource";

/** Logs, alarms and dashboards. What functions print goes to the local cloud's own log. */
export const cloudWatchBehaviours: ResourceBehaviours = {
    "aws:cloudwatch/logGroup:LogGroup": inert((registration) => {
        const name = nameOf(registration, "name");
        return { id: name, outputs: { name, arn: arn("logs", `log-group:${name}`) } };
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": inert((registration) => {
        const name = nameOf(registration, "name");
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
