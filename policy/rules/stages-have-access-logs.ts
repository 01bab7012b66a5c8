import type { StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, text } from "../resources/properties";
import { validateWhole } from "../settings/stack-rule";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { partsOf, webSocketApis } from "../gateway/websocket";

export const stagesHaveAccessLogs: StackValidationPolicy = {
    name: "stages-have-access-logs",
    description: "Stages of WebSocket APIs must log who connected, and what was refused.",
    severity: "medium",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: "Set `accessLogSettings: { destinationArn: logGroup.arn, format }` on the stage.",
    validateStack: validateWhole(NO_EXEMPTIONS, (resources, _config, report) => {
        const stages = webSocketApis(resources).flatMap((api) => partsOf(api, "Stage", resources));
        judgeEach(stages, (stage) => {
            // In a preview the log group may not exist yet; it is given all the same.
            const settings = ifKnown(() => block(stage.props, "accessLogSettings"), undefined);
            const isLogged =
                settings === undefined ||
                ["destinationArn", "format"].every((name) => {
                    return ifKnown(() => text(settings, name) !== undefined, true);
                });
            if (!isLogged) {
                report(
                    stage.urn,
                    "Nobody sees who connects. " + "Set `accessLogSettings: { destinationArn: logGroup.arn, format }`.",
                );
            }
        });
    }),
};
