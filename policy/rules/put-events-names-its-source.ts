import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { namesAnyAction, namesAnyResource, staysWithinResource } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../exemptions";
import { GATEWAY } from "../gateway";
import { block, text } from "../properties";
import { ofType, refersTo } from "../references";
import { validateWhole } from "../stack-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf, RESOURCE_POLICY_TYPES } from "../statements";
import { ifKnown, judgeEach } from "../unknowns";
import { isWithin, stackOf } from "../urns";

const BUS = "aws:cloudwatch/eventBus:EventBus";

/** The older way of letting others put events on a bus. It cannot say of which source. */
const PERMISSION = "aws:cloudwatch/eventPermission:EventPermission";

/** What says of the bus that it names who may publish there. */
const ON_BUSES = ["aws:cloudwatch/eventBusPolicy:EventBusPolicy", PERMISSION];

const TYPES = [...IDENTITY_POLICY_TYPES, ...RESOURCE_POLICY_TYPES, PERMISSION];

const DEFAULTS = { ...NO_EXEMPTIONS, otherBuses: ["arn:*:events:*:*:event-bus/default"] };

export const putEventsNamesItsSource: StackValidationPolicy = {
    name: "put-events-names-its-source",
    description: "Who may publish on the push bus may do so as namespaces that are named, and as no other.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        otherBuses: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of buses that are no push bus, and need no source; * stands for any run of characters.",
            default: DEFAULTS.otherBuses,
        },
    }),
    remediationSteps:
        "Use `gateway.publishStatements(namespace)`. By hand: condition the statement on `events:source`, " +
        "both with `StringEquals` and with `ForAllValues:StringEquals`, each with the namespace.",
    validateStack: validateWhole(DEFAULTS, (resources, { otherBuses }, report) => {
        judgeEach(resources.filter(({ type }) => TYPES.includes(type)), (policy) => {
            const ownBuses = busesBeside(policy, resources);
            if (ON_BUSES.includes(policy.type) && ownBuses.some((bus) => refersTo(policy, "eventBusName", bus))) {
                return;
            }
            if (policy.type === PERMISSION) {
                if ((text(policy.props, "eventBusName") ?? "default") !== "default") {
                    report(policy.urn, "An EventPermission lets its principal publish as any namespace. " +
                        "Use an EventBusPolicy, with a condition on `events:source`.");
                }
                return;
            }
            const others = [...otherBuses, ...ownBuses.flatMap(arnPatterns)];
            judgeAllowed(policy, (statement) => {
                const publishes = namesAnyAction(statement, "events:PutEvents") && reachesBusBeyond(statement, others);
                if (publishes && !namesItsSource(statement)) {
                    report(policy.urn, `${nameOf(statement)} lets its holder publish as another namespace. ` +
                        "Use `gateway.publishStatements(namespace)`, or the same two conditions on `events:source`.");
                }
            });
        });
    }),
};

/**
 * The buses that the policy's own stack makes for itself: who publishes there is the team's to decide. Not those of a
 * gateway, and not one that a reference shows to be a gateway's, which the stack has only read.
 */
function busesBeside(policy: PolicyResource, resources: readonly PolicyResource[]): readonly PolicyResource[] {
    const pushBuses = resources.map(({ type, props }) => {
        const outputs = type === "pulumi:pulumi:StackReference" ? ifKnown(() => block(props, "outputs"), {}) : props;
        return type.startsWith("pulumi:") || type.startsWith("push-gateway:")
            ? ifKnown(() => text(outputs, "eventBusArn"), undefined)
            : undefined;
    });
    return ofType(resources, BUS).filter(({ urn, props }) => {
        const arn = ifKnown(() => text(props, "arn"), undefined);
        return stackOf(urn) === stackOf(policy.urn) && !isWithin(urn, [GATEWAY])
            && !(arn !== undefined && pushBuses.includes(arn));
    });
}

/** The ARN of a bus. Before the bus exists there is only its name to go by; the update judges again. */
function arnPatterns({ props }: PolicyResource): readonly string[] {
    const name = ifKnown(() => text(props, "name"), undefined);
    const byName = name === undefined ? undefined : `arn:*:events:*:*:event-bus/${name}`;
    const arn = ifKnown(() => text(props, "arn"), byName);
    return arn === undefined ? [] : [arn];
}

/** Whether a statement reaches some bus that is none of these. */
function reachesBusBeyond(statement: Statement, buses: readonly string[]): boolean {
    const { inverted, patterns } = statement.resources;
    const resourceByResource = inverted
        ? [statement]
        : patterns.map((pattern) => ({ ...statement, resources: { inverted, patterns: [pattern] } }));
    return resourceByResource.some((one) => {
        return namesAnyResource(one, "arn:*:events:*:event-bus/*")
            && !buses.some((bus) => staysWithinResource(one, bus));
    });
}

/**
 * `events:source` holds one value per entry of the call. On such a key `StringEquals` is content with one match, and
 * `ForAllValues` with none at all, so it takes both.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
function namesItsSource({ conditions }: Statement): boolean {
    const onSource = conditions.filter(({ key }) => key.toLowerCase() === "events:source");
    const literal = onSource.filter(({ operator, ifExists, values }) => {
        return (operator === "StringEquals" || operator === "StringLike") && !ifExists && values.every(isLiteral);
    });
    const forAll = literal.some(({ qualifier }) => qualifier === "ForAllValues");
    const forOne = literal.some(({ qualifier }) => qualifier !== "ForAllValues");
    const present = onSource.some(({ operator, values }) => {
        return operator === "Null" && values.every((value) => value.toLowerCase() === "false");
    });
    return forAll && (forOne || present);
}

function isLiteral(value: string): boolean {
    return value !== "" && !/[*?]|\$\{/.test(value);
}
