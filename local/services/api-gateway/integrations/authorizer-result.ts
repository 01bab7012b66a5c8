import { compilePolicy, evaluate } from "../../../../iam";
import { ACCOUNT_ID } from "../../../aws/account";

/** What a handshake gets to hear of its authorizer's result. */
export type Verdict =
    /** The context as later events carry it: every value a string. */
    | { readonly allowed: true; readonly principalId: string; readonly context: Readonly<Record<string, string>> }
    | { readonly allowed: false; readonly status: 401 | 403 | 500; readonly reason: string };

/** The handshake that a result is about. */
export interface JudgedHandshake {
    /** `arn:aws:execute-api:region:account:api/stage/$connect`. */
    readonly methodArn: string;
    readonly sourceIp: string;
    /** The quota of the result as JSON. */
    readonly maxBytes: number;
}

/**
 * Judges what an authorizer function returned: its policy is evaluated as IAM would, for `execute-api:Invoke` on the
 * route's ARN. A result that is not of the documented shape fails the handshake with 500.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html
 */
export function judgeResult(payload: unknown, handshake: JudgedHandshake): Verdict {
    if (typeof payload !== "object" || payload === null) {
        return invalid("is not an object");
    }
    const size = Buffer.byteLength(JSON.stringify(payload));
    if (size > handshake.maxBytes) {
        return invalid(`has ${size} bytes, and ${handshake.maxBytes} are allowed`);
    }
    const { principalId, policyDocument, context } = payload as Readonly<Record<string, unknown>>;
    if (typeof principalId !== "string" || principalId === "") {
        return invalid("has no principalId");
    }
    const strings = contextStrings(context);
    if (typeof strings === "string") {
        return invalid(strings);
    }
    return judgePolicy(policyDocument, principalId, handshake) ?? { allowed: true, principalId, context: strings };
}

/** Undefined when the policy allows the handshake. */
function judgePolicy(document: unknown, principalId: string, handshake: JudgedHandshake): Verdict | undefined {
    try {
        const policy = compilePolicy(document, "policyDocument", "identity");
        const { effect } = evaluate(
            {
                principal: { kind: "user", arn: `arn:aws:iam::${ACCOUNT_ID}:user/${principalId}` },
                action: "execute-api:Invoke",
                resource: handshake.methodArn,
                context: { "aws:SourceIp": handshake.sourceIp },
            },
            { identity: [policy] },
        );
        return effect === "allow"
            ? undefined
            : {
                  allowed: false,
                  status: 403,
                  reason: `its policy ${DENIALS[effect]} execute-api:Invoke on ${handshake.methodArn}`,
              };
    } catch (error) {
        return invalid(`has an invalid policy: ${error instanceof Error ? error.message : String(error)}`);
    }
}

const DENIALS = { explicitDeny: "denies", implicitDeny: "does not allow" } as const;

/** The context with every value as a string, or what is wrong with it: objects and lists have no place in it. */
function contextStrings(context: unknown): Readonly<Record<string, string>> | string {
    if (context === undefined || context === null) {
        return {};
    }
    if (typeof context !== "object") {
        return "has a context that is not an object";
    }
    const strings: [string, string][] = [];
    for (const [key, value] of Object.entries(context) as [string, unknown][]) {
        if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
            return `has a context whose "${key}" is none of string, number and boolean`;
        }
        strings.push([key, String(value)]);
    }
    return Object.fromEntries(strings);
}

function invalid(why: string): Verdict {
    return { allowed: false, status: 500, reason: `its result ${why}` };
}
