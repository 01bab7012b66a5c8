import { CLAIM_NAME, IDENTIFIER, listOf, ORIGINS, SAFE_URL } from "../../contract/values";
import type { SettingsOf } from "../runtime/settings";
import { boolean, list, optional, text, withDefault } from "../runtime/settings";

export const AUTHORIZE_SETTINGS = {
    issuer: text("ISSUER", SAFE_URL),
    audience: list("AUDIENCE", listOf(IDENTIFIER)),
    jwksUri: optional(text("JWKS_URI", SAFE_URL)),
    allowedOrigins: list("ALLOWED_ORIGINS", ORIGINS),
    tokenInQuery: withDefault(boolean("TOKEN_IN_QUERY"), false),
    userIdClaim: withDefault(text("USER_ID_CLAIM"), "sub"),
    forwardedClaims: optional(list("FORWARDED_CLAIMS", listOf(CLAIM_NAME))),
};

export type AuthorizeSettings = SettingsOf<typeof AUTHORIZE_SETTINGS>;
