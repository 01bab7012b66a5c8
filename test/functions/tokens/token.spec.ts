import { strict as assert } from "node:assert";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { fetchJson } from "../../../functions/tokens/fetch-json";
import { IssuerKeys, trustedUrl } from "../../../functions/tokens/issuer";
import type { VerifyToken } from "../../../functions/tokens/token";
import { createTokenVerifier, findToken } from "../../../functions/tokens/token";
import { AUDIENCE, FakeIssuer } from "../../fakes/issuer";
import { authorizeEvent } from "../../fakes/gateway-events";

const NOW = Math.floor(Date.now() / 1_000);

describe("Verifying a token", () => {
    let issuer: FakeIssuer;
    let now: number;
    beforeEach(async () => {
        issuer = await FakeIssuer.start();
        now = Date.now();
    });
    afterEach(() => issuer.close());

    it("gives its claims and its expiry", async () => {
        const token = await verifier()(await issuer.mint({ role: "staff", exp: NOW + 86_400 }));
        assert.ok(token.ok);
        assert.equal(token.value.claims["role"], "staff");
        assert.equal(token.value.expiresAt, NOW + 86_400);
    });

    for (const algorithm of ["RS256", "RS512", "ES256", "ES384", "EdDSA"]) {
        it(`works with ${algorithm}`, async () => {
            await issuer.rotate(algorithm);
            assert.equal((await verifier()(await issuer.mint())).ok, true);
        });
    }

    describe("refuses", () => {
        const cases: readonly (readonly [string, Record<string, unknown>])[] = [
            ["one that has expired", { exp: NOW - 1 }],
            ["one that never expires", { exp: undefined }],
            ["one for another audience", { aud: "another" }],
            ["one for nobody in particular", { aud: undefined }],
            ["one for another audience, though for our client", { aud: "another", client_id: AUDIENCE }],
            ["one of another issuer", { iss: "https://elsewhere.example" }],
            ["one of no issuer", { iss: undefined }],
            ["one that is not valid yet", { nbf: NOW + 86_400 }],
        ];
        for (const [what, claims] of cases) {
            it(what, async () => {
                assert.equal((await verifier()(await issuer.mint(claims))).ok, false);
            });
        }

        for (const text of ["", "a", "a.b.c", "not.a.token", `${"x".repeat(9_000)}.y.z`]) {
            it(`what is none: ${text.slice(0, 20)}`, async () => {
                assert.equal((await verifier()(text)).ok, false);
            });
        }

        it("one whose payload was changed after it was signed", async () => {
            const [header, payload = "", signature] = (await issuer.mint()).split(".");
            const claims = { ...(JSON.parse(Buffer.from(payload, "base64url").toString()) as object), sub: "mallory" };
            const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
            assert.equal((await verifier()(forged)).ok, false);
        });

        it("one that another key has signed under the issuer's key id", async () => {
            const { kid } = decodeHeader(await issuer.mint());
            const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
            const forged = await new SignJWT({ iss: issuer.url, aud: AUDIENCE, sub: "ada", exp: NOW + 86_400 })
                .setProtectedHeader({ alg: "ES256", kid })
                .sign(privateKey);
            assert.equal((await verifier()(forged)).ok, false);
        });

        it("one with an extension that it calls critical, since nobody here understands any", async () => {
            const token = await issuer.mint({}, { crit: ["b64"], b64: true });
            assert.equal((await verifier()(token)).ok, false);
        });

        it("one without a signature, or signed with the public key as a secret", async () => {
            const { kid } = decodeHeader(await issuer.mint());
            for (const alg of ["none", "HS256"]) {
                const text = [
                    { alg, kid, typ: "JWT" },
                    { iss: issuer.url, aud: AUDIENCE, sub: "ada", exp: NOW + 86_400 },
                ]
                    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
                    .join(".");
                const signature = createHmac("sha256", "public key").update(text).digest("base64url");
                assert.equal((await verifier()(`${text}.${signature}`)).ok, false);
            }
        });

        it("one whose algorithm is not its key's", async () => {
            const [, payload, signature] = (await issuer.mint()).split(".");
            const { kid } = decodeHeader(await issuer.mint());
            for (const alg of ["RS256", "EdDSA", "ES512", "PS256", "XX"]) {
                const header = Buffer.from(JSON.stringify({ alg, kid })).toString("base64url");
                assert.equal((await verifier()([header, payload, signature].join("."))).ok, false);
            }
        });
    });

    it("takes the client id for the audience of a token that has none, as Cognito's access tokens", async () => {
        const token = await issuer.mint({ aud: undefined, client_id: AUDIENCE });
        assert.equal((await verifier()(token)).ok, true);
    });

    it("takes a token for one of several audiences", async () => {
        const token = await issuer.mint({ aud: ["other", "second"] });
        assert.equal((await verifier({ audience: [AUDIENCE, "second"] })(token)).ok, true);
    });

    it("takes a token that does not name its key, where the issuer has only one", async () => {
        assert.equal((await verifier()(await issuer.mint({}, { kid: undefined }))).ok, true);
    });

    describe("asks the issuer", () => {
        it("for its discovery document and its keys once, however many tokens", async () => {
            const verify = verifier();
            for (let count = 0; count < 5; count++) {
                assert.equal((await verify(await issuer.mint())).ok, true);
            }
            assert.deepEqual(issuer.requests, ["/.well-known/openid-configuration", "/keys"]);
        });

        it("once for tokens that come at the same time", async () => {
            const verify = verifier();
            const token = await issuer.mint();
            await Promise.all([verify(token), verify(token), verify(token)]);
            assert.equal(issuer.fetches, 1);
        });

        it("for its keys alone where their address is configured", async () => {
            assert.equal((await verifier({ jwksUri: issuer.jwksUri })(await issuer.mint())).ok, true);
            assert.deepEqual(issuer.requests, ["/keys"]);
        });

        it("again when a token names a key that is new", async () => {
            const verify = verifier();
            await verify(await issuer.mint());
            await issuer.rotate();
            now += 10_000;
            assert.equal((await verify(await issuer.mint())).ok, true);
            assert.equal(issuer.fetches, 2);
        });

        it("not more often than every 10 seconds, whatever keys tokens name", async () => {
            const verify = verifier();
            await verify(await issuer.mint());
            now += 10_000;
            for (let count = 0; count < 5; count++) {
                assert.equal((await verify(await issuer.mint({}, { kid: `made-up-${count}` }))).ok, false);
                now += 1_000;
            }
            assert.equal(issuer.fetches, 2);
        });

        it("every hour, so that a withdrawn key stops working", async () => {
            const verify = verifier();
            const token = await issuer.mint({ exp: NOW + 90_000 });
            assert.equal((await verify(token)).ok, true);
            await issuer.rotate();
            now += 3_600_001;
            assert.equal((await verify(token)).ok, false);
        });
    });

    it("forgets a key that the issuer has replaced under the same id", async () => {
        await issuer.rotate("ES256", "the-only-id");
        const verify = verifier();
        const old = await issuer.mint({ exp: NOW + 90_000 });
        assert.equal((await verify(old)).ok, true);
        await issuer.rotate("ES256", "the-only-id");
        now += 3_600_001;
        assert.equal((await verify(await issuer.mint({ exp: NOW + 90_000 }))).ok, true);
        assert.equal((await verify(old)).ok, false);
    });

    describe("says for the log what is wrong with a token", () => {
        const reasonFor = async (token: string): Promise<string> => {
            const result = await verifier()(token);
            assert.ok(!result.ok);
            return result.reason;
        };

        it("without a word of its claims, though the parser quotes them", async () => {
            const [header = "", , signature = ""] = (await issuer.mint()).split(".");
            const broken = Buffer.from('{"email">"ada@example.com"}').toString("base64url");
            const reason = await reasonFor([header, broken, signature].join("."));
            assert.equal(reason, "Invalid JWT. Payload is not a valid JSON object");
        });

        it("in a line, however much the token names", async () => {
            const long = "x".repeat(8_000);
            for (const token of [await issuer.mint({ aud: long }), await issuer.mint({ iss: long })]) {
                assert.equal((await reasonFor(token)).length, 201);
            }
        });
    });

    describe("where the issuer is out of reach", () => {
        it("fails, since nothing is known of the token", async () => {
            issuer.isDown = true;
            await assert.rejects(verifier()(await issuer.mint()), { name: "IssuerError", code: "issuer_unavailable" });
        });

        it("works again as soon as the issuer does", async () => {
            const verify = verifier();
            issuer.isDown = true;
            await assert.rejects(verify(await issuer.mint()));
            issuer.isDown = false;
            assert.equal((await verify(await issuer.mint())).ok, true);
        });

        it("goes on with the keys it has", async () => {
            const verify = verifier();
            const token = await issuer.mint({ exp: NOW + 90_000 });
            await verify(token);
            issuer.isDown = true;
            now += 3_600_001;
            assert.equal((await verify(token)).ok, true);
        });
    });

    it("fails where the discovery document is another issuer's", async () => {
        issuer.namedIssuer = "https://elsewhere.example";
        await assert.rejects(verifier()(await issuer.mint()), /elsewhere\.example.*ISSUER/);
    });

    function verifier(options: { audience?: readonly string[]; jwksUri?: string } = {}): VerifyToken {
        const { audience = [AUDIENCE], jwksUri } = options;
        const clock = (): number => now;
        const keys = new IssuerKeys({ issuer: issuer.url, jwksUri, fetchJson, clock });
        return createTokenVerifier({ issuer: issuer.url, audience, keys, clock });
    }
});

describe("An issuer's address", () => {
    it("is https, or on the loopback", () => {
        for (const url of [
            "https://login.example.com/x",
            "http://127.0.0.1:4510/issuer",
            "http://localhost:1",
            "http://[::1]:1",
        ]) {
            assert.equal(trustedUrl(url).href.startsWith(url), true);
        }
        for (const url of [
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://x",
            "file:///etc/passwd",
            "x",
        ]) {
            assert.throws(() => trustedUrl(url), { name: "IssuerError" });
        }
    });
});

describe("A token travels", () => {
    const inQuery = { inQuery: true };

    it("in the Authorization header, whatever the case of its name", () => {
        assert.equal(findToken(authorizeEvent({ headers: { Authorization: "Bearer a.b.c" } }), inQuery), "a.b.c");
        assert.equal(findToken(authorizeEvent({ headers: { AUTHORIZATION: "bearer  a.b.c" } }), inQuery), "a.b.c");
    });

    it("in a sub-protocol next to push.v1", () => {
        const headers = { "sec-websocket-protocol": "push.v1, bearer.a.b.c" };
        assert.equal(findToken(authorizeEvent({ headers }), inQuery), "a.b.c");
    });

    it("in the query, only where that is allowed", () => {
        const event = authorizeEvent({ queryStringParameters: { access_token: "a.b.c" } });
        assert.equal(findToken(event, { inQuery: true }), "a.b.c");
        assert.equal(findToken(event, { inQuery: false }), undefined);
    });

    it("nowhere else", () => {
        for (const headers of [
            {},
            { Authorization: "Basic a.b.c" },
            { Authorization: "Bearer" },
            { "Sec-WebSocket-Protocol": "push.v1" },
            { Cookie: "a.b.c" },
        ]) {
            assert.equal(findToken(authorizeEvent({ headers }), inQuery), undefined);
        }
    });
});

function decodeHeader(token: string): { readonly kid: string } {
    return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string };
}
