import { parsePolicy } from "../../../iam";
import { ACCOUNT_ID } from "../../aws/account";
import { LIMITS, requireText } from "../../aws/limits";
import { AwsError } from "../../aws/aws-error";
import { awsManagedPolicy, awsManagedPolicyArns } from "./aws-managed-policies";
import { messageOf } from "../../aws/message-of";

/** A policy as it was given: JSON text. */
export interface NamedPolicy {
    /** An inline policy's name, or a managed policy's ARN. */
    readonly name: string;
    readonly document: string;
}

interface Role {
    readonly name: string;
    readonly arn: string;
    trustPolicy: string;
    readonly inline: Map<string, string>;
    readonly attached: Set<string>;
}

/** The account's roles and policies. Documents are checked for form as they come in, and judged elsewhere. */
export class IamStore {
    private readonly roles = new Map<string, Role>();
    private readonly managed = new Map<string, string>();
    private revision = 0;

    /** Grows with every change, so that a caller that keeps something compiled notices it. */
    get version(): number {
        return this.revision;
    }

    /** Creates the role, or replaces its trust policy; returns its ARN. Throws MalformedPolicyDocument. */
    putRole(name: string, path: string, trustPolicy: unknown): string {
        requireText(LIMITS.roleName, name);
        const document = policyText(trustPolicy, `the trust policy of ${name}`, "trust");
        const arn = `arn:aws:iam::${ACCOUNT_ID}:role${path}${name}`;
        const existing = this.roles.get(name);
        if (existing === undefined) {
            this.roles.set(name, { name, arn, trustPolicy: document, inline: new Map(), attached: new Set() });
        } else {
            existing.trustPolicy = document;
        }
        this.revision += 1;
        return arn;
    }

    deleteRole(name: string): void {
        this.roles.delete(name);
        this.revision += 1;
    }

    /** @throws AwsError NoSuchEntity, MalformedPolicyDocument. */
    putInlinePolicy(roleName: string, policyName: string, document: unknown): void {
        requireText(LIMITS.policyName, policyName);
        this.role(roleName).inline.set(
            policyName,
            policyText(document, `policy ${policyName} of role ${roleName}`, "identity"),
        );
        this.revision += 1;
    }

    deleteInlinePolicy(roleName: string, policyName: string): void {
        this.roles.get(roleName)?.inline.delete(policyName);
        this.revision += 1;
    }

    /** Creates or replaces a managed policy of the account; returns its ARN. Throws MalformedPolicyDocument. */
    putManagedPolicy(name: string, path: string, document: unknown): string {
        requireText(LIMITS.policyName, name);
        const arn = `arn:aws:iam::${ACCOUNT_ID}:policy${path}${name}`;
        this.managed.set(arn, policyText(document, `policy ${name}`, "identity"));
        this.revision += 1;
        return arn;
    }

    deleteManagedPolicy(arn: string): void {
        this.managed.delete(arn);
        this.revision += 1;
    }

    /**
     * @throws AwsError NoSuchEntity for an unknown role, or a policy that is neither the account's nor one of AWS's own
     *         that are known here.
     */
    attach(roleName: string, policyArn: string): void {
        if (this.managedPolicy(policyArn) === undefined) {
            throw new AwsError(
                "NoSuchEntity",
                `Policy ${policyArn} does not exist or is not attachable. Of AWS's own policies the local ` +
                    `cloud knows ${awsManagedPolicyArns().join(", ")}; write others into a policy of the stack.`,
                404,
            );
        }
        this.role(roleName).attached.add(policyArn);
        this.revision += 1;
    }

    detach(roleName: string, policyArn: string): void {
        this.roles.get(roleName)?.attached.delete(policyArn);
        this.revision += 1;
    }

    /** Inline and attached policies of a role; `undefined` for a role that does not exist. */
    identityPolicies(roleArn: string): readonly NamedPolicy[] | undefined {
        const role = this.findByArn(roleArn);
        if (role === undefined) {
            return undefined;
        }
        const inline = [...role.inline].map(([name, document]) => ({ name, document }));
        const attached = [...role.attached].flatMap((name) => {
            const document = this.managedPolicy(name);
            return document === undefined ? [] : [{ name, document }];
        });
        return [...inline, ...attached];
    }

    /** JSON text; `undefined` for a role that does not exist. */
    trustPolicy(roleArn: string): string | undefined {
        return this.findByArn(roleArn)?.trustPolicy;
    }

    roleArns(): readonly string[] {
        return [...this.roles.values()].map(({ arn }) => arn);
    }

    private findByArn(roleArn: string): Role | undefined {
        const role = this.roles.get(roleArn.slice(roleArn.lastIndexOf("/") + 1));
        return role?.arn === roleArn ? role : undefined;
    }

    private managedPolicy(arn: string): string | undefined {
        return this.managed.get(arn) ?? awsManagedPolicy(arn);
    }

    private role(name: string): Role {
        const role = this.roles.get(name);
        if (role === undefined) {
            throw new AwsError("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);
        }
        return role;
    }
}

/** Policies come as JSON text, or as objects which Pulumi's provider would write as text. */
function policyText(document: unknown, name: string, grammar: "identity" | "trust"): string {
    try {
        parsePolicy(document, name, grammar);
    } catch (cause) {
        throw new AwsError("MalformedPolicyDocument", messageOf(cause));
    }
    return typeof document === "string" ? document : JSON.stringify(document);
}
