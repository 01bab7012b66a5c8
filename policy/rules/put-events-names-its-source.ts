import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { namesAnyAction, namesAnyResource, staysWithinResource } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../exemptions";
import { text } from "../properties";
import { validateTypes } from "../resource-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf, RESOURCE_POLICY_TYPES } from "../statements";

/** The older way of letting others put events on a bus. It cannot say of which source. */
const PERMISSION = "aws:cloudwatch/eventPermission:EventPermission";

const TYPES = [...IDENTITY_POLICY_TYPES, ...RESOURCE_POLICY_TYPES, PERMISSION];

const DEFAULTS = { ...NO_EXEMPTIONS, otherBuses: ["arn:*:events:*:*:event-bus/default"] };

export const putEventsNamesItsSource: ResourceValidationPolicy = {
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
    validateResource: validateTypes(TYPES, DEFAULTS, (args, { otherBuses }, report) => {
        if (args.type === PERMISSION) {
            if ((text(args.props, "eventBusName") ?? "default") !== "default") {
                report("An EventPermission lets its principal publish as any namespace. Use an EventBusPolicy, " +
                    "with a condition on `events:source`.");
            }
            return;
        }
        judgeAllowed(args, (statement) => {
            const publishes = namesAnyAction(statement, "events:PutEvents")
                && namesAnyResource(statement, "arn:*:events:*:event-bus/*")
                && !otherBuses.some((bus) => staysWithinResource(statement, bus));
            if (publishes && !namesItsSource(statement)) {
                report(`${nameOf(statement)} lets its holder publish as another namespace. ` +
                    "Use `gateway.publishStatements(namespace)`, or the same two conditions on `events:source`.");
            }
        });
    }),
};

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
