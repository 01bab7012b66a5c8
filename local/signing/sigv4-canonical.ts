import { createHash } from "node:crypto";

/** A request as it came over the wire. */
export interface SignedRequest {
    readonly method: string;
    /** Path and query as sent: `/v1/@connections/abc%3D?x=1`. */
    readonly url: string;
    /** Names in lower case, as node:http gives them. */
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly body: Uint8Array;
}

const EMPTY_HASH = createHash("sha256").digest("hex");

/**
 * The canonical request of Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * The payload's hash is always computed, never taken from `x-amz-content-sha256`: a header that lies about the body
 * then fails to verify.
 *
 * @param encodePathTwice Every service but S3 encodes the (already encoded) path once more.
 */
export function canonicalRequest(
    request: SignedRequest,
    signedHeaders: readonly string[],
    encodePathTwice: boolean,
): string {
    const queryStart = request.url.indexOf("?");
    const path = queryStart < 0 ? request.url : request.url.slice(0, queryStart);
    const query = queryStart < 0 ? "" : request.url.slice(queryStart + 1);
    const headers = signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}\n`).join("");
    return [
        request.method,
        encodePathTwice ? canonicalPath(path) : path,
        canonicalQuery(query),
        headers,
        signedHeaders.join(";"),
        request.body.length === 0 ? EMPTY_HASH : createHash("sha256").update(request.body).digest("hex"),
    ].join("\n");
}

function canonicalPath(path: string): string {
    if (path === "/" || path === "") {
        return "/";
    }
    const segments: string[] = [];
    for (const segment of path.split("/")) {
        if (segment === "..") {
            segments.pop();
        } else if (segment !== "." && segment !== "") {
            segments.push(encode(segment));
        }
    }
    const trailingSlash = path.endsWith("/") && segments.length > 0 ? "/" : "";
    return `/${segments.join("/")}${trailingSlash}`;
}

function canonicalQuery(query: string): string {
    if (query === "") {
        return "";
    }
    const pairs = query.split("&").filter((pair) => pair !== "");
    const encoded = pairs.map((pair): [string, string] => {
        const at = pair.indexOf("=");
        const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
        return [encode(decode(name)), encode(decode(value))];
    });
    encoded.sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue));
    return encoded.map(([name, value]) => `${name}=${value}`).join("&");
}

function canonicalHeader(value: string | readonly string[] | undefined): string {
    const values = typeof value === "object" ? value : [value ?? ""];
    return values.map((one) => one.trim().replace(/ +/g, " ")).join(",");
}

/** RFC 3986: everything but the unreserved characters, which encodeURIComponent does not do for these five. */
function encode(text: string): string {
    return encodeURIComponent(text).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

function decode(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

function compare(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}
