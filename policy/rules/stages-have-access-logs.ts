import type { StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS, reportUnlessExempt } from "../exemptions";
import { block, text } from "../properties";
import { ifKnown, judgeEach } from "../unknowns";
import { partsOf, webSocketApis } from "../websocket";

export const stagesHaveAccessLogs: StackValidationPolicy = {
    name: "stages-have-access-logs",
    description: "Stages of WebSocket APIs must log who connected, and what was refused.",
    severity: "medium",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: "Set `accessLogSettings: { destinationArn: logGroup.arn, format }` on the stage.",
    validateStack: (args, report) => {
        const reportOn = reportUnlessExempt(report, { ...NO_EXEMPTIONS, ...args.getConfig<Partial<typeof NO_EXEMPTIONS>>() });
        const stages = webSocketApis(args.resources).flatMap((api) => partsOf(api, "Stage", args.resources));
        judgeEach(stages, (stage) => {
            // In a preview the log group may not exist yet; it is given all the same.
            const settings = ifKnown(() => block(stage.props, "accessLogSettings"), undefined);
            const isLogged = settings === undefined || ["destinationArn", "format"].every((name) => {
                return ifKnown(() => text(settings, name) !== undefined, true);
            });
            if (!isLogged) {
                reportOn(stage.urn, "Nobody sees who connects. Set `accessLogSettings: { destinationArn: logGroup.arn, format }`.");
            }
        });
    },
};
