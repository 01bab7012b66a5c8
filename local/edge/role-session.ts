import type { Principal } from "./authorization";
import { assumedRoleArn } from "./credentials";

/** The principal as which a service acts under a role it was given: a pipe, an event source mapping, a function. */
export function roleSession(roleArn: string, sessionName: string): Principal {
    return { kind: "role", arn: assumedRoleArn(roleArn, sessionName), roleArn, sessionName };
}
