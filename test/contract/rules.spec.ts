import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { parseChannel } from "../../contract/channels";
import type { Claims } from "../../contract/claims";
import { parseRule, permits } from "../../contract/rules";
import { encodeSegment } from "../../contract/segment";

describe("A subscribe rule", () => {
    describe("opens", () => {
        const cases: readonly (readonly [rule: unknown, channel: string, claims: Claims])[] = [
            [{ channel: "orders" }, "orders", {}],
            [{ channel: "orders/1" }, "orders/1", {}],
            [{ channel: "orders/*" }, "orders/1", {}],
            [{ channel: "orders/*/*" }, "orders/1/2", {}],
            [{ channel: "orders/{sub}/*" }, "orders/ada/1", { sub: "ada" }],
            [{ channel: "orders/{tenant}" }, "orders/7", { tenant: 7 }],
            [{ channel: "orders/{teams}" }, "orders/blue", { teams: ["red", "blue"] }],
            [
                { channel: "orders/{https://example.com/tenant}/x" },
                "orders/acme/x",
                { "https://example.com/tenant": "acme" },
            ],
            [{ channel: "orders/@all", claims: { role: "staff" } }, "orders/@all", { role: "staff" }],
            [{ channel: "orders/@all", claims: { roles: "staff" } }, "orders/@all", { roles: ["cook", "staff"] }],
            [{ channel: "orders/@all", claims: { admin: true } }, "orders/@all", { admin: true }],
            [{ channel: "orders/@me" }, "orders/@user/ada", {}],
            [{ channel: "orders/caf%C3%A9/*" }, "orders/caf%C3%A9/a%2Fb", {}],
            [{ channel: "orders/{sub}/*" }, "orders/auth0%7C64f0/1", { sub: "auth0|64f0" }],
            [{ channel: "orders/{sub}" }, "orders/%2A", { sub: "*" }],
            [{ channel: "orders/{sub}" }, "orders/ada%2F1", { sub: "ada/1" }],
            [{ channel: "orders/{sub}" }, "orders/%40all", { sub: "@all" }],
            [{ channel: "orders/{scope}" }, "orders/read", { scope: "openid read" }],
            [{ channel: "orders/{realm_access.roles}" }, "orders/cook", { realm_access: { roles: ["cook"] } }],
            [
                { channel: "orders/{https://example.com/roles}" },
                "orders/cook",
                { "https://example.com/roles": ["cook"] },
            ],
            [{ channel: "orders/{aud}/*" }, "orders/push/1", { aud: ["x", "push"] }],
            [
                { channel: "orders/@all", claims: { scope: "orders:read" } },
                "orders/@all",
                { scope: "openid orders:read" },
            ],
            [
                { channel: "orders/@all", claims: { "resource_access.web.roles": "staff" } },
                "orders/@all",
                { resource_access: { web: { roles: ["staff"] } } },
            ],
        ];
        for (const [rule, channel, claims] of cases) {
            it(`${channel} by ${JSON.stringify(rule)} to ${JSON.stringify(claims)}`, () => {
                assert.equal(opens(rule, channel, claims), true);
            });
        }
    });

    describe("does not open", () => {
        const cases: readonly (readonly [rule: unknown, channel: string, claims: Claims])[] = [
            [{ channel: "orders/1" }, "orders/2", {}],
            [{ channel: "orders/*" }, "orders", {}],
            [{ channel: "orders/*" }, "orders/1/2", {}],
            [{ channel: "orders/*" }, "orders/@all", {}],
            [{ channel: "orders/*/*" }, "orders/@user/bob", {}],
            [{ channel: "orders/{sub}" }, "orders/bob", { sub: "ada" }],
            [{ channel: "orders/{sub}" }, "orders/@all", { sub: "@all" }],
            [{ channel: "orders/{sub}" }, "orders/ada", { sub: "*" }],
            [{ channel: "orders/{sub}" }, "orders/ada/1", { sub: "ada/1" }],
            [{ channel: "orders/{sub}" }, "orders/ada", {}],
            [{ channel: "orders/{sub}" }, "orders/ada", { sub: "" }],
            [{ channel: "orders/{sub}" }, "orders/undefined", {}],
            [{ channel: "orders/{sub}" }, "orders/null", { sub: null }],
            [{ channel: "orders/{sub}" }, "orders/ada", { sub: { ada: "ada" } }],
            [{ channel: "orders/{sub}" }, "orders/ada", { sub: [["ada"]] }],
            [{ channel: "orders/{account}" }, "orders/9007199254740992", { account: 2 ** 53 }],
            [{ channel: "orders/{constructor}" }, "orders/Object", {}],
            [{ channel: "orders/@all", claims: { role: "staff" } }, "orders/@all", { role: "customer" }],
            [{ channel: "orders/@all", claims: { role: "staff" } }, "orders/@all", {}],
            [{ channel: "orders/@all", claims: { role: "staff", site: "x" } }, "orders/@all", { role: "staff" }],
            [{ channel: "orders/@me" }, "orders/@user/bob", {}],
            [{ channel: "orders/@me" }, "orders/@all", {}],
            [{ channel: "orders/@me", claims: { role: "staff" } }, "orders/@user/ada", {}],
            [{ channel: "orders/@all" }, "orders/@user/ada", {}],
            [{ channel: "orders/{sub}" }, "orders/ada%2F1", { sub: "ada%2F1" }],
            [{ channel: "orders/{scope}" }, "orders/openid%20read", { scope: "openid read" }],
            [{ channel: "orders/@all", claims: { scope: "orders" } }, "orders/@all", { scope: "orders:read" }],
            [{ channel: "orders/@all", claims: { role: "staff" } }, "orders/@all", { role: "staff cook" }],
        ];
        for (const [rule, channel, claims] of cases) {
            it(`${channel} by ${JSON.stringify(rule)} to ${JSON.stringify(claims)}`, () => {
                assert.equal(opens(rule, channel, claims), false);
            });
        }
    });

    describe("is refused", () => {
        const cases: readonly unknown[] = [
            null,
            "orders/*",
            {},
            { channel: 1 },
            { channel: "" },
            { channel: "chat/*" },
            { channel: "*/1" },
            { channel: "{sub}/1" },
            { channel: "orders/" },
            { channel: "orders/pre*" },
            { channel: "orders/{}" },
            { channel: "orders/{a}{b}" },
            { channel: "orders/x{a}" },
            { channel: "orders/{a}/b}" },
            { channel: "orders/@user/*" },
            { channel: "orders/@user/ada" },
            { channel: "orders/@me/1" },
            { channel: `orders${"/a".repeat(16)}` },
            { channel: "orders/*", claims: "staff" },
            { channel: "orders/*", claims: { role: ["staff"] } },
            { channel: "orders/café" },
            { channel: "orders/%7c" },
            { channel: "orders/a@b" },
            { channel: `orders/${"x".repeat(4_000)}` },
            // These could never match.
            { channel: "orders/{exp}" },
            { channel: "orders/{realm_access..roles}" },
            { channel: "orders/*", claims: { iss: "https://login.example.com/" } },
            { channel: "orders/*", claims: { "": "x" } },
            { channel: "orders/*", claims: { role: "" } },
            { channel: "orders/*", claims: { scope: "openid read" } },
        ];
        for (const rule of cases) {
            it(JSON.stringify(rule), () => {
                assert.equal(parseRule("orders", rule).ok, false);
            });
        }
    });

    it("is never widened by a claim, whatever the token says", () => {
        const claim = fc.oneof(
            fc.string({ unit: "binary" }),
            fc.constantFrom("*", "@all", "@me", "a/b", "../a", "{sub}", ".*", "ada", "a%2Fb", "%2A", "a,b", "a~b"),
            fc.jsonValue(),
        );
        const channel = fc.constantFrom(
            "orders/ada/1",
            "orders/ada",
            "orders/@all",
            "orders/@user/ada",
            "orders/*",
            "orders/a/b/1",
            "orders/a%2Fb/1",
            "orders/%2A/1",
            "orders/%40all/1",
        );
        fc.assert(
            fc.property(claim, channel, (sub, name) => {
                if (opens({ channel: "orders/{sub}/*" }, name, { sub }, "nobody")) {
                    const [, owner] = name.split("/");
                    const texts = (Array.isArray(sub) ? sub : [sub]).map(String);
                    assert.ok(owner !== undefined && texts.includes(decodeURIComponent(owner)));
                }
            }),
        );
    });

    it("opens to two users the same channel only where their claims are the same text", () => {
        const text = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[a%2F/@*~,]{1,6}$/));
        fc.assert(
            fc.property(text, text, (one, other) => {
                const segment = encodeSegment(one);
                if (segment !== undefined && opens({ channel: "orders/{sub}" }, `orders/${segment}`, { sub: other })) {
                    assert.equal(other, one);
                }
            }),
            { numRuns: 2_000 },
        );
    });

    it("that could never match says why, and what is meant", () => {
        for (const [rule, reason] of [
            [{ channel: "orders/café" }, /"café" is written caf%C3%A9/],
            [{ channel: "orders/{exp}" }, /`exp` says something about the token/],
            [{ channel: "orders/*", claims: { scope: "a b" } }, /"a b", but `scope` is a list of words/],
        ] as const) {
            const parsed = parseRule("orders", rule);
            assert.match(parsed.ok ? "" : parsed.reason, reason);
        }
    });

    it("can be anything at all without a crash", () => {
        fc.assert(
            fc.property(
                fc.anything(),
                fc.oneof(fc.string(), fc.stringMatching(/^orders[/*{}@a-z]{0,30}$/)),
                (claims, channel) => {
                    parseRule("orders", { channel, claims });
                    parseRule("orders", claims);
                },
            ),
        );
    });
});

function opens(rule: unknown, channelName: string, claims: Claims, userId = "ada"): boolean {
    const parsed = parseRule("orders", rule);
    const channel = parseChannel(channelName);
    return parsed.ok && channel.ok && permits([parsed.value], channel.value, { userId, claims });
}
