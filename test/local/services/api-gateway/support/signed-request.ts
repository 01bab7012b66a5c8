import { createHash, createHmac, type BinaryLike } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity } from "./test-gateway";

/** SHA-256 as the signer wants it. */
class Sha256 {
    readonly #hash;

    constructor(secret?: unknown) {
        this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as BinaryLike);
    }

    update(data: unknown): void {
        this.#hash.update(data as BinaryLike);
    }

    digest(): Promise<Uint8Array> {
        return Promise.resolve(this.#hash.digest());
    }
}

export interface UnsignedRequest {
    readonly service: string;
    readonly method: string;
    /** For example `http://127.0.0.1:4510/v1`. */
    readonly url: string;
    readonly body?: string;
}

/** A URL that is signed for whoever has it, by AWS's own signer, as a page gets it for its handshake. */
export async function signedUrl(
    credentials: AwsCredentialIdentity,
    { service, url }: Pick<UnsignedRequest, "service" | "url">,
    expiresIn = 60,
): Promise<string> {
    const signer = new SignatureV4({ credentials, region: "us-east-1", service, sha256: Sha256, applyChecksum: false });
    const { host, hostname, port, pathname, searchParams } = new URL(url);
    const { query = {} } = await signer.presign(
        {
            method: "GET",
            protocol: "http:",
            hostname,
            port: Number(port),
            path: pathname,
            query: Object.fromEntries(searchParams),
            headers: { host },
        },
        { expiresIn },
    );
    const pairs = Object.entries(query).map(([name, value]) => {
        return `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
    });
    return `ws://${host}${pathname}?${pairs.join("&")}`;
}

/** The headers of a signed request, by AWS's own signer. */
export async function signedHeaders(
    credentials: AwsCredentialIdentity,
    { service, method, url, body }: UnsignedRequest,
): Promise<Record<string, string>> {
    const signer = new SignatureV4({ credentials, region: "us-east-1", service, sha256: Sha256, applyChecksum: false });
    const { host, hostname, port, pathname, searchParams } = new URL(url);
    const { headers } = await signer.sign({
        method,
        protocol: "http:",
        hostname,
        port: Number(port),
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: { host },
        ...(body === undefined ? {} : { body }),
    });
    return headers;
}
