import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "./policy-statement";
import { policyDocument } from "./policy-statement";

/** A role that one AWS service assumes, and the policy that says what it may do there. */
export interface ServiceRole {
    readonly role: aws.iam.Role;
    /** Depend on it: a role is of no use, and its user may fail its first call, before the policy is attached. */
    readonly policy: aws.iam.RolePolicy;
}

export interface ServiceRoleArgs {
    /** For example `lambda.amazonaws.com`. */
    readonly service: string;
    readonly allow: readonly PolicyStatement[];
    /**
     * The account on whose behalf the service must act. Without it any account's resource of that service could be
     * the one that assumes the role, where the service supports naming it.
     * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
     */
    readonly sourceAccount?: pulumi.Input<string>;
}

/** Makes `<name>-role` and `<name>-policy`. */
export function createServiceRole(
    name: string,
    args: ServiceRoleArgs,
    opts: pulumi.CustomResourceOptions,
): ServiceRole {
    const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy: trustPolicy(args) }, opts);
    const document = policyDocument(args.allow);
    const policy = new aws.iam.RolePolicy(`${name}-policy`, { role: role.id, policy: document }, opts);
    return { role, policy };
}

/** The policy that lets the service, and where named only on behalf of that account, assume a role. */
export function trustPolicy(args: Pick<ServiceRoleArgs, "service" | "sourceAccount">): pulumi.Output<string> {
    return pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: args.service },
                Action: "sts:AssumeRole",
                ...(args.sourceAccount === undefined
                    ? {}
                    : { Condition: { StringEquals: { "aws:SourceAccount": args.sourceAccount } } }),
            },
        ],
    });
}
