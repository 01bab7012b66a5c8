import { parsePolicy, type PolicyDocument } from "../../iam";
import type { IamStore } from "../services/iam/iam-store";

/** A policy in force, and whose it is. */
export interface HeldPolicy {
    /** The ARN of the role that it lets do something, or of the resource that it opens to others. */
    readonly holder: string;
    readonly document: PolicyDocument;
}

/** A resource has one policy of its own. */
export function resourcePolicyName(arn: string): string {
    return `resource policy of ${arn}`;
}

/** A role is a resource too: its trust policy says who may take it on. */
export function resourceGrammar(arn: string): "trust" | "resource" {
    return arn.startsWith("arn:aws:iam:") ? "trust" : "resource";
}

/** Every policy of the account: of roles, inline and attached, and of resources. */
export function heldPolicies(
    roles: Pick<IamStore, "roleArns" | "identityPolicies">,
    resourceArns: readonly string[],
    resourcePolicy: (arn: string) => string | undefined,
): readonly HeldPolicy[] {
    const ofRoles = roles.roleArns().flatMap((holder) =>
        (roles.identityPolicies(holder) ?? []).map(({ name, document }) => ({
            holder,
            document: parsePolicy(document, name, "identity"),
        })),
    );
    const ofResources = resourceArns.flatMap((holder) => {
        const text = resourcePolicy(holder);
        const name = resourcePolicyName(holder);
        return text === undefined ? [] : [{ holder, document: parsePolicy(text, name, resourceGrammar(holder)) }];
    });
    return [...ofRoles, ...ofResources];
}
