import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { CryptoKey, JWK } from "jose";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export const AUDIENCE = "push";

interface SigningKey {
    readonly kid: string;
    readonly algorithm: string;
    readonly privateKey: CryptoKey;
    readonly publicJwk: JWK;
}

/** An OpenID Connect issuer on a real socket. */
export class FakeIssuer {
    /** Paths that were asked for, in order. */
    readonly requests: string[] = [];
    /** Answers 503 to everything while true. */
    isDown = false;
    /** What the discovery document says of itself. Default: its URL. */
    namedIssuer: string | undefined;
    /** What stands before its own keys in its key set. */
    otherKeys: readonly unknown[] = [];
    /** Leaves its own key out of its key set. */
    isOwnKeyHidden = false;
    /** Instead of its key set. */
    keySet: unknown;
    #keys: readonly SigningKey[] = [];

    private constructor(private readonly server: Server) {}

    static async start(): Promise<FakeIssuer> {
        const server = createServer((request, response) => {
            issuer.requests.push(request.url ?? "");
            const document = issuer.isDown ? undefined : issuer.documents[request.url ?? ""];
            response.writeHead(issuer.isDown ? 503 : document === undefined ? 404 : 200, {
                "content-type": "application/json",
            });
            response.end(JSON.stringify(document ?? {}));
        });
        const issuer = new FakeIssuer(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        await issuer.rotate();
        return issuer;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    get jwksUri(): string {
        return `${this.url}/keys`;
    }

    get fetches(): number {
        return this.requests.filter((path) => path === "/keys").length;
    }

    /** Replaces the signing key, as issuers do now and then. */
    async rotate(algorithm = "ES256", kid = `key-${this.requests.length}-${Math.random()}`): Promise<void> {
        const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
        this.#keys = [
            {
                kid,
                algorithm,
                privateKey,
                publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" },
            },
        ];
    }

    /** A token that is valid for an hour, but for what the overrides make of it. `undefined` leaves a claim out. */
    async mint(
        claims: Readonly<Record<string, unknown>> = {},
        header: Readonly<Record<string, unknown>> = {},
    ): Promise<string> {
        const [key] = this.#keys;
        if (key === undefined) {
            throw new Error("the issuer has no key");
        }
        const now = Math.floor(Date.now() / 1_000);
        const payload = { iss: this.url, aud: AUDIENCE, sub: "ada", iat: now, exp: now + 3_600, ...claims };
        return new SignJWT(payload)
            .setProtectedHeader({ alg: key.algorithm, kid: key.kid, ...header })
            .sign(key.privateKey);
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    private get documents(): Readonly<Record<string, unknown>> {
        return {
            "/.well-known/openid-configuration": { issuer: this.namedIssuer ?? this.url, jwks_uri: this.jwksUri },
            "/keys": this.keySet ?? {
                keys: [...this.otherKeys, ...(this.isOwnKeyHidden ? [] : this.#keys.map(({ publicJwk }) => publicJwk))],
            },
        };
    }
}
