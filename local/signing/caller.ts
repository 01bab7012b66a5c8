import { accountOf } from "../../iam";
import type { Principal } from "../aws/authorization";

/** Who signed a request, as events tell a function and as `GetCallerIdentity` answers. */
export interface Caller {
    readonly arn: string;
    /** AWS's unique id: of a role's session with the session's name behind it. */
    readonly id: string;
    readonly account: string;
}

/** Undefined for services and anonymous callers, who sign nothing. */
export function callerOf(principal: Principal): Caller | undefined {
    switch (principal.kind) {
        case "administrator":
            return { arn: principal.arn, id: "AIDALOCALADMINISTRATO", account: accountOf(principal.arn) ?? "" };
        case "role": {
            const { arn, roleArn, sessionName } = principal;
            return { arn, id: `${roleId(roleArn)}:${sessionName}`, account: accountOf(arn) ?? "" };
        }
        case "service":
        case "anonymous":
            return undefined;
    }
}

/** Stands in for the role's unique id, which AWS makes when a role is created. */
export function roleId(roleArn: string): string {
    return `AROA${roleArn.slice(roleArn.lastIndexOf("/") + 1)}`;
}
