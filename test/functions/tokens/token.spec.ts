import { strict as assert } from "node:assert";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { fetchJson } from "../../../functions/tokens/fetch-json";
import { IssuerKeys, trustedUrl } from "../../../functions/tokens/issuer";
import type { VerifyToken } from "../../../functions/tokens/token";
import { createTokenVerifier } from "../../../functions/tokens/token";
import { AUDIENCE, FakeIssuer } from "../../fakes/issuer";
import type { TestKey } from "../../fuzz/support/signer";
import { generateKey, signToken } from "../../fuzz/support/signer";

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

    describe("judges the issuer's keys one by one", () => {
        const rsa = (modulusLength: number): TestKey => ({
            kid: `rsa-${modulusLength}`,
            alg: "RS256",
            ...generateKeyPairSync("rsa", { modulusLength }),
        });
        const ec = (namedCurve: string): TestKey => ({
            kid: namedCurve,
            alg: "ES256",
            ...generateKeyPairSync("ec", { namedCurve }),
        });
        const bare = ({ kid, publicKey }: TestKey): Readonly<Record<string, unknown>> => ({
            ...publicKey.export({ format: "jwk" }),
            kid,
        });
        const payload = (): unknown => ({ iss: issuer.url, aud: AUDIENCE, sub: "ada", exp: NOW + 86_400 });
        const signedBy = (key: TestKey, alg: string = key.alg): string =>
            signToken(key, { alg, kid: key.kid }, payload());

        for (const [what, odd] of [
            ["null", null],
            ["text", "key"],
            ["a list", []],
            ["without kty", { kid: "odd", n: "AQAB", e: "AQAB" }],
            ["of a kind that nobody knows", { kty: "AKP", kid: "odd", alg: "ML-DSA-44", pub: "AA" }],
            ["for encryption", { ...bare(rsa(2048)), use: "enc", alg: "RSA-OAEP" }],
            ["that may not verify", { ...bare(rsa(2048)), key_ops: ["encrypt"] }],
            ["with a number for its id", { ...bare(rsa(2048)), kid: 7, alg: "PS256" }],
            ["whose point is not on its curve", { kty: "EC", crv: "P-256", x: "AQ", y: "AQ", kid: "odd" }],
            ["with members of odd types", { kty: "RSA", n: 1, e: {}, kid: ["odd"] }],
        ] as const) {
            it(`lets nobody suffer for one that is ${what}`, async () => {
                issuer.otherKeys = [odd];
                assert.equal((await verifier()(await issuer.mint())).ok, true);
                // Nor do tokens without a key id: the odd one is no second key that could be meant.
                assert.equal((await verifier()(await issuer.mint({}, { kid: undefined }))).ok, true);
            });
        }

        it("takes one whose unused members are null, or whose further ones are odd", async () => {
            const key = rsa(2048);
            issuer.otherKeys = [{ ...bare(key), alg: null, use: null, key_ops: null, x: null, x5c: 7, x5t: null }];
            assert.equal((await verifier()(signedBy(key))).ok, true);
        });

        it("takes one with a number for its id where no other signs, for tokens that name none", async () => {
            const key = rsa(2048);
            issuer.isOwnKeyHidden = true;
            issuer.otherKeys = [{ ...bare(key), kid: 7 }];
            assert.equal((await verifier()(signToken(key, { alg: "RS256" }, payload()))).ok, true);
            assert.equal((await verifier()(signToken(key, { alg: "RS256", kid: "7" }, payload()))).ok, false);
        });

        it("refuses RSA under 2,048 bits", async () => {
            const [weak, strong] = [rsa(2040), rsa(2048)];
            issuer.otherKeys = [bare(weak), bare(strong)];
            assert.equal((await verifier()(signedBy(strong))).ok, true);
            assert.equal((await verifier()(signedBy(weak))).ok, false);
        });

        it("refuses ES256 by another curve than P-256, though the signature is right", async () => {
            const keys = ["P-384", "P-521", "secp256k1"].map(ec);
            for (const named of [{}, { alg: "ES256" }]) {
                issuer.otherKeys = keys.map((key) => ({ ...bare(key), ...named }));
                for (const key of keys) {
                    assert.equal((await verifier()(signedBy(key))).ok, false, key.kid);
                }
            }
        });

        it("refuses an algorithm of another kind of key, though the signature is right", async () => {
            const [one, other] = [rsa(2048), ec("P-256")];
            issuer.otherKeys = [bare(one), bare(other)];
            assert.deepEqual(
                [(await verifier()(signedBy(one))).ok, (await verifier()(signedBy(other))).ok],
                [true, true],
            );
            assert.equal((await verifier()(signedBy(one, "ES256"))).ok, false);
            assert.equal((await verifier()(signedBy(other, "RS256"))).ok, false);
        });

        it("says for the log which it left out, and why", async () => {
            issuer.otherKeys = [null, bare(rsa(1024))];
            const refusal = await verifier()(await issuer.mint({}, { kid: "unknown" }));
            assert.ok(!refusal.ok);
            assert.match(
                refusal.reason,
                /: 1 can be used; left out: keys\[0\] is null, keys\[1\] cannot be used: .*size/,
            );
        });

        it("fails where there is no list of keys, since nothing is known of the token then", async () => {
            issuer.keySet = { keys: { kty: "RSA" } };
            await assert.rejects(verifier()(await issuer.mint()), /no JSON Web Key Set.*must be a list.*an object/);
        });
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

        it("without a word of the token, which is anybody's text", async () => {
            const secret = "SECRET ada@example.com";
            const [header = "", , signature = ""] = (await issuer.mint()).split(".");
            const broken = Buffer.from(`{"email">"${secret}"}`).toString("base64url");
            for (const token of [
                [header, broken, signature].join("."),
                await issuer.mint({ aud: secret }),
                await issuer.mint({ aud: [secret] }),
                await issuer.mint({ aud: undefined, client_id: secret }),
                await issuer.mint({ iss: secret }),
                await issuer.mint({}, { kid: secret }),
                signToken(generateKey("ES256", secret), { alg: secret, kid: secret }, { iss: secret, aud: secret }),
                await issuer.mint({ nbf: NOW + 86_400, sub: secret }),
                await issuer.mint({ exp: NOW - 86_400, sub: secret }),
                await issuer.mint({ jti: secret }, { crit: ["b64"], b64: true }),
            ]) {
                const reason = await reasonFor(token);
                assert.ok(!reason.includes("SECRET"), reason);
                assert.ok(reason.length < 200, reason);
            }
        });

        it("with the setting that it does not agree with, so that the two can be compared", async () => {
            assert.match(await reasonFor(await issuer.mint({ aud: "x" })), /`aud`.*AUDIENCE\), "push"/);
            const foreign = await reasonFor(await issuer.mint({ iss: "x" }));
            assert.ok(foreign.includes("`iss`") && foreign.includes(JSON.stringify(issuer.url)), foreign);
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

function decodeHeader(token: string): { readonly kid: string } {
    return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string };
}
