import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { arnOf, BUS, gatewayOf, isBesidePart, partsOfGateways, RULE } from "../gateway/parts";
import { blocks, text } from "../resources/properties";
import { reachedBy } from "../statements/reach";
import { isMadeFrom, refersTo } from "../resources/references";
import { shownOutputs } from "../gateway/shown-outputs";
import { validateWhole } from "../settings/stack-rule";
import { judgeAllowed, nameOf } from "../statements/statements";
import { ifKnown, judgeEach } from "../resources/unknowns";

const DEFAULTS = { ...NO_EXEMPTIONS, buses: [] as readonly string[] };

/** What makes copies of a bus's events, or decides where they go; and the property that names the bus. */
const LISTENERS: Readonly<Record<string, string>> = {
    "aws:cloudwatch/eventArchive:EventArchive": "eventSourceArn",
    [RULE]: "eventBusName",
    "aws:cloudwatch/eventTarget:EventTarget": "eventBusName",
    "aws:schemas/discoverer:Discoverer": "sourceArn",
};

/** Copies what is published on one bus to another Region's. */
const ENDPOINT = "aws:cloudwatch/eventEndpoint:EventEndpoint";

/** By which a role would make, change or stop a listener itself. */
const LISTENS = [
    "CreateArchive",
    "CreateEndpoint",
    "DeleteEventBus",
    "DeleteRule",
    "DisableRule",
    "EnableRule",
    "PutPermission",
    "PutRule",
    "PutTargets",
    "RemovePermission",
    "RemoveTargets",
    "UpdateArchive",
    "UpdateEndpoint",
    "UpdateEventBus",
].map((action) => `events:${action}`);

export const onlyGatewayListensOnItsBus: StackValidationPolicy = {
    name: "only-gateway-listens-on-its-bus",
    description: "Nobody but the gateway itself may have rules, targets or archives on the push bus.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        buses: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of further push buses, where no reference to their gateway shows them.",
            default: DEFAULTS.buses,
        },
    }),
    remediationSteps:
        "Remove it. Whoever listens on the push bus reads every team's messages, past every subscribe rule. For " +
        "events of your own, put them on a bus of your own too.",
    validateStack: validateWhole(DEFAULTS, (resources, { buses }, report) => {
        const ownArns = partsOfGateways(resources, BUS)
            .map(arnOf)
            .filter((arn) => arn !== undefined);
        const arns = [...buses, ...ownArns, ...shownOutputs(resources, "eventBusArn")];
        // `arn:aws:events:us-east-1:123456789012:rule/<bus>/<rule>`
        const targets = arns.flatMap((arn) => [arn, `${arn.replace(":event-bus/", ":rule/")}/*`]);
        judgeEach(resources, (resource) => {
            if (listensOnPushBus(resource, resources, arns)) {
                report(
                    resource.urn,
                    "It hears, or stops, every team's messages on the push bus. Remove it: only the " +
                        "gateway listens there.",
                );
            }
            judgeAllowed(resource, (statement) => {
                const reached = reachedBy(statement, LISTENS, targets);
                if (reached !== undefined) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} reaches ${reached}, so it may listen on the push bus. ` +
                            "Remove it: only the gateway listens there.",
                    );
                }
            });
        });
    }),
};

function listensOnPushBus(
    resource: PolicyResource,
    resources: readonly PolicyResource[],
    arns: readonly string[],
): boolean {
    if (resource.type === ENDPOINT) {
        return blocks(resource.props, "eventBuses").some((bus) => isBus(text(bus, "eventBusArn"), arns));
    }
    const property = LISTENERS[resource.type];
    if (property === undefined) {
        return false;
    }
    const own = partsOfGateways(resources, BUS).find((bus) => {
        return refersTo(resource, property, bus) || isOnRuleOf(resource, property, bus, resources);
    });
    return own === undefined
        ? isBus(
              ifKnown(() => text(resource.props, property), undefined),
              arns,
          )
        : !isBesidePart(resource, own, resources);
}

/** In a preview a target may take the bus from the rule: `rule.eventBusName`. */
function isOnRuleOf(
    target: PolicyResource,
    property: string,
    bus: PolicyResource,
    resources: readonly PolicyResource[],
): boolean {
    return (
        ifKnown(() => text(target.props, property), undefined) === undefined &&
        partsOfGateways(resources, RULE, gatewayOf(bus)).some((rule) => isMadeFrom(target, property, rule))
    );
}

/** EventBridge takes a bus by its name or by its ARN. */
function isBus(nameOrArn: string | undefined, arns: readonly string[]): boolean {
    return (
        nameOrArn !== undefined &&
        arns.some((arn) => {
            return matchesPattern(arn, nameOrArn) || matchesPattern(arn.split("/").at(-1) ?? arn, nameOrArn);
        })
    );
}
