import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS, reportUnlessExempt } from "../exemptions";
import { text } from "../properties";
import { refersTo } from "../references";
import { judgeEach } from "../unknowns";
import { partsOf, webSocketApis } from "../websocket";

export const connectIsAuthorized: StackValidationPolicy = {
    name: "connect-is-authorized",
    description: "WebSocket APIs must check who connects: later frames cannot be authorized.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps: "Give the `$connect` route `authorizationType: \"CUSTOM\"` and an `authorizerId` of the same API.",
    validateStack: (args, report) => {
        const reportOn = reportUnlessExempt(report, { ...NO_EXEMPTIONS, ...args.getConfig<Partial<typeof NO_EXEMPTIONS>>() });
        judgeEach(webSocketApis(args.resources), (api) => {
            const routes = partsOf(api, "Route", args.resources)
                .filter(({ props }) => text(props, "routeKey") === "$connect");
            if (routes.length === 0) {
                reportOn(api.urn, "It has no `$connect` route, so everybody may connect. Add one with an authorizer.");
            }
            const authorizers = partsOf(api, "Authorizer", args.resources);
            judgeEach(routes, (route) => {
                const problem = problemOf(route, authorizers);
                if (problem !== undefined) {
                    reportOn(route.urn, `${problem} Set \`authorizationType: "CUSTOM"\` and \`authorizerId\`.`);
                }
            });
        });
    },
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
