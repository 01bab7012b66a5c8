import type { Jwks, JwkWithKid, JwksCache } from "aws-jwt-verify/jwk";
import { assertIsJwks } from "aws-jwt-verify/jwk";
import { isObject, member, quoted } from "../../contract/json";

/** Thrown where the issuer's keys cannot be had: its documents are out of reach, or not what they should be. */
export class IssuerError extends Error {
    override readonly name = "IssuerError";
    readonly code = "issuer_unavailable";
}

/** Thrown where a token names a key that the issuer does not have, as far as is known. */
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

interface Held {
    readonly jwks: Jwks;
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
        const known = findKey(this.held?.jwks, token.header.kid);
        if (known !== undefined && !this.isOld()) {
            return known;
        }
        const { jwks } = await this.refresh();
        const key = findKey(jwks, token.header.kid);
        if (key === undefined) {
            throw new UnknownKeyError(`The issuer has no key ${quoted(String(token.header.kid))}.`);
        }
        return key;
    }

    getCachedJwk(_uri: string, token: NamedKey): JwkWithKid {
        const key = findKey(this.held?.jwks, token.header.kid);
        if (key === undefined) {
            throw new UnknownKeyError(`The key ${quoted(String(token.header.kid))} is not at hand.`);
        }
        return key;
    }

    async getJwks(): Promise<Jwks> {
        return (await this.refresh()).jwks;
    }

    addJwks(_uri: string, jwks: Jwks): void {
        this.held = { jwks, fetchedAt: this.options.clock() };
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
        const jwks = await fetchDocument(this.options.fetchJson, this.jwksUrl);
        this.held = { jwks: readJwks(jwks, this.jwksUrl), fetchedAt: this.options.clock() };
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

function readJwks(document: unknown, url: URL): Jwks {
    try {
        const jwks = JSON.parse(JSON.stringify(document)) as Parameters<typeof assertIsJwks>[0];
        assertIsJwks(jwks);
        return jwks;
    } catch (cause) {
        throw new IssuerError(
            `${url.href} is no JSON Web Key Set: ${cause instanceof Error ? cause.message : String(cause)}`,
            { cause },
        );
    }
}

/**
 * A token need not name its key where there is only one: OpenID Connect Core 1.0, section 10.1.
 *
 * The key is given without its id, since the verifier keeps for ever what it made of a key with one, by the issuer that
 * the token names before anybody has verified it: made-up issuers would fill the memory. And a key that its issuer has
 * replaced under the same id would go on working.
 */
function findKey(jwks: Jwks | undefined, kid: string | undefined): JwkWithKid | undefined {
    const keys = jwks?.keys ?? [];
    const key =
        kid === undefined && keys.length === 1
            ? keys[0]
            : keys.find((candidate) => candidate.kid !== undefined && candidate.kid === kid);
    return key === undefined ? undefined : { ...key, kid: "" };
}

/** Keys that came over plain HTTP are whoever's was on the way. On the loopback there is nobody. */
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
