import type { Authorize, Principal } from "../aws/authorization";
import { assumedRoleArn } from "./credentials";

type RoleSession = Extract<Principal, { readonly kind: "role" }>;

/** The principal as which a service acts under a role it was given: a pipe, an event source mapping, a function. */
export function roleSession(roleArn: string, sessionName: string): RoleSession {
    return { kind: "role", arn: assumedRoleArn(roleArn, sessionName), roleArn, sessionName };
}

/**
 * Lets a service take on a role, if the role's trust policy does.
 *
 * @param service who takes it on, for example `pipes.amazonaws.com`, and for which resource where it tells IAM so
 * @throws AwsError AccessDeniedException, for a role that does not trust the service or does not exist
 */
export function assumeRole(
    authorize: Authorize,
    service: { readonly service: string; readonly sourceArn?: string },
    roleArn: string,
    sessionName: string,
): RoleSession {
    authorize({ principal: { kind: "service", ...service }, action: "sts:AssumeRole", resource: roleArn, context: {} });
    return roleSession(roleArn, sessionName);
}
