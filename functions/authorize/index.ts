import { boolean, list, optional, readEnvironment, text, withDefault } from "../runtime/environment";
import { fetchJson } from "../tokens/fetch-json";
import { IssuerKeys } from "../tokens/issuer";
import { createLog } from "../runtime/log";
import { createTokenVerifier } from "../tokens/token";
import { createAuthorizeHandler } from "./handler";

const environment = readEnvironment(process.env, {
    issuer: text("ISSUER"),
    audience: list("AUDIENCE"),
    jwksUri: optional(text, "JWKS_URI"),
    allowedOrigins: list("ALLOWED_ORIGINS"),
    tokenInQuery: boolean("TOKEN_IN_QUERY"),
    userIdClaim: withDefault(text, "USER_ID_CLAIM", "sub"),
    forwardedClaims: optional(list, "FORWARDED_CLAIMS"),
});
const { issuer, audience, jwksUri } = environment;
const clock = Date.now;

export const handler = createAuthorizeHandler({
    ...environment,
    verify: createTokenVerifier({
        issuer,
        audience,
        keys: new IssuerKeys({ issuer, jwksUri, fetchJson, clock }),
        clock,
    }),
    log: createLog(),
});
