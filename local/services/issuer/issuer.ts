import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";

export type SigningAlgorithm = "RS256" | "ES256";

export type Claims = Readonly<Record<string, unknown>>;

export interface LocalIssuerOptions {
    /** The issuer's URL, for example `http://127.0.0.1:4510/_issuer`. Asked late: the port is not known before. */
    readonly url: () => string;
    /** The `aud` of tokens. */
    readonly audience: string;
    /** Epoch milliseconds. Defaults to the system's clock. */
    readonly clock?: () => number;
}

/** What a token says against the rule: for tests of tokens that must be refused. */
export interface MintOptions {
    /** Seconds from now until the token expires; a negative number makes an expired token. Defaults to 3600. */
    readonly ttlSeconds?: number;
    /** Defaults to the issuer's URL. */
    readonly issuer?: string;
    /** Defaults to the issuer's audience. */
    readonly audience?: string;
    /** Defaults to RS256. */
    readonly algorithm?: SigningAlgorithm;
}

interface SigningKey {
    readonly privateKey: CryptoKey;
    readonly publicJwk: JWK;
}

const DEFAULT_TTL_SECONDS = 3_600;

/** Claims that make a token valid or not: nobody may choose them over HTTP. */
const OWN_CLAIMS = ["iss", "aud", "iat", "nbf", "exp", "jti"];

const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/**
 * An OpenID Connect issuer for development: anybody on this machine gets the token they ask for, and the authorizer
 * verifies it as it would any issuer's. Its keys are new at each start.
 */
export class LocalIssuer {
    private constructor(
        private readonly options: LocalIssuerOptions,
        private readonly keys: Readonly<Record<SigningAlgorithm, SigningKey>>,
    ) {}

    static async create(options: LocalIssuerOptions): Promise<LocalIssuer> {
        const [RS256, ES256] = await Promise.all([generateKey("RS256"), generateKey("ES256")]);
        return new LocalIssuer(options, { RS256, ES256 });
    }

    get url(): string {
        return this.options.url();
    }

    /** Where anybody on this machine gets a token. */
    get tokenUrl(): string {
        return `${this.url}/token`;
    }

    /** Signs a token. In this process only, it may carry any claim, and be expired, foreign or for somebody else. */
    async mint(claims: Claims, options: MintOptions = {}): Promise<string> {
        const {
            ttlSeconds = DEFAULT_TTL_SECONDS,
            issuer = this.options.url(),
            audience = this.options.audience,
        } = options;
        const alg = options.algorithm ?? "RS256";
        const { privateKey, publicJwk } = this.keys[alg];
        const now = Math.floor((this.options.clock ?? Date.now)() / 1_000);
        const payload = { iss: issuer, aud: audience, iat: now, exp: now + ttlSeconds, jti: randomUUID(), ...claims };
        return new SignJWT(payload).setProtectedHeader({ alg, kid: publicJwk.kid, typ: "JWT" }).sign(privateKey);
    }

    /** Answers a request below the issuer's URL. */
    readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const url = new URL(request.url ?? "/", "http://localhost");
        const issuer = this.options.url();
        const path = url.pathname.slice(new URL(issuer).pathname.length);
        if (request.method !== "GET") {
            respond(response, 405, { error: "invalid_request", error_description: "only GET is served" });
            return;
        }
        switch (path) {
            case "/.well-known/openid-configuration":
                respond(response, 200, discoveryDocument(issuer));
                return;
            case "/jwks.json":
                respond(response, 200, { keys: Object.values(this.keys).map(({ publicJwk }) => publicJwk) });
                return;
            case "/token":
                await this.#token(request, url.searchParams, response);
                return;
            default:
                respond(response, 404, { error: "not_found", error_description: `${issuer} has ${PATHS.join(", ")}` });
        }
    };

    async #token(request: IncomingMessage, query: URLSearchParams, response: ServerResponse): Promise<void> {
        if (!comesFromHere(request, new URL(this.options.url()).host)) {
            respond(response, 403, {
                error: "access_denied",
                error_description: "tokens are for pages of this origin and for this machine",
            });
            return;
        }
        const asked = askedToken(query);
        if (typeof asked === "string") {
            respond(response, 400, { error: "invalid_request", error_description: asked });
            return;
        }
        const token = await this.mint(asked.claims, { ttlSeconds: asked.ttlSeconds });
        if (request.headers.accept === "text/plain") {
            // For shells, which have nothing to take JSON apart: curl -H 'Accept: text/plain' …
            response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" }).end(token);
            return;
        }
        respond(response, 200, { access_token: token, expires_in: asked.ttlSeconds, token_type: "Bearer" });
    }
}

const PATHS = ["/.well-known/openid-configuration", "/jwks.json", "/token?sub=…"];

async function generateKey(alg: SigningAlgorithm): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const jwk = await exportJWK(publicKey);
    return { privateKey, publicJwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: "sig" } };
}

function discoveryDocument(issuer: string): unknown {
    return {
        issuer,
        jwks_uri: `${issuer}/jwks.json`,
        token_endpoint: `${issuer}/token`,
        id_token_signing_alg_values_supported: ["RS256", "ES256"],
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
    };
}

/**
 * Whether a request is made by a tool on this machine or by a page of this very origin. Any page that a developer has
 * open could otherwise fetch itself a token, and with it read and write what the local cloud holds: so there are no
 * CORS headers, a foreign `Origin` is refused, and so is a foreign host name that was made to resolve to this machine.
 */
function comesFromHere(request: IncomingMessage, ownHost: string): boolean {
    const { host = "", origin, "sec-fetch-site": site } = request.headers;
    const hostName = host.replace(/:\d+$/, "");
    const known = host === ownHost || LOOPBACK_HOSTS.includes(hostName);
    const sameOrigin = origin === undefined || origin === `http://${host}`;
    const sameSite = site === undefined || site === "same-origin" || site === "none";
    return known && sameOrigin && sameSite;
}

/** `?sub=ada&role=staff&ttl=60` as claims and a life time, or what is wrong with it. A repeated name becomes a list. */
function askedToken(query: URLSearchParams): { readonly claims: Claims; readonly ttlSeconds: number } | string {
    const forbidden = [...query.keys()].filter((name) => OWN_CLAIMS.includes(name));
    if (forbidden.length > 0) {
        return `${forbidden.join(", ")}: the issuer sets this itself`;
    }
    if ((query.get("sub") ?? "") === "") {
        return "sub is missing: say for whom the token is, as in ?sub=ada";
    }
    const ttl = query.get("ttl") ?? String(DEFAULT_TTL_SECONDS);
    if (!/^[1-9]\d{0,8}$/.test(ttl)) {
        return `ttl is a whole number of seconds above 0, not "${ttl}"`;
    }
    const names = [...new Set(query.keys())].filter((name) => name !== "ttl");
    const claims = names.map((name): [string, unknown] => {
        const values = query.getAll(name);
        return [name, values.length === 1 ? values[0] : values];
    });
    return { claims: Object.fromEntries(claims), ttlSeconds: Number(ttl) };
}

function respond(response: ServerResponse, status: number, body: unknown): void {
    const text = JSON.stringify(body);
    response.writeHead(status, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
        "cache-control": "no-store",
    });
    response.end(text);
}
