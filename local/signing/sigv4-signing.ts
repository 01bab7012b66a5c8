import { createHash, createHmac } from "node:crypto";
import type { AwsCredentials } from "./credentials";
import { canonicalRequest, type SignedRequest } from "./sigv4-canonical";

export const ALGORITHM = "AWS4-HMAC-SHA256";

/** What a signature is valid for. */
export interface SigningScope {
    readonly region: string;
    /** The service's signing name, for example `dynamodb`. */
    readonly service: string;
}

/** The request's headers (a `host` among them) with those added that sign it. */
export function signedHeaders(
    request: SignedRequest & { readonly headers: Readonly<Record<string, string>> },
    credentials: AwsCredentials,
    scope: SigningScope,
    now: number,
): Record<string, string> {
    const time = basicTime(now);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const headers: Record<string, string> = { ...request.headers, "x-amz-date": time };
    if (sessionToken !== undefined) {
        headers["x-amz-security-token"] = sessionToken;
    }
    const names = Object.keys(headers).sort();
    const canonical = canonicalRequest({ ...request, headers }, names, scope.service !== "s3");
    const date = time.slice(0, 8);
    const key = deriveSigningKey(secretAccessKey, date, scope.region, scope.service);
    const signature = hmac(key, stringToSign(canonical, time, scope)).toString("hex");
    const credential = `${accessKeyId}/${date}/${scope.region}/${scope.service}/aws4_request`;
    const signed = `SignedHeaders=${names.join(";")}, Signature=${signature}`;
    headers.authorization = `${ALGORITHM} Credential=${credential}, ${signed}`;
    return headers;
}

/** @param time `20130609T100015Z` */
export function stringToSign(canonical: string, time: string, { region, service }: SigningScope): string {
    const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
    return `${ALGORITHM}\n${time}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
}

/** @param date YYYYMMDD */
export function deriveSigningKey(secret: string, date: string, region: string, service: string): Buffer {
    return [date, region, service, "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
}

export function hmac(key: Buffer, data: string): Buffer {
    return createHmac("sha256", key).update(data).digest();
}

/** Epoch milliseconds as `20130609T100015Z`. */
export function basicTime(time: number): string {
    return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}
