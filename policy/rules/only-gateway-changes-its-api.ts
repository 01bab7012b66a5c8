import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { API, arnOf, gatewayOf, isBesidePart, partsOfGateways } from "../gateway/parts";
import { apiIdOf, shownOutputs } from "../gateway/shown-outputs";
import { text } from "../resources/properties";
import { refersTo } from "../resources/references";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { stackOf } from "../resources/urns";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateWhole } from "../settings/stack-rule";
import { reachedBy } from "../statements/reach";
import { judgeAllowed, nameOf } from "../statements/statements";

const DEFAULTS = { ...NO_EXEMPTIONS, apis: [] as readonly string[] };

/** By its verbs API Gateway lets somebody change an API, or anything of it. */
const CHANGES = ["DELETE", "PATCH", "POST", "PUT"].map((verb) => `apigateway:${verb}`);

/** A name for the API in a domain. It changes nothing of the API itself, and is the platform's to give. */
const MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping";

export const onlyGatewayChangesItsApi: StackValidationPolicy = {
    name: "only-gateway-changes-its-api",
    description: "Nobody but the gateway itself may have routes, authorizers or stages on its API, or change them.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        apis: {
            type: "array",
            items: { type: "string" },
            description: "IDs of further APIs of gateways, where no reference to them shows them.",
            default: DEFAULTS.apis,
        },
    }),
    remediationSteps:
        "Remove it. Whoever changes the gateway's API decides who may connect, and reads what clients send. For " +
        "routes of your own, make an API of your own.",
    validateStack: validateWhole(DEFAULTS, (resources, { apis }, report) => {
        const own = partsOfGateways(resources, API);
        const ids = [
            ...apis,
            ...own.map(({ props }) => ifKnown(() => text(props, "id"), undefined)),
            ...own.map((api) => arnOf(api)?.split(":").at(-1)),
            ...shownOutputs(resources, "managementEndpoint").map(apiIdOf),
            ...shownOutputs(resources, "webSocketUrl").map(apiIdOf),
        ].filter((id) => id !== undefined);
        const targets = [...new Set(ids)].flatMap((id) => {
            return [`arn:*:apigateway:*::/apis/${id}`, `arn:*:apigateway:*::/apis/${id}/*`];
        });
        judgeEach(resources, (resource) => {
            if (isOnApi(resource, own, ids, resources)) {
                report(
                    resource.urn,
                    "It changes the gateway's API, which decides who may connect. " +
                        "Remove it, or name an API of your own.",
                );
            }
            judgeAllowed(resource, (statement) => {
                const changed = reachedBy(statement, CHANGES, targets);
                if (changed !== undefined) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} allows changing the gateway's API, ${changed}. ` +
                            "Remove it, or name an API of your own.",
                    );
                }
            });
        });
    }),
};

/** Whether a route, a stage or whatever else is declared on a gateway's API by others than that gateway. */
function isOnApi(
    resource: PolicyResource,
    own: readonly PolicyResource[],
    ids: readonly string[],
    resources: readonly PolicyResource[],
): boolean {
    if (!resource.type.startsWith("aws:apigatewayv2/") || resource.type === API) {
        return false;
    }
    const api = own.find((one) => refersTo(resource, "apiId", one));
    if (api === undefined) {
        return ids.includes(ifKnown(() => text(resource.props, "apiId"), undefined) ?? "");
    }
    const isMapped = resource.type === MAPPING && stackOf(resource.urn) === stackOf(gatewayOf(api)?.urn ?? "");
    return !isMapped && !isBesidePart(resource, api, resources);
}
