import type { PolicyConfigSchema, PolicyResource } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { accountOf, matchesPattern, patternCovers } from "../../iam";
import { text } from "../resources/properties";
import { ifKnown } from "../resources/unknowns";
import type { ReportResource } from "../settings/exemptions";
import { reachedBy } from "../statements/reach";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";
import { holdersOf, ownArnsOfHolder } from "./holders";
import { arnOf, gatewayOf, ownArns, partsOfGateways } from "./parts";

/** Whom, besides the gateway itself, the platform lets use a part of it. */
export interface Trusting {
    readonly trustedCallers: readonly string[];
}

export const TRUSTED_CALLERS: PolicyConfigSchema["properties"] = {
    trustedCallers: {
        type: "array",
        items: { type: "string" },
        description:
            "Names of roles in the gateway's account, or ARNs of roles, that the platform trusts, such as operators'; " +
            "* stands for any run of characters.",
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
        const changed = reachedBy(statement, reaching.changes, reaching.targets, own);
        const used = reachedBy(statement, reaching.uses, reaching.targets, own);
        const reached = changed ?? used;
        const isTrusted = (part: string): boolean => {
            return isHeldByTrusted(policy, resources, reaching, accountReached(statement, part));
        };
        if (reached !== undefined && (changed !== undefined || !isTrusted(reached))) {
            report(
                policy.urn,
                `${nameOf(statement)} reaches ${reached}, the gateway's, past the push bus. ` +
                    "Remove it: publish on the push bus in its place.",
            );
        }
    });
}

/** The account of the part that a statement reaches: of the part's ARN, or, of a pattern for it, the statement's. */
export function accountReached(statement: Statement, part: string): string | undefined {
    return [part, ...statement.resources.patterns].map(accountOf).find((account) => /^\d{12}$/.test(account ?? ""));
}

export function isHeldByTrusted(
    policy: PolicyResource,
    resources: readonly PolicyResource[],
    trust: Trusting,
    account: string | undefined,
): boolean {
    // Without anybody to trust, no name needs to be known.
    const holders = trust.trustedCallers.length === 0 ? [] : holdersOf(policy, resources);
    return (
        holders.length > 0 &&
        holders.every(({ readName, role }) => {
            const arn = role === undefined ? undefined : ifKnown(() => text(role.props, "arn"), undefined);
            // What the stack itself attaches a policy to by its name is in the account that it deploys to.
            return arn === undefined ? isTrustedName(readName(), trust) : isTrustedRole(arn, trust, account);
        })
    );
}

function isTrustedName(name: string | undefined, { trustedCallers }: Trusting): boolean {
    return name !== undefined && trustedCallers.some((pattern) => matchesPattern(pattern, name));
}

/**
 * Whether a role is trusted, by its ARN, or by the name at its end where it is in the gateway's own account: what
 * another account calls its roles is no business of the platform's.
 */
export function isTrustedRole(arn: string, trust: Trusting, account: string | undefined): boolean {
    const { trustedCallers } = trust;
    const isOfAccount = account !== undefined && accountOf(arn) === account;
    return (
        /^arn:[^:]+:iam::[^:]+:role\//.test(arn) &&
        (trustedCallers.some((pattern) => pattern.startsWith("arn:") && matchesPattern(pattern, arn)) ||
            (isOfAccount && isTrustedName(arn.split("/").at(-1), trust)))
    );
}

/** Whether a policy of a part lets nobody but trusted roles do something. */
export function isForTrusted({ principals }: Statement, trust: Trusting, account: string | undefined): boolean {
    return (
        principals !== undefined &&
        !principals.everyone &&
        !principals.inverted &&
        principals.services.length + principals.others.length === 0 &&
        principals.aws.every((role) => isTrustedRole(role, trust, account))
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
