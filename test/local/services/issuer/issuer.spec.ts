import { strict as assert } from "node:assert";
import { request as httpRequest } from "node:http";
import { JwtVerifier } from "aws-jwt-verify";
import type { Jwks } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWTPayload } from "jose";
import { LocalIssuer } from "../../../../local/services/issuer/issuer";
import { TestGateway } from "../api-gateway/support/test-gateway";

describe("The local issuer", () => {
    let now: number;
    let gateway: TestGateway;
    let issuer: LocalIssuer;
    let url: string;
    before(async () => {
        now = Date.now();
        gateway = await TestGateway.start();
        url = `http://${gateway.host}/_issuer`;
        issuer = await LocalIssuer.create({ url: () => url, audience: "push", clock: () => now });
        gateway.server.mount("_issuer", issuer.handle);
    });
    after(() => gateway.close());

    async function json(path: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> {
        return (await (await fetch(`${url}${path}`, init)).json()) as Readonly<Record<string, unknown>>;
    }

    async function token(query: string): Promise<string> {
        return String((await json(`/token?${query}`))["access_token"]);
    }

    async function verified(jwt: string): Promise<JWTPayload> {
        const keys = createRemoteJWKSet(new URL(`${url}/jwks.json`));
        return (await jwtVerify(jwt, keys, { issuer: url, audience: "push", currentDate: new Date(now) })).payload;
    }

    it("describes itself as OpenID Connect providers do", async () => {
        const document = await json("/.well-known/openid-configuration");

        assert.equal(document["issuer"], url);
        assert.equal(document["jwks_uri"], `${url}/jwks.json`);
        assert.equal(document["token_endpoint"], `${url}/token`);
    });

    it("publishes its public keys and nothing of the private ones", async () => {
        const { keys } = (await json("/jwks.json")) as { readonly keys: readonly Readonly<Record<string, unknown>>[] };

        assert.deepEqual(
            keys.map(({ alg, use, kty }) => [alg, use, kty]),
            [
                ["RS256", "sig", "RSA"],
                ["ES256", "sig", "EC"],
            ],
        );
        assert.deepEqual(
            keys.filter((key) => "d" in key || "p" in key),
            [],
        );
    });

    it("gives a token for whom it is asked, which its published keys verify", async () => {
        const answer = await json("/token?sub=ada&ttl=60");

        assert.equal(answer["expires_in"], 60);
        assert.equal(answer["token_type"], "Bearer");
        const { sub, iat, exp } = await verified(String(answer["access_token"]));
        const seconds = Math.floor(now / 1_000);
        assert.deepEqual([sub, iat, exp], ["ada", seconds, seconds + 60]);
    });

    it("gives tokens for an hour unless asked otherwise", async () => {
        const { iat = 0, exp = 0 } = await verified(await token("sub=ada"));

        assert.equal(exp - iat, 3_600);
    });

    it("gives the bare token to who accepts plain text, for shells", async () => {
        const response = await fetch(`${url}/token?sub=ada`, { headers: { accept: "text/plain" } });

        assert.equal((await verified(await response.text())).sub, "ada");
    });

    it("makes every further parameter a claim, a list of a repeated one", async () => {
        const payload = await verified(await token("sub=ada&role=staff&team=a&team=b"));

        assert.equal(payload["role"], "staff");
        assert.deepEqual(payload["team"], ["a", "b"]);
    });

    it("is one that aws-jwt-verify understands", async () => {
        const verifier = JwtVerifier.create({ issuer: url, audience: "push" });
        verifier.cacheJwks((await json("/jwks.json")) as unknown as Jwks);

        const payload = await verifier.verify(await token("sub=ada"));

        assert.equal(payload.sub, "ada");
    });

    for (const [what, query, text] of [
        ["nobody", "", /sub is missing/],
        ["an empty sub", "sub=", /sub is missing/],
        ["a life time that is none", "sub=ada&ttl=soon", /ttl is a whole number/],
        ["a life time of nothing", "sub=ada&ttl=0", /ttl is a whole number/],
        ["another issuer", "sub=ada&iss=https://evil.example", /iss: the issuer sets this itself/],
        ["another audience", "sub=ada&aud=bank", /aud: the issuer sets this itself/],
        ["a date of its own", "sub=ada&exp=99999999999", /exp: the issuer sets this itself/],
    ] as const) {
        it(`answers 400 when asked for a token for ${what}`, async () => {
            const response = await fetch(`${url}/token?${query}`);

            assert.equal(response.status, 400);
            const body = (await response.json()) as Readonly<Record<string, string>>;
            assert.equal(body["error"], "invalid_request");
            assert.match(body["error_description"] ?? "", text);
        });
    }

    it("answers 404 elsewhere, and 405 to what is no GET", async () => {
        assert.equal((await fetch(`${url}/authorize`)).status, 404);
        assert.equal((await fetch(`${url}/token?sub=ada`, { method: "POST" })).status, 405);
    });

    describe("keeps tokens from the pages of other origins", () => {
        /** By node's own client, since fetch may not set these headers. */
        function statusFor(
            headers: Readonly<Record<string, string>>,
        ): Promise<{ status: number | undefined; cors: unknown }> {
            return new Promise((resolve, reject) => {
                httpRequest(`${url}/token?sub=ada`, { headers }, (response) => {
                    response.resume();
                    resolve({ status: response.statusCode, cors: response.headers["access-control-allow-origin"] });
                })
                    .on("error", reject)
                    .end();
            });
        }

        for (const [what, headers, status] of [
            ["a tool without an origin", {}, 200],
            ["a page of the gateway's own origin", { origin: "OWN", "sec-fetch-site": "same-origin" }, 200],
            ["a person who types the address", { "sec-fetch-site": "none" }, 200],
            ["a page of another origin", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, 403],
            ["a page of another origin in a browser without fetch metadata", { origin: "https://evil.example" }, 403],
            [
                "a page of another port of this machine",
                { origin: "http://127.0.0.1:9999", "sec-fetch-site": "same-site" },
                403,
            ],
            ["an image or script tag of another page", { "sec-fetch-site": "cross-site" }, 403],
            [
                "a page whose host name was made to resolve to this machine",
                { host: "evil.example:4510", origin: "http://evil.example:4510" },
                403,
            ],
        ] as const) {
            it(`answers ${status} to ${what}, without CORS headers`, async () => {
                const sent = Object.fromEntries(
                    Object.entries(headers).map(([name, value]) => [
                        name,
                        value === "OWN" ? `http://${gateway.host}` : value,
                    ]),
                );

                assert.deepEqual(await statusFor(sent), { status, cors: undefined });
            });
        }
    });

    describe("mints in this process, for tests,", () => {
        it("an expired token", async () => {
            await assert.rejects(
                verified(await issuer.mint({ sub: "ada" }, { ttlSeconds: -1 })),
                /"exp" claim timestamp check failed/,
            );
        });

        it("a token for another audience, or of another issuer", async () => {
            await assert.rejects(
                verified(await issuer.mint({ sub: "ada" }, { audience: "bank" })),
                /unexpected "aud" claim/,
            );
            await assert.rejects(
                verified(await issuer.mint({ sub: "ada" }, { issuer: "https://a.example" })),
                /unexpected "iss" claim/,
            );
        });

        it("a token that another issuer's key signed", async () => {
            const forger = await LocalIssuer.create({ url: () => url, audience: "push" });

            await assert.rejects(verified(await forger.mint({ sub: "ada" })), /no applicable key found/);
        });

        it("a token with claims of any shape", async () => {
            const payload = await verified(await issuer.mint({ sub: "ada", nested: { a: [1] } }));

            assert.deepEqual(payload["nested"], { a: [1] });
        });

        it("a token signed by ES256", async () => {
            const jwt = await issuer.mint({ sub: "ada" }, { algorithm: "ES256" });

            assert.equal(decodeProtectedHeader(jwt).alg, "ES256");
            assert.equal((await verified(jwt)).sub, "ada");
        });
    });
});
