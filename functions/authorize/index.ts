import { originMatcher } from "../../contract/origins";
import { readSettings } from "../runtime/settings";
import { fetchJson } from "../tokens/fetch-json";
import { IssuerKeys } from "../tokens/issuer";
import { createLog } from "../runtime/log";
import { createTokenVerifier } from "../tokens/token";
import { createAuthorizeHandler } from "./handler";
import { AUTHORIZE_SETTINGS } from "./settings";

const environment = readSettings(process.env, AUTHORIZE_SETTINGS);
const { issuer, audience, jwksUri } = environment;
const clock = Date.now;

export const handler = createAuthorizeHandler({
    ...environment,
    allowsOrigin: originMatcher(environment.allowedOrigins),
    verify: createTokenVerifier({
        issuer,
        audience,
        keys: new IssuerKeys({ issuer, jwksUri, fetchJson, clock }),
        clock,
    }),
    log: createLog(),
});
