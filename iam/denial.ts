import type { Decision, Layer } from "./evaluate";
import type { IamPrincipal, IamRequest } from "./request";
import { judgedResource } from "./actions/resourceless";

/** A decision that is not to allow. */
export type Denial = Exclude<Decision, { effect: "allow" }>;

const NAMES: Readonly<Record<Layer, { readonly with: string; readonly without: string }>> = {
    identity: { with: "an identity-based policy", without: "no identity-based policy" },
    resource: { with: "a resource-based policy", without: "no resource-based policy" },
    boundary: { with: "a permissions boundary", without: "no permissions boundary" },
    session: { with: "a session policy", without: "no session policy" },
};

/**
 * AWS's text for a denied request:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denialText(request: IamRequest, denial: Denial): string {
    const who = `User: ${principalName(request.principal)} is not authorized to perform: ${request.action}`;
    const names = NAMES[denial.layer];
    const why =
        denial.effect === "explicitDeny"
            ? `with an explicit deny in ${names.with}`
            : `because ${names.without} allows the ${request.action} action`;
    return `${who} on resource: ${judgedResource(request.action, request.resource)} ${why}`;
}

function principalName(principal: IamPrincipal): string {
    switch (principal.kind) {
        case "user":
        case "role":
            return principal.arn;
        case "service":
            return principal.service;
        case "anonymous":
            return "anonymous";
    }
}
