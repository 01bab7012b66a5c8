import { ACCOUNT_ID, arn } from "../../aws/account";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

/**
 * Logs, alarms, dashboards and what Lambda makes of recursion: accepted, with the outputs that programs refer to, and
 * without effect. What functions print goes to the local cloud's own log, and nothing here looks for recursive loops.
 */
export const inertBehaviours: ResourceBehaviours = {
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
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": inert((registration) => ({
        id: new Inputs(registration).string("functionName"),
        outputs: {},
    })),
};

function inert(create: ResourceBehaviour["create"]): ResourceBehaviour {
    return { create, update: create, delete: () => undefined };
}

function nameOf(registration: Registration, input: string): string {
    const inputs = new Inputs(registration);
    return physicalName(registration, inputs.optionalString(input), inputs.optionalString("namePrefix"));
}
