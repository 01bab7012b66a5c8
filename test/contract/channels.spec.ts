import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { parseChannel, resolveChannel } from "../../contract/channels";
import { MAX_CHANNEL_LENGTH, MAX_CHANNEL_SEGMENTS } from "../../contract/limits";

describe("parseChannel", () => {
    it("reads a channel's namespace and segments", () => {
        const channel = parseChannel("orders/ada/42");
        assert.deepEqual(channel, {
            ok: true,
            value: { kind: "plain", name: "orders/ada/42", namespace: "orders", segments: ["orders", "ada", "42"] },
        });
    });

    for (const name of [
        "a",
        "orders/A.b_c:d-f",
        "orders/@all",
        "orders/@user/ada",
        "x".repeat(64),
        `orders/${"x".repeat(3_993)}`,
        "orders/ada%40example.com",
        "orders/%40all",
        "orders/@user/auth0%7C64f0",
        Array(16).fill("s").join("/"),
    ]) {
        it(`takes ${name.slice(0, 40)}`, () => {
            assert.equal(parseChannel(name).ok, true);
        });
    }

    const refused: readonly (readonly [string, unknown])[] = [
        ["nothing", undefined],
        ["a number", 42],
        ["an empty text", ""],
        ["an empty segment", "orders//1"],
        ["a slash at the end", "orders/"],
        ["a slash at the beginning", "/orders"],
        ["a wildcard", "orders/*"],
        ["a blank", "orders/a b"],
        ["a line break at the end", "orders/a\n"],
        ["a letter beyond ASCII", "orders/ä"],
        ["4,001 characters", `orders/${"x".repeat(3_994)}`],
        ["a namespace of 65 characters", "x".repeat(65)],
        ["a namespace with a byte that is encoded", "or%20ders/1"],
        ["an @ inside a segment, which is written %40", "orders/ada@example.com"],
        ["lower-case hexadecimal digits", "orders/a%7cb"],
        ["what is encoded without need", "orders/%41da"],
        ["what is no UTF-8", "orders/%FF"],
        ["17 segments", Array(17).fill("s").join("/")],
        ["an unknown reserved segment", "orders/@nobody"],
        ["a reserved namespace", "@all"],
        ["@me, which only a subscriber has", "orders/@me"],
        ["@all with more after it", "orders/@all/1"],
        ["@all deeper down", "orders/1/@all"],
        ["@user without a user", "orders/@user"],
        ["@user with a reserved user", "orders/@user/@all"],
        ["@user with more after it", "orders/@user/ada/1"],
    ];
    for (const [what, text] of refused) {
        it(`refuses ${what}`, () => {
            assert.equal(parseChannel(text).ok, false);
        });
    }

    it("accepts nothing outside its alphabet, whatever the text", () => {
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z@*{}/._:%2A-]{0,40}$/)), (text) => {
                const channel = parseChannel(text);
                if (channel.ok) {
                    assert.match(text, /^[A-Za-z0-9._:-]+(\/(@all|@user|([A-Za-z0-9._:-]|%[0-9A-F]{2})+))*$/);
                    assert.ok(text.length <= MAX_CHANNEL_LENGTH);
                    assert.ok(channel.value.segments.length <= MAX_CHANNEL_SEGMENTS);
                    assert.equal(channel.value.segments.join("/"), text);
                    assert.equal(
                        channel.value.segments.some((segment) => segment.startsWith("@")),
                        channel.value.kind !== "plain",
                    );
                }
            }),
        );
    });
});

describe("resolveChannel", () => {
    it("turns @me into the subscriber's own channel", () => {
        const channel = resolveChannel("orders/@me", "ada");
        assert.equal(channel.ok && channel.value.name, "orders/@user/ada");
    });

    it("leaves every other channel as it is", () => {
        const channel = resolveChannel("orders/1", "ada");
        assert.equal(channel.ok && channel.value.name, "orders/1");
    });

    it("answers bad_request to what is no channel", () => {
        for (const text of ["orders/@me/1", "@me", "", null, 1, {}]) {
            const channel = resolveChannel(text, "ada");
            assert.equal(channel.ok || channel.reason.code, "bad_request");
        }
    });

    it("encodes the user's id in @me, whatever it is", () => {
        for (const [userId, name] of [
            ["auth0|64f0", "orders/@user/auth0%7C64f0"],
            ["ada+shop@example.com", "orders/@user/ada%2Bshop%40example.com"],
            ["a/b", "orders/@user/a%2Fb"],
            ["*", "orders/@user/%2A"],
            ["@all", "orders/@user/%40all"],
            ["ü".repeat(300), `orders/@user/${"%C3%BC".repeat(300)}`],
            ["😀".repeat(300), `orders/@user/${"%F0%9F%98%80".repeat(300)}`],
        ] as const) {
            const channel = resolveChannel("orders/@me", userId);
            assert.ok(channel.ok && channel.value.kind === "user");
            assert.deepEqual([channel.value.name, channel.value.userId], [name, userId]);
        }
    });

    it("refuses in few words, however long what is asked for is", () => {
        for (const text of [`orders/${"|".repeat(3_900)}`, `orders/${"😀".repeat(20)}`, "x".repeat(9_000)]) {
            const channel = resolveChannel(text, "ada");
            assert.ok(!channel.ok && channel.reason.message.length < 800);
        }
    });

    it("says how a value is written that stands in a channel as it is", () => {
        const channel = resolveChannel("orders/auth0|64f0", "ada");
        assert.match(channel.ok ? "" : channel.reason.message, /"auth0\|64f0" is written auth0%7C64f0/);
    });

    it("answers forbidden to @me of a user for whose id no channel can stand", () => {
        for (const userId of ["", "\ud800", "x".repeat(4_000)]) {
            const channel = resolveChannel("orders/@me", userId);
            assert.equal(channel.ok || channel.reason.code, "forbidden");
        }
    });

    it("lets no user id address another channel", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (userId) => {
                const channel = resolveChannel("orders/@me", userId);
                if (channel.ok) {
                    assert.ok(channel.value.kind === "user" && channel.value.userId === userId);
                }
            }),
        );
    });
});
