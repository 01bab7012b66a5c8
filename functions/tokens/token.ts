import { JwtParseError } from "aws-jwt-verify/error";
import type { JwksCache } from "aws-jwt-verify/jwk";
import { JwtVerifier } from "aws-jwt-verify/jwt-verifier";
import type { AuthorizeEvent } from "../transports/api-gateway/gateway-events";
import { headerOf, offeredProtocols } from "../transports/api-gateway/gateway-events";
import { IssuerError } from "./issuer";
import { member, shortened } from "../../contract/json";
import { BEARER_PROTOCOL_PREFIX } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Claims } from "../../contract/rules";

/** A token whose signature, issuer, audience and times are right. */
export interface VerifiedToken {
    readonly claims: Claims;
    /** Epoch seconds. */
    readonly expiresAt: number;
}

/**
 * Verifies a token, or says why it is not valid.
 *
 * @throws IssuerError where the issuer's keys cannot be had: nothing is known of the token then.
 */
export type VerifyToken = (token: string) => Promise<Result<VerifiedToken>>;

export interface TokenVerifierOptions {
    readonly issuer: string;
    /** A token must be for one of these. */
    readonly audience: readonly string[];
    readonly keys: JwksCache;
    readonly clock: () => number;
}

/** For clocks that differ. A token past its expiry is refused all the same. */
const CLOCK_SKEW_SECONDS = 5;
const MAX_REASON_LENGTH = 200;

/**
 * The token of a handshake, wherever it travels: the `Authorization` header, the sub-protocol `bearer.<jwt>`, or the
 * query parameter `access_token` where that is allowed. (URLs end up in logs and histories, so it is not by default.)
 */
export function findToken(event: AuthorizeEvent, options: { readonly inQuery: boolean }): string | undefined {
    const bearer = /^Bearer +(\S+)$/i.exec(headerOf(event, "Authorization")?.trim() ?? "")?.[1];
    const protocol = offeredProtocols(event).find((offered) => offered.startsWith(BEARER_PROTOCOL_PREFIX));
    const query = options.inQuery ? event.queryStringParameters?.["access_token"] : undefined;
    return bearer ?? protocol?.slice(BEARER_PROTOCOL_PREFIX.length) ?? query;
}

/**
 * Accepts RS256/384/512, ES256/384/512 and EdDSA: asymmetric all, so that whoever can verify a token cannot make one.
 */
export function createTokenVerifier({ issuer, audience, keys, clock }: TokenVerifierOptions): VerifyToken {
    const verifier = JwtVerifier.create(
        // The keys know where they come from; the URI is what they would be cached by.
        { issuer, audience: null, jwksUri: issuer, graceSeconds: CLOCK_SKEW_SECONDS, customJwtCheck: refuseExtensions },
        { jwksCache: keys },
    );
    return async (token) => {
        try {
            return readClaims(await verifier.verify(token), audience, clock);
        } catch (error) {
            if (error instanceof IssuerError) {
                throw error;
            }
            // The verifier's own errors, and those of the crypto library for an algorithm that does not fit the key.
            return refused(describe(error));
        }
    };
}

/** For the log: no more than one can read, whatever a token names, and nothing that a parser quotes of its claims. */
function describe(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    const [beforeQuote = ""] = message.split(": ", 1);
    return shortened(error instanceof JwtParseError ? beforeQuote : message, MAX_REASON_LENGTH);
}

/** RFC 7515, section 4.1.11: who does not understand what a token calls critical must refuse it. We know of none. */
function refuseExtensions({ header }: { readonly header: Readonly<Record<string, unknown>> }): void {
    if (Object.hasOwn(header, "crit")) {
        throw new Error("The token has critical extensions, which nobody here understands.");
    }
}

function readClaims(claims: Claims, audience: readonly string[], clock: () => number): Result<VerifiedToken> {
    const expiresAt = member(claims, "exp");
    if (typeof expiresAt !== "number" || expiresAt * 1_000 <= clock()) {
        return refused(expiresAt === undefined ? "The token never expires." : "The token has expired.");
    }
    const named = audienceOf(claims);
    return named.some((name) => typeof name === "string" && audience.includes(name))
        ? accepted({ claims, expiresAt })
        : refused(shortened(`The token is for ${JSON.stringify(named)}, not for this gateway.`, MAX_REASON_LENGTH));
}

/**
 * `client_id` counts only where there is no `aud`: Cognito's access tokens have no other sign of whom they are for.
 * API Gateway's own JWT authorizers decide the same way.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
function audienceOf(claims: Claims): readonly unknown[] {
    const named = member(claims, "aud") ?? member(claims, "client_id");
    return Array.isArray(named) ? named : [named];
}
