import type { CompiledPolicy, IamPrincipal, IamRequest, PolicySet } from "../../iam";
import { compilePolicy, denialText, evaluate, judgedResource } from "../../iam";
import type { Authorize, AwsCall, Principal } from "../aws/authorization";
import { AwsError } from "../aws/aws-error";
import type { IamStore } from "../services/iam/iam-store";
import { resourceGrammar, resourcePolicyName } from "./held-policy";

/** A statement of a policy, and whose policy that is. */
export interface HeldStatement {
    /** The ARN of the role that may, or of the resource that lets in. */
    readonly holder: string;
    readonly policy: string;
    /** Position in the policy, from 0. */
    readonly statement: number;
}

/** A call that policies of the graph allowed, with every statement that did. */
export interface Granted {
    readonly principal: Exclude<Principal, { readonly kind: "administrator" }>;
    readonly action: string;
    /** As IAM judged it: `*` where AWS defines no resource type for the action. */
    readonly resource: string;
    readonly statements: readonly HeldStatement[];
}

export interface IamGateDependencies {
    readonly roles: Pick<IamStore, "version" | "identityPolicies">;
    /** A resource's own policy as JSON text: a function's, a queue's, the trust policy of a role. */
    readonly resourcePolicy: (arn: string) => string | undefined;
    /** Told of each call of a role, a service or anybody that was allowed. Defaults to nobody. */
    readonly granted?: (grant: Granted) => void;
}

/**
 * Judges every call of the local cloud by the policies of the graph, as IAM would: the role's inline and attached
 * policies, and the policy of the resource, which for a role is its trust policy. The administrator, who stands for
 * people and tests, may do anything.
 */
export class IamGate {
    private compiledVersion = -1;
    private readonly identity = new Map<string, readonly CompiledPolicy[]>();
    private readonly resource = new Map<string, { readonly text: string; readonly policy: CompiledPolicy }>();

    constructor(private readonly dependencies: IamGateDependencies) {}

    /** @throws AwsError AccessDeniedException (403) with AWS's text. */
    readonly authorize: Authorize = (call) => {
        const { principal } = call;
        if (principal.kind === "administrator") {
            return;
        }
        const request: IamRequest = { ...call, principal: toIamPrincipal(principal) };
        const policies = this.policiesFor(principal, call);
        const decision = evaluate(request, policies);
        if (decision.effect !== "allow") {
            throw new AwsError("AccessDeniedException", denialText(request, decision), 403);
        }
        const { action, resource } = call;
        const isOfRole = (policy: string): boolean => {
            return policies.identity.some(({ document }) => document.name === policy);
        };
        this.dependencies.granted?.({
            principal,
            action,
            resource: judgedResource(action, resource),
            statements: decision.matched.map(({ policy, statement }) => ({
                holder: principal.kind === "role" && isOfRole(policy) ? principal.roleArn : resource,
                policy,
                statement,
            })),
        });
    };

    private policiesFor(principal: Principal, call: AwsCall): PolicySet {
        const resource = this.resourcePolicies(call.resource);
        return { identity: principal.kind === "role" ? this.identityPolicies(principal.roleArn) : [], resource };
    }

    private identityPolicies(roleArn: string): readonly CompiledPolicy[] {
        const { roles } = this.dependencies;
        if (this.compiledVersion !== roles.version) {
            this.identity.clear();
            this.compiledVersion = roles.version;
        }
        let policies = this.identity.get(roleArn);
        if (policies === undefined) {
            policies = (roles.identityPolicies(roleArn) ?? []).map(({ name, document }) =>
                compilePolicy(document, name, "identity"),
            );
            this.identity.set(roleArn, policies);
        }
        return policies;
    }

    private resourcePolicies(arn: string): readonly CompiledPolicy[] {
        const document = this.dependencies.resourcePolicy(arn);
        if (document === undefined) {
            return [];
        }
        const known = this.resource.get(arn);
        if (known?.text === document) {
            return [known.policy];
        }
        const policy = compilePolicy(document, resourcePolicyName(arn), resourceGrammar(arn));
        this.resource.set(arn, { text: document, policy });
        return [policy];
    }
}

export function toIamPrincipal(principal: Principal): IamPrincipal {
    return principal.kind === "administrator" ? { kind: "user", arn: principal.arn } : principal;
}
