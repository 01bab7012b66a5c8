import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { originAdvice, originMatcher } from "../../contract/origins";
import { check, ORIGINS } from "../../contract/values";

describe("Origins of pages that may connect", () => {
    for (const origin of [
        "https://shop.example.com",
        "http://localhost:5173",
        "http://[::1]:8080",
        "https://xn--mller-kva.example",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "https://tauri.localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        "safari-web-extension://E3449EA7-EC25-4696-8E6C-4A2E2B3F1C3D",
        "vscode-webview://1tjs9u7gkbvm",
        "app://obsidian.md",
        "file://",
    ]) {
        it(`are ${origin}, and it alone`, () => {
            const allows = parsed(origin);
            assert.equal(allows(origin), true);
            assert.equal(allows(`${origin}.evil.example`), false);
            assert.equal(allows("null"), false);
            assert.equal(allows(""), false);
        });
    }

    describe("below a domain, https://*.preview.example.com,", () => {
        const allows = parsed("https://*.preview.example.com");

        for (const origin of [
            "https://pr-7.preview.example.com",
            "https://a.b.preview.example.com",
            "https://PR-7.preview.example.com",
        ]) {
            it(`are ${origin}: one label or more`, () => {
                assert.equal(allows(origin), true);
            });
        }

        for (const origin of [
            "https://preview.example.com",
            "https://.preview.example.com",
            "https://evilpreview.example.com",
            "http://pr-7.preview.example.com",
            "https://pr-7.preview.example.com:8443",
            "https://pr-7.preview.example.com.evil.example",
            "https://evil.example/.preview.example.com",
            "https://evil.example#.preview.example.com",
            "https://evil.example?.preview.example.com",
            "https://user@a.preview.example.com",
            "https://pr-7.previewxexample.com",
            "https://*.preview.example.com",
        ]) {
            it(`are not ${origin}`, () => {
                assert.equal(allows(origin), false);
            });
        }

        it("have its port, where it names one", () => {
            assert.equal(parsed("http://*.app.localhost:3000")("http://a.app.localhost:3000"), true);
            assert.equal(parsed("http://*.app.localhost:3000")("http://a.app.localhost"), false);
        });
    });

    it("are all with a star alone", () => {
        assert.equal(parsed("*")("https://any.example"), true);
    });

    describe("are refused at once where they could match nothing:", () => {
        for (const [origin, wanted] of [
            ["https://shop.example.com/", /which has no path: https:\/\/shop\.example\.com$/],
            ["https://shop.example.com/app", /: https:\/\/shop\.example\.com$/],
            ["https://shop.example.com:443", /: https:\/\/shop\.example\.com$/],
            ["HTTPS://Shop.example.com", /: https:\/\/shop\.example\.com$/],
            ["https://müller.example", /: https:\/\/xn--mller-kva\.example$/],
            ["wss://shop.example.com", /: https:\/\/shop\.example\.com$/],
            ["capacitor://localhost/", /: capacitor:\/\/localhost$/],
            ["shop.example.com", /: https:\/\/shop\.example\.com$/],
            ["null", /sandboxed/],
            ["file:///index.html", /as browsers send it/],
            ["data:text/html,x", /as browsers send it/],
            ["chrome-extension://*", /one label or more/],
            ["https://*", /one label or more/],
            ["https://*.com", /two labels or more/],
            ["https://a.*.example.com", /one label or more/],
            ["https://*.preview.example.com/", /one label or more/],
            ["https://*.preview.example.com:443", /one label or more/],
            ["https://pr-*.example.com", /one label or more/],
            ["", /as browsers send it/],
        ] as const) {
            it(JSON.stringify(origin), () => {
                assert.match(originAdvice(origin) ?? "", wanted);
                assert.equal(originMatcher([origin])(origin), false);
            });
        }

        it("which a setting says with the value and its place, as it says that a star is beside others", () => {
            const problems = (value: unknown): readonly string[] => {
                const found: string[] = [];
                check(ORIGINS, value, (reason, path = "") => found.push(`${path} ${reason}`));
                return found;
            };
            assert.deepEqual(problems(["https://ok.example", "https://shop.example.com/"]), [
                '[1] is "https://shop.example.com/"; write an origin as browsers send it, which has no path: ' +
                    "https://shop.example.com",
            ]);
            assert.match(problems([]).join(), /write a list with at least one item/);
            assert.match(problems(["*", "https://ok.example"]).join(), /beside other origins/);
            assert.deepEqual(problems(["https://*.preview.example.com", "tauri://localhost"]), []);
        });
    });

    it("let in no origin outside the domain below which they are, whatever a client sends", () => {
        const allows = parsed("https://*.preview.example.com");
        const part = fc.constantFrom(
            "https://",
            "http://",
            "evil.example",
            ".",
            "preview.example.com",
            "/",
            "#",
            "@",
            ":1",
            "a",
        );
        fc.assert(
            fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
                const origin = parts.join("");
                if (allows(origin)) {
                    assert.match(new URL(origin).hostname, /.\.preview\.example\.com$/);
                    assert.equal(new URL(origin).origin, origin);
                }
            }),
            { numRuns: 2_000 },
        );
    });
});

function parsed(origin: string): (origin: string) => boolean {
    assert.equal(originAdvice(origin), undefined);
    return originMatcher(["https://other.example", origin]);
}
