/** How an integration ended. */
export type IntegrationResult =
    | {
          readonly ok: true;
          readonly statusCode: number;
          /** Names in lower case. */
          readonly headers: Readonly<Record<string, string>>;
          /** "" when there is none. */
          readonly body: string;
      }
    | {
          readonly ok: false;
          /** Whether the function is to blame, its slowness, or the API's configuration. */
          readonly fault: "function" | "timeout" | "configuration";
          readonly reason: string;
      };

/**
 * Reads what a function of a proxy integration returned: an object with a `statusCode`, and if it likes a `body`, which
 * is a string, and `headers`. Anything else is malformed, a missing `statusCode` included.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function parseProxyResponse(payload: unknown): IntegrationResult {
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
        return malformed(`it is ${JSON.stringify(payload ?? null)}, not an object with a statusCode`);
    }
    const { statusCode, body, headers } = payload as Readonly<Record<string, unknown>>;
    const status = typeof statusCode === "string" ? Number(statusCode) : statusCode;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
        return malformed(`its statusCode is ${JSON.stringify(statusCode ?? null)}`);
    }
    if (typeof body !== "string" && body !== undefined && body !== null) {
        return malformed("its body is not a string");
    }
    return { ok: true, statusCode: status, headers: lowerCase(headers), body: body ?? "" };
}

function lowerCase(headers: unknown): Readonly<Record<string, string>> {
    const pairs = Object.entries(typeof headers === "object" && headers !== null ? headers : {});
    return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function malformed(why: string): IntegrationResult {
    return { ok: false, fault: "function", reason: `the function's response is malformed: ${why}` };
}
