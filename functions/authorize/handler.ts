import { forwardedClaims } from "../tokens/forwarded-claims";
import type { AuthorizeEvent } from "../transports/api-gateway/gateway-events";
import { headerOf } from "../transports/api-gateway/gateway-events";
import { scalarText, shortened, valueAt } from "../../contract/json";
import type { AllowsOrigin } from "../../contract/origins";
import type { Log } from "../runtime/log";
import { findToken } from "../transports/api-gateway/handshake-token";
import type { SubscriberContext } from "../transports/api-gateway/subscriber-context";
import { toContext } from "../transports/api-gateway/subscriber-context";
import type { VerifiedToken, VerifyToken } from "../tokens/token";

export interface AuthorizeDeps {
    readonly verify: VerifyToken;
    /** Whether pages of an origin may connect. */
    readonly allowsOrigin: AllowsOrigin;
    readonly tokenInQuery: boolean;
    /** The claim that says who the user is, or a path to it. */
    readonly userIdClaim: string;
    /** The claims that rules need, or paths to them. Absent: all that a rule could look at. */
    readonly forwardedClaims?: readonly string[];
    readonly log: Log;
}

/**
 * An authorizer's answer:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export interface AuthorizerResult {
    readonly principalId: string;
    readonly policyDocument: {
        readonly Version: "2012-10-17";
        readonly Statement: readonly [
            { readonly Effect: "Allow" | "Deny"; readonly Action: "execute-api:Invoke"; readonly Resource: string },
        ];
    };
    readonly context?: SubscriberContext;
}

/** API Gateway's limit for the whole answer. */
const MAX_RESULT_BYTES = 8 * 1024;

/**
 * Decides on a handshake. Allow, with the user as the context; Deny (the client sees 403) for a page of another origin
 * or a token that names no user; "Unauthorized" (401) for no valid token. Any other error is ours, and the client sees
 * 500.
 */
export function createAuthorizeHandler(deps: AuthorizeDeps): (event: AuthorizeEvent) => Promise<AuthorizerResult> {
    return async (event) => {
        const origin = headerOf(event, "Origin");
        if (!isAllowed(origin, deps.allowsOrigin)) {
            deps.log.info("A page of another origin was refused", { origin: shortened(origin ?? "", 200) });
            return answer("Deny", "foreign-origin", event);
        }
        const token = findToken(event, { inQuery: deps.tokenInQuery });
        const verified = token === undefined ? undefined : await deps.verify(token);
        if (verified?.ok !== true) {
            deps.log.info("A handshake without a valid token was refused", {
                reason: verified?.reason ?? "There is no token.",
            });
            // API Gateway answers 401 to an error of exactly this text, and 500 to every other.
            throw new Error("Unauthorized");
        }
        return allow(deps, verified.value, event);
    };
}

/**
 * A browser sends the origin with every handshake, and no page can keep it from doing so. Whatever sends none is no
 * browser: it has no user's session to be abused by a foreign page, and could have claimed any origin.
 */
function isAllowed(origin: string | undefined, allows: AllowsOrigin): boolean {
    return origin === undefined || allows(origin);
}

function allow(deps: AuthorizeDeps, { claims, expiresAt }: VerifiedToken, event: AuthorizeEvent): AuthorizerResult {
    const userId = scalarText(valueAt(claims, deps.userIdClaim));
    if (userId === undefined || userId === "") {
        deps.log.error(
            "A valid token names no user. Set `userIdClaim` (USER_ID_CLAIM) to a claim that all tokens have.",
            { claim: deps.userIdClaim },
        );
        return answer("Deny", "no-user", event);
    }
    const names =
        deps.forwardedClaims === undefined ? undefined : [...new Set([...deps.forwardedClaims, deps.userIdClaim])];
    const context = toContext({ userId, claims: forwardedClaims(claims, names), expiresAt });
    const result = { ...answer("Allow", userId, event), context };
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (bytes > MAX_RESULT_BYTES) {
        deps.log.error(
            `A token's claims do not fit into the ${MAX_RESULT_BYTES} bytes of an authorizer's answer. ` +
                "Name the claims that your subscribe rules need in `forwardedClaims` (FORWARDED_CLAIMS).",
            { userId: shortened(userId, 200), bytes, claims: shortened(Object.keys(claims).join(", "), 1_000) },
        );
        // Not under the user's id, which alone may be too long for an answer.
        return answer("Deny", "too-many-claims", event);
    }
    return result;
}

/** About this stage's `$connect` and nothing else: the gateway asks again for each connection. */
function answer(Effect: "Allow" | "Deny", principalId: string, { methodArn }: AuthorizeEvent): AuthorizerResult {
    return {
        principalId,
        policyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect, Action: "execute-api:Invoke", Resource: methodArn }],
        },
    };
}
