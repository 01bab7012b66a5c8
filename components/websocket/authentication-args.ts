import type * as pulumi from "@pulumi/pulumi";

/** Whose tokens open a connection, from where, and what of them later counts. */
export interface AuthenticationArgs {
    /** The `iss` of the tokens, a URL under which the issuer publishes its OIDC configuration. */
    readonly issuer: pulumi.Input<string>;
    /** The `aud` (or Cognito `client_id`) that a token must be meant for; any one of them. No commas. */
    readonly audience: pulumi.Input<pulumi.Input<string>[]>;
    /** The address of the issuer's keys. Defaults to the one in its OpenID Connect configuration. */
    readonly jwksUri?: pulumi.Input<string>;
    /**
     * Origins of the pages that may connect, as browsers send them: `https://shop.example.com`; below a domain,
     * `https://*.preview.example.com`, by one label or more; of apps and extensions, `capacitor://localhost`. `*` alone
     * lets every page connect with a token. One that could match nothing is an error.
     */
    readonly allowedOrigins: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Also accepts `?access_token=`, for clients that can set neither a header nor a sub-protocol. A token in a URL is
     * written to logs along the way. Defaults to `false`.
     */
    readonly tokenInQuery?: pulumi.Input<boolean>;
    /** The claim that says who the user is, or a path to it, such as `app_metadata.id`. Defaults to `sub`. */
    readonly userIdClaim?: pulumi.Input<string>;
    /**
     * Claims that subscribe rules can ask for, or paths into them, such as `resource_access.web.roles`: 8 KB is all that
     * API Gateway hands on of a token. Defaults to all but `iss`, `exp`, `iat`, `nbf` and `jti`, of which no rule can ask.
     */
    readonly forwardedClaims?: pulumi.Input<pulumi.Input<string>[]>;
}
