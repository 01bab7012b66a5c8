import {
    JwtInvalidIssuerError,
    JwtInvalidSignatureError,
    JwtNotBeforeError,
    JwtExpiredError,
    JwtParseError,
} from "aws-jwt-verify/error";
import type { JwksCache } from "aws-jwt-verify/jwk";
import { JwtVerifier } from "aws-jwt-verify/jwt-verifier";
import { IssuerError, UnknownKeyError } from "./issuer";
import { member, quoted, shortened } from "../../contract/json";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Claims } from "../../contract/claims";

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
const MAX_SETTING_LENGTH = 500;

/**
 * Accepts RS256/384/512, ES256/384/512 and EdDSA: all asymmetric, so that nobody who can verify a token can make one.
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
            return refused(describe(error, issuer));
        }
    };
}

/**
 * Why a token is refused, for the log: in our words and with our settings, without a word of the token. It is anybody's
 * text as long as it is not verified, and may be somebody's secret or name; and whoever looks for the fault has it at
 * hand, to compare.
 */
function describe(error: unknown, issuer: string): string {
    if (error instanceof JwtParseError) {
        return "It is not a JWT, or one of its claims is not of the type that RFC 7519 gives it.";
    }
    if (error instanceof JwtExpiredError) {
        return "The token has expired.";
    }
    if (error instanceof JwtNotBeforeError) {
        return "The token is not valid yet (`nbf`).";
    }
    if (error instanceof JwtInvalidIssuerError) {
        return `The token's \`iss\` is not the issuer here: \`issuer\` (ISSUER) is ${quoted(issuer)}.`;
    }
    if (error instanceof JwtInvalidSignatureError) {
        return "The token's signature is not of the issuer's key.";
    }
    if (error instanceof UnknownKeyError || error instanceof CriticalExtensionError) {
        return error.message;
    }
    // Such as those of the crypto library.
    return "The token could not be verified.";
}

/** Thrown where a token demands to be understood in a way that nobody here knows of. */
class CriticalExtensionError extends Error {
    override readonly name = "CriticalExtensionError";
    readonly code = "critical_extension";
}

/**
 * RFC 7515, section 4.1.11: a reader must refuse a token with a critical extension that it does not know. We know none.
 */
function refuseExtensions({ header }: { readonly header: Readonly<Record<string, unknown>> }): void {
    if (Object.hasOwn(header, "crit")) {
        throw new CriticalExtensionError("The token has critical extensions (`crit`), which nobody here understands.");
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
        : refused(
              `The token is not for this gateway: its \`aud\` names none of \`audience\` (AUDIENCE), ${ours(audience)}.`,
          );
}

function ours(audience: readonly string[]): string {
    return shortened(audience.map((name) => JSON.stringify(name)).join(", "), MAX_SETTING_LENGTH);
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
