import type { PolicyConfigSchema, PolicyResource } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { matchesPattern, patternCovers } from "../../iam";
import type { ReportResource } from "../settings/exemptions";
import { holdersOf, ownArnsOfHolder } from "./holders";
import { arnOf, gatewayOf, ownArns, partsOfGateways } from "./parts";
import { text } from "../resources/properties";
import { namesAnyOf, reachedBeyond } from "../statements/reach";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";

/** Whom, besides the gateway itself, the platform lets use a part of it. */
export interface Trusting {
    readonly trustedCallers: readonly string[];
}

export const TRUSTED_CALLERS: PolicyConfigSchema["properties"] = {
    trustedCallers: {
        type: "array",
        items: { type: "string" },
        description:
            "Names or ARNs of roles that the platform trusts, such as operators'; * stands for any run of characters.",
        default: [],
    },
};

/** What can be done with a part of a gateway. */
export interface Actions {
    /** What callers may do whom the platform trusts. */
    readonly uses: readonly string[];
    /** What changes the part, or who may use it. Trust does not go that far. */
    readonly changes: readonly string[];
}

/** The ARNs of all parts of one type that gateways of the stack have. */
export function partArns(type: string, resources: readonly PolicyResource[]): readonly string[] {
    return partsOfGateways(resources, type)
        .map(arnOf)
        .filter((arn) => arn !== undefined);
}

/** Reports each statement that allows one of the actions on a target to others than its own gateway and the trusted. */
export function judgeHolders(
    policy: PolicyResource,
    resources: readonly PolicyResource[],
    reaching: Actions & Trusting & { readonly targets: readonly string[] },
    report: ReportResource,
): void {
    if (!IDENTITY_POLICY_TYPES.includes(policy.type)) {
        return;
    }
    const own = ownArnsOfHolder(policy, resources);
    judgeAllowed(policy, (statement) => {
        const changes = namesAnyOf(statement, reaching.changes);
        const reached =
            changes || namesAnyOf(statement, reaching.uses)
                ? reachedBeyond(statement, reaching.targets, own)
                : undefined;
        if (reached !== undefined && (changes || !isHeldByTrusted(policy, resources, reaching))) {
            report(
                policy.urn,
                `${nameOf(statement)} reaches ${reached}, the gateway's, past the push bus. ` +
                    "Remove it: publish on the push bus in its place.",
            );
        }
    });
}

function isHeldByTrusted(policy: PolicyResource, resources: readonly PolicyResource[], trust: Trusting): boolean {
    // Without anybody to trust, no name needs to be known.
    const holders = trust.trustedCallers.length === 0 ? [] : holdersOf(policy, resources);
    return (
        holders.length > 0 &&
        holders.every(({ readName, role }) => {
            return isTrusted(readName(), trust) || (role !== undefined && isTrusted(text(role.props, "arn"), trust));
        })
    );
}

/** Whether a role is trusted, by its name or its ARN, at the end of which is the name. */
export function isTrusted(role: string | undefined, { trustedCallers }: Trusting): boolean {
    const names = role === undefined ? [] : [role, role.split("/").at(-1) ?? role];
    return trustedCallers.some((pattern) => names.some((name) => matchesPattern(pattern, name)));
}

/** Whether a policy of a part lets nobody but trusted roles do something. */
export function isForTrusted({ principals }: Statement, trust: Trusting): boolean {
    return (
        principals !== undefined &&
        !principals.everyone &&
        !principals.inverted &&
        principals.services.length + principals.others.length === 0 &&
        principals.aws.every((role) => role.includes(":role/") && isTrusted(role, trust))
    );
}

/** Whether a policy of a part lets nobody but services do something, and these for the part's own gateway. */
export function isForOwn(
    { principals, conditions }: Statement,
    part: PolicyResource,
    resources: readonly PolicyResource[],
): boolean {
    return (
        principals !== undefined &&
        !principals.everyone &&
        !principals.inverted &&
        principals.aws.length + principals.others.length === 0 &&
        conditions.some(({ key, operator, ifExists, qualifier, values }) => {
            return (
                key.toLowerCase() === "aws:sourcearn" &&
                /^(Arn|String)(Equals|Like)$/.test(operator) &&
                !ifExists &&
                qualifier !== "ForAllValues" &&
                values.every((value) => isOwnSource(value, part, resources))
            );
        })
    );
}

/** Whether an ARN is that of a resource of the part's own gateway that calls others: a rule, or an API's route. */
export function isOwnSource(arn: string, part: PolicyResource, resources: readonly PolicyResource[]): boolean {
    const gateway = gatewayOf(part);
    return (
        gateway !== undefined &&
        ownArns(gateway, resources)
            .filter((pattern) => /^arn:[^:]*:(events:.*:rule\/|execute-api:)/.test(pattern))
            .some((pattern) => patternCovers(pattern, arn))
    );
}
