import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { buildPage } from "../../../examples/orders-service/build-page";
import type { PageSettings } from "../../../examples/orders-service/functions/page/handler";
import { createPage } from "../../../examples/orders-service/functions/page/handler";

const TEMPLATE = buildPage();
const SETTINGS: PageSettings = {
    webSocketUrl: "wss://api.example.com/v1",
    tokenUrl: "http://127.0.0.1:4510/_issuer/token",
};

async function get(
    settings: PageSettings = SETTINGS,
    method = "GET",
): Promise<{ status: number | undefined; body: string; headers: Record<string, unknown> }> {
    const event = { requestContext: { http: { method } } } as unknown as LambdaFunctionURLEvent;
    const { statusCode, body = "", headers = {} } = await createPage(TEMPLATE, settings)(event);
    return { status: statusCode, body, headers };
}

/** The directives of the page's content security policy. */
async function policy(settings: PageSettings = SETTINGS): Promise<Map<string, string>> {
    const { headers } = await get(settings);
    return new Map(
        String(headers["content-security-policy"])
            .split("; ")
            .map((directive) => {
                const [name = "", ...sources] = directive.split(" ");
                return [name, sources.join(" ")];
            }),
    );
}

describe("the orders page", () => {
    it("is one page with its settings in it", async () => {
        const { status, body, headers } = await get();
        assert.equal(status, 200);
        assert.equal(headers["content-type"], "text/html; charset=utf-8");
        const [, settings = ""] = /<script type="application\/json" id="settings">(.*?)<\/script>/.exec(body) ?? [];
        assert.deepEqual(JSON.parse(settings), SETTINGS);
    });

    it("cannot be broken out of by a setting", async () => {
        const webSocketUrl = "wss://api.example.com/v1?</script><script>alert(1)</script>";
        const { body } = await get({ webSocketUrl });
        assert.equal(body.split("</script>").length, TEMPLATE.split("</script>").length);
        assert.ok(!body.includes("alert(1)</script>"));
    });

    it("may run its own script and style, by their hashes, and nothing else", async () => {
        const { body } = await get();
        const hash = (element: string): string => {
            const [, content = ""] = new RegExp(`<${element}>([^]*)</${element}>`).exec(body) ?? [];
            assert.ok(content.length > 100);
            return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
        };
        const directives = await policy();
        assert.equal(directives.get("default-src"), "'none'");
        assert.equal(directives.get("script-src"), hash("script"));
        assert.equal(directives.get("style-src"), hash("style"));
        assert.equal(directives.get("frame-ancestors"), "'none'");
    });

    it("may connect to the gateway and the token service, and nowhere else", async () => {
        assert.equal((await policy()).get("connect-src"), "wss://api.example.com http://127.0.0.1:4510");
        assert.equal(
            (await policy({ webSocketUrl: "ws://127.0.0.1:4510/v1" })).get("connect-src"),
            "ws://127.0.0.1:4510",
        );
    });

    it("loads nothing from elsewhere", () => {
        assert.doesNotMatch(TEMPLATE, /<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/);
        assert.doesNotMatch(TEMPLATE, /url\(|@import/);
    });

    it("never writes data as markup", () => {
        assert.doesNotMatch(TEMPLATE, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
    });

    it("answers HEAD without a body, and refuses what is no reading", async () => {
        const head = await get(SETTINGS, "HEAD");
        assert.deepEqual([head.status, head.body], [200, ""]);
        assert.equal((await get(SETTINGS, "POST")).status, 405);
    });
});
