import { originMatcher } from "../../contract/origins";
import type { Edges } from "../edges/edges";
import { IssuerKeys } from "../tokens/issuer";
import { createTokenVerifier } from "../tokens/token";
import { createAuthorizeHandler } from "./handler";
import type { AuthorizeSettings } from "./settings";

export type AuthorizeEdges = Pick<Edges, "fetchJson" | "clock" | "log">;

export function compose(
    settings: AuthorizeSettings,
    { fetchJson, clock, log }: AuthorizeEdges,
): ReturnType<typeof createAuthorizeHandler> {
    const { issuer, audience, jwksUri } = settings;
    return createAuthorizeHandler({
        ...settings,
        allowsOrigin: originMatcher(settings.allowedOrigins),
        verify: createTokenVerifier({
            issuer,
            audience,
            keys: new IssuerKeys({ issuer, jwksUri, fetchJson, clock }),
            clock,
        }),
        log,
    });
}
