import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { text } from "../resources/properties";
import { refersTo } from "../resources/references";
import { validateWhole } from "../settings/stack-rule";
import { judgeEach } from "../resources/unknowns";
import { partsOf, webSocketApis } from "../gateway/websocket";

export const connectIsAuthorized: StackValidationPolicy = {
    name: "connect-is-authorized",
    description: "WebSocket APIs must check who connects: later frames cannot be authorized.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: 'Give the `$connect` route `authorizationType: "CUSTOM"` and an `authorizerId` of the same API.',
    validateStack: validateWhole(NO_EXEMPTIONS, (resources, _config, report) => {
        judgeEach(webSocketApis(resources), (api) => {
            const routes = partsOf(api, "Route", resources).filter(
                ({ props }) => text(props, "routeKey") === "$connect",
            );
            if (routes.length === 0) {
                report(api.urn, "It has no `$connect` route, so everybody may connect. Add one with an authorizer.");
            }
            const authorizers = partsOf(api, "Authorizer", resources);
            judgeEach(routes, (route) => {
                const problem = problemOf(route, authorizers);
                if (problem !== undefined) {
                    report(route.urn, `${problem} Set \`authorizationType: "CUSTOM"\` and \`authorizerId\`.`);
                }
            });
        });
    }),
};

function problemOf(route: PolicyResource, authorizers: readonly PolicyResource[]): string | undefined {
    const kind = text(route.props, "authorizationType") ?? "NONE";
    if (kind === "AWS_IAM") {
        return undefined;
    }
    if (kind !== "CUSTOM") {
        return `Everybody may connect: its authorization is ${kind}.`;
    }
    return authorizers.some((authorizer) => refersTo(route, "authorizerId", authorizer))
        ? undefined
        : "Its authorizer is none of this API's.";
}
