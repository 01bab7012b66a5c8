import type { CompiledPolicy, StatementReference } from "./compiled-policy";
import { matchPrincipal, type PrincipalMatch } from "./compiled-principal";
import { accountOf, principalAccount, type IamRequest } from "./request";
import { RequestContext } from "./request-context";
import { judgedResource } from "./actions/resourceless";

/** The policies that apply to a request. */
export interface PolicySet {
    /** Every policy of the identity, inline and attached. */
    readonly identity: readonly CompiledPolicy[];
    /** The policies of the resource. A role's trust policy, when the action is to take on that role. */
    readonly resource?: readonly CompiledPolicy[];
    /** The permissions boundary of the identity: a ceiling that grants nothing. Absent: no ceiling. */
    readonly boundary?: CompiledPolicy;
    /** Policies handed over when the session began: another ceiling. Absent or empty: no ceiling. */
    readonly session?: readonly CompiledPolicy[];
}

/** Which kind of policy turned a request down. */
export type Layer = "identity" | "resource" | "boundary" | "session";

export type Decision =
    /** `matched`: every statement that allows the request, of whatever layer. */
    | { readonly effect: "allow"; readonly matched: readonly StatementReference[] }
    /** `matched`: every statement that denies the request. `layer`: one of their layers, as AWS too names only one. */
    | { readonly effect: "explicitDeny"; readonly layer: Layer; readonly matched: readonly StatementReference[] }
    /** `layer`: the first that would have had to allow the request and did not. */
    | { readonly effect: "implicitDeny"; readonly layer: Layer; readonly matched: readonly StatementReference[] };

/**
 * Decides one request as AWS does: an explicit deny anywhere wins; within an account a grant by the identity's or by
 * the resource's policies is enough, across accounts both are needed; a boundary and a session policy are ceilings.
 * A role is taken on by nobody whom its trust policy does not name, and an action for which AWS defines no resource type
 * is granted on `*` alone. Pure: the same request and policies give the same decision.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(asked: IamRequest, policies: PolicySet): Decision {
    const request = { ...asked, resource: judgedResource(asked.action, asked.resource) };
    const context = new RequestContext(request);
    const verdicts: Verdicts = {
        identity: judge(policies.identity, context),
        resource: judge(policies.resource ?? [], context),
        boundary: judgeCeiling(policies.boundary === undefined ? [] : [policies.boundary], context),
        session: judgeCeiling(policies.session ?? [], context),
    };
    return explicitDeny(verdicts) ?? allowOrImplicitDeny(request, verdicts);
}

interface Verdict {
    readonly allows: readonly Grant[];
    readonly denies: readonly StatementReference[];
}

/** A statement that allows, and how it names the caller. */
interface Grant {
    readonly reference: StatementReference;
    readonly to: PrincipalMatch;
}

interface Verdicts {
    readonly identity: Verdict;
    readonly resource: Verdict;
    readonly boundary: Verdict | undefined;
    readonly session: Verdict | undefined;
}

const LAYERS = ["identity", "boundary", "session", "resource"] as const;

function judge(policies: readonly CompiledPolicy[], context: RequestContext): Verdict {
    const allows: Grant[] = [];
    const denies: StatementReference[] = [];
    for (const policy of policies) {
        for (const { source, reference, appliesTo } of policy.statementsFor(context.action)) {
            const { principals, effect } = source;
            const caller = context.request.principal;
            const to = principals === undefined ? "direct" : matchPrincipal(principals, caller, effect);
            if (to === "none" || !appliesTo(context)) {
                continue;
            }
            if (effect === "Allow") {
                allows.push({ reference, to });
            } else {
                denies.push(reference);
            }
        }
    }
    return { allows, denies };
}

/** A ceiling without policies is none. */
function judgeCeiling(policies: readonly CompiledPolicy[], context: RequestContext): Verdict | undefined {
    return policies.length === 0 ? undefined : judge(policies, context);
}

function explicitDeny(verdicts: Verdicts): Decision | undefined {
    const layer = LAYERS.find((name) => (verdicts[name]?.denies.length ?? 0) > 0);
    if (layer === undefined) {
        return undefined;
    }
    return { effect: "explicitDeny", layer, matched: LAYERS.flatMap((name) => verdicts[name]?.denies ?? []) };
}

function allowOrImplicitDeny(request: IamRequest, verdicts: Verdicts): Decision {
    const owner = request.resourceAccount ?? accountOf(request.resource);
    const account = principalAccount(request.principal);
    if (account === undefined) {
        return verdicts.resource.allows.length > 0 ? allow(verdicts) : implicitDeny("resource");
    }
    // Of the resources here only roles must themselves let the caller in, also within one account.
    if (isTakingOnARole(request.action) && verdicts.resource.allows.length === 0) {
        return implicitDeny("resource");
    }
    return owner === undefined || owner === account ? withinAccount(verdicts) : acrossAccounts(verdicts);
}

/** `sts:TagSession` and `sts:SetSourceIdentity` come with a session of a role, and need the role's word as well. */
function isTakingOnARole(action: string): boolean {
    return /^sts:(AssumeRole(With\w+)?|TagSession|SetSourceIdentity)$/i.test(action);
}

function withinAccount(verdicts: Verdicts): Decision {
    const grants = verdicts.resource.allows;
    if (grants.some(({ to }) => to === "direct")) {
        return allow(verdicts);
    }
    // A grant to the account itself only says that the account's own identity policies decide.
    if (verdicts.identity.allows.length === 0 && !grants.some(({ to }) => to === "role")) {
        return implicitDeny("identity");
    }
    return withinCeilings(verdicts);
}

function acrossAccounts(verdicts: Verdicts): Decision {
    if (verdicts.identity.allows.length === 0) {
        return implicitDeny("identity");
    }
    return verdicts.resource.allows.length === 0 ? implicitDeny("resource") : withinCeilings(verdicts);
}

function withinCeilings(verdicts: Verdicts): Decision {
    const lowered = (["boundary", "session"] as const).find((name) => verdicts[name]?.allows.length === 0);
    return lowered === undefined ? allow(verdicts) : implicitDeny(lowered);
}

function allow(verdicts: Verdicts): Decision {
    const grants = LAYERS.flatMap((name) => verdicts[name]?.allows ?? []);
    return { effect: "allow", matched: grants.map(({ reference }) => reference) };
}

function implicitDeny(layer: Layer): Decision {
    return { effect: "implicitDeny", layer, matched: [] };
}
