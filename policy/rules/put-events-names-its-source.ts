import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { Condition, Statement } from "../../iam";
import { matchesPattern, namesAnyAction } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { BUS, GATEWAY } from "../gateway/parts";
import { readRegistrations, registeredNamespaces } from "../gateway/namespaces";
import { text } from "../resources/properties";
import { reachedBeyond, resourceByResource } from "../statements/reach";
import { ofType, refersTo } from "../resources/references";
import { shownOutputs } from "../gateway/shown-outputs";
import { validateWhole } from "../settings/stack-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf, RESOURCE_POLICY_TYPES } from "../statements/statements";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { isWithin, stackOf } from "../resources/urns";

/** The older way of letting others put events on a bus. It cannot say of which source. */
const PERMISSION = "aws:cloudwatch/eventPermission:EventPermission";

/** What says of the bus that it names who may publish there. */
const ON_BUSES = ["aws:cloudwatch/eventBusPolicy:EventBusPolicy", PERMISSION];

const TYPES = [...IDENTITY_POLICY_TYPES, ...RESOURCE_POLICY_TYPES, PERMISSION];

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    otherBuses: ["arn:*:events:*:*:event-bus/default"],
    namespaces: [] as readonly string[],
};

export const putEventsNamesItsSource: StackValidationPolicy = {
    name: "put-events-names-its-source",
    description: "Who may publish on the push bus may do so as namespaces that the stack registers, and as no other.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        otherBuses: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of buses that are no push bus, and need no source; * stands for any run of characters.",
            default: DEFAULTS.otherBuses,
        },
        namespaces: {
            type: "array",
            items: { type: "string" },
            description:
                "Namespaces of the team's that another of its stacks registers; * stands for any run of characters.",
            default: DEFAULTS.namespaces,
        },
    }),
    remediationSteps:
        "Use `gateway.publishStatements(namespace)`, with a namespace that a `PushNamespace` of the same stack " +
        "registers. By hand: condition the statement on `events:source`, " +
        'with `ForAllValues:StringEquals` and the namespace, and with `Null` and "false".',
    validateStack: validateWhole(DEFAULTS, (resources, { otherBuses, namespaces }, report) => {
        judgeEach(
            resources.filter(({ type }) => TYPES.includes(type)),
            (policy) => {
                const ownBuses = busesBeside(policy, resources);
                if (ON_BUSES.includes(policy.type) && ownBuses.some((bus) => refersTo(policy, "eventBusName", bus))) {
                    return;
                }
                if (policy.type === PERMISSION) {
                    if ((text(policy.props, "eventBusName") ?? "default") !== "default") {
                        report(
                            policy.urn,
                            "An EventPermission lets its principal publish as any namespace. " +
                                "Use an EventBusPolicy, with a condition on `events:source`.",
                        );
                    }
                    return;
                }
                const others = [...otherBuses, ...ownBuses.flatMap(arnPatterns)];
                judgeAllowed(policy, (statement) => {
                    const problem = namesAnyAction(statement, "events:PutEvents")
                        ? problemOf(statement, policy, resources, { others, namespaces })
                        : undefined;
                    if (problem !== undefined) {
                        report(policy.urn, `${nameOf(statement)} lets its holder publish as ${problem}`);
                    }
                });
            },
        );
    }),
};

/**
 * The buses that the policy's own stack makes for itself: who publishes there is the team's to decide. Not those of a
 * gateway, and not one that a reference shows to be a gateway's, which the stack has only read.
 */
function busesBeside(policy: PolicyResource, resources: readonly PolicyResource[]): readonly PolicyResource[] {
    const pushBuses = shownOutputs(resources, "eventBusArn");
    return ofType(resources, BUS).filter(({ urn, props }) => {
        const arn = ifKnown(() => text(props, "arn"), undefined);
        return (
            stackOf(urn) === stackOf(policy.urn) &&
            !isWithin(urn, [GATEWAY]) &&
            !(arn !== undefined && pushBuses.includes(arn))
        );
    });
}

/** The ARN of a bus. Before the bus exists there is only its name to go by; the update judges again. */
function arnPatterns({ props }: PolicyResource): readonly string[] {
    const name = ifKnown(() => text(props, "name"), undefined);
    const byName = name === undefined ? undefined : `arn:*:events:*:*:event-bus/${name}`;
    const arn = ifKnown(() => text(props, "arn"), byName);
    return arn === undefined ? [] : [arn];
}

/** What is wrong with a statement that lets its holder publish, on the first bus for which anything is. */
function problemOf(
    statement: Statement,
    policy: PolicyResource,
    resources: readonly PolicyResource[],
    { others, namespaces }: { readonly others: readonly string[]; readonly namespaces: readonly string[] },
): string | undefined {
    const stack = stackOf(policy.urn);
    for (const onBus of resourceByResource(statement)) {
        if (reachedBeyond(onBus, ["arn:*:events:*:*:event-bus/*"], others) === undefined) {
            continue;
        }
        if (!namesItsSource(statement)) {
            return (
                "another namespace. Use `gateway.publishStatements(namespace)`, or condition it on `events:source`: " +
                '`ForAllValues:StringEquals` with the namespace, and `Null` with "false".'
            );
        }
        const [bus = ""] = onBus.resources.patterns;
        const own = [...namespaces, ...registeredNamespaces(bus, stack, resources)];
        const foreign = foreignSource(statement, own);
        if (foreign !== undefined) {
            readRegistrations(bus, stack, resources);
            return (
                `${foreign}, which no \`PushNamespace\` of this stack registers with the gateway of that bus. ` +
                "If another stack of the team's does, list it in the setting `namespaces`."
            );
        }
    }
    return undefined;
}

function foreignSource(statement: Statement, namespaces: readonly string[]): string | undefined {
    return onSource(statement)
        .filter(isPositive)
        .flatMap(({ values }) => values)
        .find((value) => !namespaces.some((pattern) => matchesPattern(pattern, value)));
}

/**
 * `events:source` holds one value for each entry of the call. `ForAllValues` asks something of every value, and is
 * content with none; so there must be one, which `Null` asks for without a doubt. An operator for a single value asks
 * for one, too, whatever else it means for a list.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
function namesItsSource(statement: Statement): boolean {
    const conditions = onSource(statement);
    const literal = conditions.filter((condition) => isPositive(condition) && condition.values.every(isLiteral));
    const forAll = literal.some(({ qualifier }) => qualifier === "ForAllValues");
    const forOne = literal.some(({ qualifier }) => qualifier !== "ForAllValues");
    const present = conditions.some(({ operator, values }) => {
        return operator === "Null" && values.every((value) => value.toLowerCase() === "false");
    });
    return forAll && (forOne || present);
}

function onSource({ conditions }: Statement): readonly Condition[] {
    return conditions.filter(({ key }) => key.toLowerCase() === "events:source");
}

function isPositive({ operator, ifExists }: Condition): boolean {
    return (operator === "StringEquals" || operator === "StringLike") && !ifExists;
}

function isLiteral(value: string): boolean {
    return value !== "" && !/[*?]|\$\{/.test(value);
}
