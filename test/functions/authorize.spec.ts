import { strict as assert } from "node:assert";
import type { AuthorizeDeps, AuthorizerResult } from "../../functions/authorize/handler";
import { createAuthorizeHandler } from "../../functions/authorize/handler";
import { originMatcher } from "../../contract/origins";
import { claimTexts } from "../../contract/claims";
import { fromContext } from "../../functions/transports/api-gateway/subscriber-context";
import { authorizeEvent, METHOD_ARN } from "../fakes/gateway-events";
import { RecordingLog } from "../fakes/recorders";

const EXPIRES_AT = 1_707_502_303;

describe("authorize", () => {
    const bearer = { Authorization: "Bearer good" };
    let log: RecordingLog;
    beforeEach(() => {
        log = new RecordingLog();
    });

    it("allows this stage's $connect, and nothing else, to a user with a valid token", async () => {
        const { principalId, policyDocument } = await authorize({ headers: bearer });
        assert.equal(principalId, "ada");
        assert.deepEqual(policyDocument, {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: METHOD_ARN }],
        });
    });

    it("hands on who the user is, as text values that the other functions understand", async () => {
        const { context } = await authorize({ headers: bearer });
        assert.deepEqual(context, {
            userId: "ada",
            claims: '{"sub":"ada","role":"staff"}',
            expiresAt: String(EXPIRES_AT),
        });
        assert.deepEqual(fromContext(context), {
            userId: "ada",
            claims: { sub: "ada", role: "staff" },
            expiresAt: EXPIRES_AT,
        });
    });

    it("takes the token from a browser's sub-protocols", async () => {
        assert.equal(
            effect(await authorize({ headers: { "Sec-WebSocket-Protocol": "push.v1, bearer.good" } })),
            "Allow",
        );
    });

    describe("answers 401", () => {
        for (const [what, headers] of [
            ["without a token", {}],
            ["to an invalid token", { Authorization: "Bearer bad" }],
            ["to a token in the query, where that is not allowed", {}],
        ] as const) {
            it(what, async () => {
                // The text is what API Gateway goes by.
                await assert.rejects(authorize({ headers, queryStringParameters: { access_token: "good" } }), {
                    message: "Unauthorized",
                });
            });
        }
    });

    it("takes a token from the query where that is allowed", async () => {
        const event = { queryStringParameters: { access_token: "good" } };
        assert.equal(effect(await authorize(event, { tokenInQuery: true })), "Allow");
    });

    describe("answers 403", () => {
        it("to a page of another origin, whatever its token, without verifying it", async () => {
            for (const origin of [
                "https://evil.example",
                "https://app.example.com.evil.example",
                "http://app.example.com",
                "null",
            ]) {
                const result = await authorize(
                    { headers: { ...bearer, ORIGIN: origin } },
                    { verify: () => Promise.reject(new Error("asked")) },
                );
                assert.equal(effect(result), "Deny");
                assert.equal(result.policyDocument.Statement[0].Resource, METHOD_ARN);
            }
        });

        it("to a token that names no user, and says what to configure", async () => {
            assert.equal(effect(await authorize({ headers: bearer }, { userIdClaim: "email" })), "Deny");
            assert.match(log.lines[0]?.message ?? "", /USER_ID_CLAIM/);
        });

        it("to a token whose claims are too many for the gateway, and says what to configure", async () => {
            const groups = Array.from({ length: 1_000 }, (_, n) => `group-${n}`);
            assert.equal(effect(await authorize({ headers: bearer }, verified({ sub: "ada", groups }))), "Deny");
            assert.match(log.lines[0]?.message ?? "", /FORWARDED_CLAIMS/);
        });
    });

    it("refuses in few words, however long the origin or the user's id is", async () => {
        const long = `https://${"x".repeat(9_000)}.example`;
        const results = [
            await authorize({ headers: { ...bearer, Origin: long } }),
            await authorize({ headers: bearer }, verified({ sub: '"'.repeat(7_000) })),
        ];
        for (const result of results) {
            assert.equal(effect(result), "Deny");
            assert.ok(JSON.stringify(result).length < 500);
        }
        assert.ok(log.lines.every((line) => JSON.stringify(line).length < 1_000));
    });

    it("allows pages of the configured origins, and what is no page", async () => {
        for (const headers of [
            { ...bearer, origin: "https://app.example.com" },
            { ...bearer, Origin: "https://APP.example.com" },
            { ...bearer, Origin: "https://pr-7.preview.example.com" },
            bearer,
        ]) {
            assert.equal(effect(await authorize({ headers })), "Allow");
        }
        assert.equal(
            effect(
                await authorize(
                    { headers: { ...bearer, Origin: "https://any.example" } },
                    { allowsOrigin: () => true },
                ),
            ),
            "Allow",
        );
    });

    it("fails, and does not answer 401, where the issuer is out of reach", async () => {
        await assert.rejects(authorize({ headers: bearer }, { verify: () => Promise.reject(new Error("no issuer")) }), {
            message: "no issuer",
        });
    });

    it("keeps the whole answer under 8 KB, up to the last byte", async () => {
        const size = async (length: number): Promise<{ effect: string; bytes: number }> => {
            const result = await authorize({ headers: bearer }, verified({ sub: "ada", pad: "x".repeat(length) }));
            return { effect: effect(result), bytes: Buffer.byteLength(JSON.stringify(result)) };
        };
        const room = 8_192 - (await size(0)).bytes;
        assert.deepEqual(await size(room), { effect: "Allow", bytes: 8_192 });
        assert.equal((await size(room + 1)).effect, "Deny");
    });

    describe("forwards", () => {
        const claims = {
            iss: "i",
            aud: "a",
            exp: 1,
            iat: 1,
            nbf: 1,
            jti: "j",
            sub: "ada",
            email: "a@b",
            roles: ["x"],
            n: 1,
            yes: true,
            address: { city: "x" },
            nested: [[1]],
            none: null,
        };

        it("all claims that a rule can compare, but not those about the token itself", async () => {
            const { context } = await authorize({ headers: bearer }, verified(claims));
            assert.deepEqual(JSON.parse(context?.claims ?? ""), {
                sub: "ada",
                email: "a@b",
                roles: ["x"],
                n: 1,
                yes: true,
                address: { city: "x" },
                aud: "a",
            });
        });

        it("objects as far as they lead to something that a rule can compare", async () => {
            const token = { sub: "ada", realm_access: { roles: ["a", {}], empty: {} }, nothing: { at: { all: null } } };
            const { context } = await authorize({ headers: bearer }, verified(token));
            assert.deepEqual(JSON.parse(context?.claims ?? ""), { sub: "ada", realm_access: { roles: ["a"] } });
        });

        it("of an object with much in it the part that is configured, by its path", async () => {
            const token = {
                sub: "ada",
                resource_access: {
                    web: { roles: ["cook"] },
                    ...Object.fromEntries(
                        Array.from({ length: 500 }, (_, n) => [`client-${n}`, { roles: ["view-profile"] }]),
                    ),
                },
                "https://example.com/roles": ["staff"],
            };
            assert.equal(effect(await authorize({ headers: bearer }, verified(token))), "Deny");
            const { context } = await authorize(
                { headers: bearer },
                { ...verified(token), forwardedClaims: ["resource_access.web.roles", "https://example.com/roles"] },
            );
            const { claims: forwarded } = fromContext(context);
            assert.deepEqual(claimTexts(forwarded, "resource_access.web.roles"), ["cook"]);
            assert.deepEqual(claimTexts(forwarded, "https://example.com/roles"), ["staff"]);
        });

        it("the configured ones alone, and always the one that names the user", async () => {
            const { context } = await authorize(
                { headers: bearer },
                { ...verified(claims), forwardedClaims: ["roles", "absent", "nested", "exp"] },
            );
            assert.deepEqual(JSON.parse(context?.claims ?? ""), { roles: ["x"], sub: "ada" });
        });
    });

    it("takes the user from the configured claim", async () => {
        const { context, principalId } = await authorize(
            { headers: bearer },
            { ...verified({ sub: "1", email: "a@b" }), userIdClaim: "email" },
        );
        assert.deepEqual([context?.userId, principalId], ["a@b", "a@b"]);
        const nested = { ...verified({ sub: "1", app_metadata: { id: "ada" } }), userIdClaim: "app_metadata.id" };
        assert.equal((await authorize({ headers: bearer }, nested)).principalId, "ada");
    });

    async function authorize(
        request: Parameters<typeof authorizeEvent>[0],
        overrides: Partial<AuthorizeDeps> = {},
    ): Promise<AuthorizerResult> {
        const handler = createAuthorizeHandler({
            ...verified({ sub: "ada", role: "staff" }),
            allowsOrigin: originMatcher(["https://app.example.com", "https://*.preview.example.com"]),
            tokenInQuery: false,
            userIdClaim: "sub",
            log,
            ...overrides,
        });
        return handler(authorizeEvent(request));
    }
});

/** Knows one good token, with these claims. */
function verified(claims: Readonly<Record<string, unknown>>): Pick<AuthorizeDeps, "verify"> {
    return {
        verify: async (token) =>
            token === "good"
                ? { ok: true, value: { claims, expiresAt: EXPIRES_AT } }
                : { ok: false, reason: "It is bad." },
    };
}

function effect(result: AuthorizerResult): string {
    return result.policyDocument.Statement[0].Effect;
}
