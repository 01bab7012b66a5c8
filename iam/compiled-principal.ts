import type { PrincipalSelection } from "./documents/principal-block";
import { principalAccount, type IamPrincipal } from "./request";

/**
 * How a statement of a resource policy names the caller, weakest first; it decides what can still limit a grant.
 * - `account`: only through its account, which hands the decision to the account's own identity policies;
 * - `role`: the caller's role, so that the session's boundary and session policy still apply;
 * - `direct`: the user, the session, the service, or everybody.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type PrincipalMatch = "none" | "account" | "role" | "direct";

/** How `selection` names the principal. */
export function matchPrincipal(
    selection: PrincipalSelection,
    principal: IamPrincipal,
    effect: "Allow" | "Deny",
): PrincipalMatch {
    if (!selection.inverted) {
        return namedAs(selection, principal);
    }
    return isExcepted(selection, principal, effect) ? "none" : "direct";
}

function namedAs(selection: PrincipalSelection, principal: IamPrincipal): PrincipalMatch {
    if (selection.everyone || isNamedDirectly(selection, principal)) {
        return "direct";
    }
    if (principal.kind === "role" && selection.aws.includes(principal.roleArn)) {
        return "role";
    }
    return isAccountNamed(selection, principal) ? "account" : "none";
}

/**
 * Whether `NotPrincipal` leaves the caller out. A denial leaves out only callers that are named with their account, as
 * the documentation asks for; a grant to everybody else leaves out a caller that is named in any way.
 */
function isExcepted(selection: PrincipalSelection, principal: IamPrincipal, effect: "Allow" | "Deny"): boolean {
    const match = namedAs(selection, principal);
    if (effect === "Allow" || principalAccount(principal) === undefined) {
        return match !== "none";
    }
    return selection.everyone || ((match === "direct" || match === "role") && isAccountNamed(selection, principal));
}

function isNamedDirectly(selection: PrincipalSelection, principal: IamPrincipal): boolean {
    switch (principal.kind) {
        case "user":
        case "role":
            return selection.aws.includes(principal.arn);
        case "service":
            return selection.services.includes(principal.service);
        case "anonymous":
            return false;
    }
}

function isAccountNamed(selection: PrincipalSelection, principal: IamPrincipal): boolean {
    const account = principalAccount(principal);
    return account !== undefined && selection.aws.includes(`arn:aws:iam::${account}:root`);
}
