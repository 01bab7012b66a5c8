import type { CompiledPolicy, IamPrincipal, IamRequest, PolicySet, StatementReference } from "../../iam";
import { compilePolicy, denialText, evaluate } from "../../iam";
import type { Authorize, AwsCall, Principal } from "../edge/authorization";
import { AwsError } from "../edge/aws-error";
import type { IamStore } from "../edge/iam-store";

/** A call that a role made and its policies allowed, with the statements that did. */
export interface Granted {
    readonly roleArn: string;
    readonly action: string;
    readonly resource: string;
    readonly statements: readonly StatementReference[];
}

export interface IamGateDependencies {
    readonly roles: IamStore;
    /** A resource's own policy as JSON text: a function's, a queue's. `undefined` where it has none. */
    readonly resourcePolicy: (arn: string) => string | undefined;
    /** Told of each call that a role may make. Defaults to nobody. */
    readonly granted?: (grant: Granted) => void;
}

/**
 * Judges every call of the local cloud by the policies of the graph, as IAM would: the role's inline and attached
 * policies, and the policy of the resource. The administrator, who stands for people and tests, may do anything.
 */
export class IamGate {
    private compiledVersion = -1;
    private readonly identity = new Map<string, readonly CompiledPolicy[]>();
    private readonly resource = new Map<string, CompiledPolicy>();

    constructor(private readonly dependencies: IamGateDependencies) {}

    /** @throws AwsError AccessDeniedException (403) with AWS's text. */
    readonly authorize: Authorize = (call) => {
        const { principal } = call;
        if (principal.kind === "administrator") {
            return;
        }
        const request: IamRequest = { ...call, principal: toIamPrincipal(principal) };
        const decision = evaluate(request, this.policiesFor(principal, call));
        if (decision.effect !== "allow") {
            throw new AwsError("AccessDeniedException", denialText(request, decision), 403);
        }
        if (principal.kind === "role") {
            const { action, resource } = call;
            this.dependencies.granted?.({ roleArn: principal.roleArn, action, resource, statements: decision.matched });
        }
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
            policies = (roles.identityPolicies(roleArn) ?? []).map(({ name, document }) => compilePolicy(document, name, "identity"));
            this.identity.set(roleArn, policies);
        }
        return policies;
    }

    private resourcePolicies(arn: string): readonly CompiledPolicy[] {
        const document = this.dependencies.resourcePolicy(arn);
        if (document === undefined) {
            return [];
        }
        // Keyed by its text: a changed policy is another one, and a graph has few.
        let policy = this.resource.get(document);
        if (policy === undefined) {
            policy = compilePolicy(document, `resource policy of ${arn}`, "resource");
            this.resource.set(document, policy);
        }
        return [policy];
    }
}

function toIamPrincipal(principal: Principal): IamPrincipal {
    return principal.kind === "administrator" ? { kind: "user", arn: principal.arn } : principal;
}
