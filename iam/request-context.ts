import { accountOf, principalAccount, type IamPrincipal, type IamRequest } from "./request";

/** A request as conditions and variables see it: keys by name, without regard to case. Made once per decision. */
export class RequestContext {
    readonly action: string;
    private keys: Map<string, string | readonly string[]> | undefined;

    constructor(readonly request: IamRequest) {
        this.action = request.action.toLowerCase();
    }

    /** The values of a key; `undefined` when the request does not have it, or has it with no value. */
    values(key: string): readonly string[] | undefined {
        const found = this.lookUp(key);
        if (found === undefined || typeof found === "string") {
            return found === undefined ? undefined : [found];
        }
        return found.length === 0 ? undefined : found;
    }

    /** The value of a key that has exactly one: only such a key can be a policy variable. */
    single(key: string): string | undefined {
        const values = this.values(key);
        return values?.length === 1 ? values[0] : undefined;
    }

    private lookUp(key: string): string | readonly string[] | undefined {
        // Most statements have no conditions, so most decisions never need this map.
        this.keys ??= keysOf(this.request);
        return this.keys.get(key.toLowerCase());
    }
}

function keysOf(request: IamRequest): Map<string, string | readonly string[]> {
    const keys = new Map<string, string | readonly string[]>(derivedKeys(request.principal));
    for (const [key, value] of Object.entries(request.context ?? {})) {
        keys.set(key.toLowerCase(), value);
    }
    return keys;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html; names in lower case. */
function derivedKeys(principal: IamPrincipal): readonly (readonly [string, string])[] {
    const account = principalAccount(principal);
    const common: readonly (readonly [string, string])[] = [
        ["aws:principalisawsservice", String(principal.kind === "service")],
        ...(account === undefined ? [] : [["aws:principalaccount", account] as const]),
    ];
    switch (principal.kind) {
        case "user":
            return [
                ...common,
                ["aws:principalarn", principal.arn],
                ["aws:principaltype", "User"],
                ["aws:username", principal.arn.slice(principal.arn.lastIndexOf("/") + 1)],
            ];
        case "role":
            // The ARN of the role, not of the session, and no user name: that is what a session has in AWS.
            return [...common, ["aws:principalarn", principal.roleArn], ["aws:principaltype", "AssumedRole"]];
        case "service":
            return [...common, ["aws:principalservicename", principal.service], ...sourceKeys(principal.sourceArn)];
        case "anonymous":
            return [...common, ["aws:principaltype", "Anonymous"]];
    }
}

function sourceKeys(sourceArn: string | undefined): readonly (readonly [string, string])[] {
    if (sourceArn === undefined) {
        return [];
    }
    const account = accountOf(sourceArn);
    return [["aws:sourcearn", sourceArn], ...(account === undefined ? [] : [["aws:sourceaccount", account] as const])];
}
