import { createHash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";

export interface PageSettings {
    /** Where the page connects. */
    readonly webSocketUrl: string;
    /** Where it gets a token for a customer's name. Without it, visitors paste a token of their own. */
    readonly tokenUrl?: string | undefined;
}

/** Serves the page, with the settings in it, under a content security policy that allows only its own needs. */
export function createPage(
    template: string,
    settings: PageSettings,
): (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2> {
    const body = insertSettings(template, settings);
    const headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": contentSecurityPolicy(body, settings),
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    };
    return async (event) => {
        switch (event.requestContext.http.method) {
            case "GET":
                return { statusCode: 200, headers, body };
            case "HEAD":
                return { statusCode: 200, headers };
            default:
                return { statusCode: 405, headers: { allow: "GET, HEAD" } };
        }
    };
}

function insertSettings(template: string, settings: PageSettings): string {
    // "<" in JSON could otherwise end the script element that the settings are in.
    const json = JSON.stringify(settings).replaceAll("<", "\\u003c");
    return template.replace('"SETTINGS"', () => json);
}

function contentSecurityPolicy(body: string, { webSocketUrl, tokenUrl }: PageSettings): string {
    const connect = tokenUrl === undefined ? [webSocketUrl] : [webSocketUrl, tokenUrl];
    return [
        "default-src 'none'",
        `script-src ${hash(body, "script")}`,
        `style-src ${hash(body, "style")}`,
        `connect-src ${connect.map(originOf).join(" ")}`,
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ].join("; ");
}

/** `URL.origin` knows none for a WebSocket. */
function originOf(url: string): string {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
}

/** The page's own inline element of that name, and no other, may take effect. */
function hash(body: string, element: "script" | "style"): string {
    const [, content = ""] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(body) ?? [];
    return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
