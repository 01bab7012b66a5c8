import type { Jwks, JwkWithKid, JwksCache } from "aws-jwt-verify/jwk";
import { isObject, member, quoted, shortened } from "../../contract/json";
import type { SigningKeys } from "./signing-keys";
import { readSigningKeys } from "./signing-keys";

/** Thrown where the issuer's keys cannot be had: its documents are out of reach, or of another form. */
export class IssuerError extends Error {
    override readonly name = "IssuerError";
    readonly code = "issuer_unavailable";
}

/**
 * Thrown where none of the issuer's keys, as far as is known, can verify a token. Its message repeats nothing of it.
 */
export class UnknownKeyError extends Error {
    override readonly name = "UnknownKeyError";
    readonly code = "unknown_key";
}

/** Fetches a JSON document. */
export type FetchJson = (url: URL) => Promise<unknown>;

export interface IssuerKeysOptions {
    /** As in the tokens' `iss`, to the letter. */
    readonly issuer: string;
    /** Where the keys are. Absent: where the issuer's discovery document says. */
    readonly jwksUri?: string;
    readonly fetchJson: FetchJson;
    readonly clock: () => number;
}

/** Keys are asked for again when they are older, so that a withdrawn key stops working. */
const MAX_AGE_MS = 60 * 60 * 1_000;
/** Tokens with made-up key ids must not turn us on the issuer: between two fetches there is at least this. */
const MIN_INTERVAL_MS = 10_000;

interface Held extends SigningKeys {
    readonly fetchedAt: number;
}

type NamedKey = Parameters<JwksCache["getJwk"]>[1];

/**
 * An issuer's signing keys: fetched when first needed, kept over invocations, fetched again for a key id that is not
 * among them (a rotation), but not more often than every 10 s. Keys past their hour are still used where the issuer is
 * out of reach: its outage must not keep every client out.
 */
export class IssuerKeys implements JwksCache {
    private held: Held | undefined;
    private fetching: Promise<Held> | undefined;
    private lastAttempt = -Infinity;
    private jwksUrl: URL | undefined;

    constructor(private readonly options: IssuerKeysOptions) {
        if (options.jwksUri !== undefined) {
            this.jwksUrl = trustedUrl(options.jwksUri);
        }
    }

    async getJwk(_uri: string, token: NamedKey): Promise<JwkWithKid> {
        const known = findKey(this.held, token);
        if (known !== undefined && !this.isOld()) {
            return known;
        }
        return requireKey(await this.refresh(), token);
    }

    getCachedJwk(_uri: string, token: NamedKey): JwkWithKid {
        return requireKey(this.held ?? NO_KEYS, token);
    }

    async getJwks(): Promise<Jwks> {
        const { keys } = await this.refresh();
        return { keys: keys.map(({ jwk }) => jwk) };
    }

    addJwks(_uri: string, jwks: Jwks): void {
        this.hold(jwks, "what was added");
    }

    /**
     * The latest keys that can be had now: those at hand, while it is too soon to ask again or the issuer does not
     * answer.
     */
    private async refresh(): Promise<Held> {
        const { held } = this;
        if (
            held !== undefined &&
            this.fetching === undefined &&
            this.options.clock() - this.lastAttempt < MIN_INTERVAL_MS
        ) {
            return held;
        }
        this.fetching ??= this.fetch().finally(() => {
            this.fetching = undefined;
        });
        try {
            return await this.fetching;
        } catch (error) {
            if (held !== undefined) {
                return held;
            }
            throw error;
        }
    }

    private async fetch(): Promise<Held> {
        this.lastAttempt = this.options.clock();
        this.jwksUrl ??= await discoverJwksUrl(this.options);
        return this.hold(await fetchDocument(this.options.fetchJson, this.jwksUrl), this.jwksUrl.href);
    }

    private hold(document: unknown, source: string): Held {
        const keys = readSigningKeys(document);
        if (!keys.ok) {
            throw new IssuerError(`${source} is no JSON Web Key Set: ${keys.reason}`);
        }
        this.held = { ...keys.value, fetchedAt: this.options.clock() };
        return this.held;
    }

    private isOld(): boolean {
        return this.held === undefined || this.options.clock() - this.held.fetchedAt > MAX_AGE_MS;
    }
}

/** OpenID Connect Discovery 1.0, section 4: the document must name the very issuer that it was asked of. */
async function discoverJwksUrl({ issuer, fetchJson }: IssuerKeysOptions): Promise<URL> {
    const url = trustedUrl(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const document = await fetchDocument(fetchJson, url);
    const named = isObject(document) ? member(document, "issuer") : undefined;
    const jwksUri = isObject(document) ? member(document, "jwks_uri") : undefined;
    if (named !== issuer) {
        throw new IssuerError(
            `${url.href} is of the issuer ${quoted(String(named))}; \`issuer\` (ISSUER) is ${quoted(issuer)}.`,
        );
    }
    if (typeof jwksUri !== "string") {
        throw new IssuerError(`${url.href} names no jwks_uri. Set \`jwksUri\` (JWKS_URI).`);
    }
    return trustedUrl(jwksUri);
}

async function fetchDocument(fetchJson: FetchJson, url: URL): Promise<unknown> {
    try {
        return await fetchJson(url);
    } catch (cause) {
        throw new IssuerError(
            `${url.href} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
            { cause },
        );
    }
}

const NO_KEYS: SigningKeys = { keys: [], leftOut: [] };

/**
 * A token need not name its key where there is only one that signs: OpenID Connect Core 1.0, section 10.1. The token's
 * algorithm must be one of the key's: Node.js would verify the ES256 of RFC 7518 with a key of any curve.
 *
 * The key is given without its id, since the verifier keeps for ever what it made of a key with one, by the issuer that
 * the token names before anybody has verified it: made-up issuers would fill the memory. And a key that its issuer has
 * replaced under the same id would go on working.
 */
function findKey(held: SigningKeys | undefined, { header: { kid, alg } }: NamedKey): JwkWithKid | undefined {
    const keys = held?.keys ?? [];
    const meant = kid === undefined ? (keys.length === 1 ? keys : []) : keys.filter((key) => key.kid === kid);
    const key = meant.find(({ algorithms }) => typeof alg === "string" && algorithms.includes(alg));
    return key === undefined ? undefined : { ...key.jwk, kid: "" };
}

function requireKey(held: SigningKeys, token: NamedKey): JwkWithKid {
    const key = findKey(held, token);
    if (key !== undefined) {
        return key;
    }
    const named = token.header.kid === undefined ? "The token names no key" : "The token names a key";
    const leftOut = held.leftOut.length === 0 ? "" : `; left out: ${shortened(held.leftOut.join(", "), 1_000)}`;
    throw new UnknownKeyError(
        `${named}, by an algorithm, which does not fit any of the issuer's: ${held.keys.length} can be used${leftOut}.`,
    );
}

/** Over plain HTTP, anybody on the way could have replaced the keys. On the loopback there is nobody. */
export function trustedUrl(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) {
        return url;
    }
    throw new IssuerError(`${quoted(text)} is not an https URL. (http is for issuers on the loopback alone.)`);
}

function isLoopback(hostname: string): boolean {
    return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
