import { createHmac, hash } from "node:crypto";
import type { CredentialProvider, Credentials } from "./credentials";

/** The bytes to post, with the hash that every signature of them needs: made once, signed for each connection. */
export interface Payload {
    readonly bytes: Buffer;
    /** Hexadecimal SHA-256 of the bytes. */
    readonly sha256: string;
}

/** Header names and values in turn, all in lower case, as undici takes them. */
export type SignedHeaders = string[];

export interface SignerOptions {
    /** As in the `Host` header, with the port where it is not the scheme's own. */
    readonly host: string;
    readonly region: string;
    readonly service: string;
    readonly credentials: CredentialProvider;
    /** Epoch milliseconds. */
    readonly clock: () => number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const CONTENT_TYPE = "application/octet-stream";

export function createPayload(text: string): Payload {
    const bytes = Buffer.from(text);
    return { bytes, sha256: sha256Hex(bytes) };
}

/**
 * Signs POST requests with AWS Signature Version 4, and puts the signature into headers:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 *
 * Everything but the path and the payload stays the same for a second, so it is made once per second; the credentials
 * are asked for as often. The signing key lasts as long as they and the day do. What is left for each request are three
 * hashes of bytes that lie ready but for the path: a session token alone has a kilobyte, which would otherwise be put
 * together, encoded and thrown away for each.
 */
export class Signer {
    private moment: Moment | undefined;
    private signingKey: SigningKey | undefined;

    constructor(private readonly options: SignerOptions) {}

    /** @param canonicalPath the path as it is signed, see {@link canonicalPath}. */
    sign(canonicalPath: string, payload: Payload): SignedHeaders {
        const moment = this.currentMoment();
        const signature = moment.signature.of(moment.requestOf(payload).sha256(canonicalPath));
        const headers = [
            "content-type",
            CONTENT_TYPE,
            "x-amz-content-sha256",
            payload.sha256,
            "x-amz-date",
            moment.date,
            "authorization",
            `${moment.authorization}${signature}`,
        ];
        if (moment.sessionToken !== undefined) {
            headers.push("x-amz-security-token", moment.sessionToken);
        }
        return headers;
    }

    private currentMoment(): Moment {
        const second = Math.floor(this.options.clock() / 1000);
        if (this.moment?.second !== second) {
            this.moment = this.createMoment(second);
        }
        return this.moment;
    }

    private createMoment(second: number): Moment {
        const { host, region, service } = this.options;
        const credentials = this.options.credentials();
        const { accessKeyId, sessionToken } = credentials;
        const date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, "");
        const day = date.slice(0, 8);
        const scope = `${day}/${region}/${service}/aws4_request`;
        const tokenName = sessionToken === undefined ? "" : ";x-amz-security-token";
        const signedNames = `content-type;host;x-amz-content-sha256;x-amz-date${tokenName}`;
        const token = sessionToken === undefined ? "" : `x-amz-security-token:${sessionToken}\n`;
        const afterPath = (sha256: string): string =>
            `\n\ncontent-type:${CONTENT_TYPE}\nhost:${host}\nx-amz-content-sha256:${sha256}\n` +
            `x-amz-date:${date}\n${token}\n${signedNames}\n${sha256}`;
        const requests = new WeakMap<Payload, CanonicalRequest>();
        return {
            second,
            date,
            sessionToken,
            authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=`,
            signature: new Signature(this.keyFor(credentials, day), `${ALGORITHM}\n${date}\n${scope}\n`),
            requestOf(payload) {
                const known = requests.get(payload);
                if (known !== undefined) {
                    return known;
                }
                const request = new CanonicalRequest(afterPath(payload.sha256));
                requests.set(payload, request);
                return request;
            },
        };
    }

    private keyFor({ secretAccessKey }: Credentials, day: string): Buffer {
        if (this.signingKey?.secretAccessKey !== secretAccessKey || this.signingKey.day !== day) {
            const { region, service } = this.options;
            const ofDay = hmac(`AWS4${secretAccessKey}`, day);
            const key = hmac(hmac(hmac(ofDay, region), service), "aws4_request");
            this.signingKey = { secretAccessKey, day, key };
        }
        return this.signingKey.key;
    }
}

/**
 * The path as Signature Version 4 wants it for every service but S3: each segment, already percent-encoded for the
 * wire, encoded once more.
 */
export function canonicalPath(wirePath: string): string {
    return wirePath.split("/").map(percentEncode).join("/");
}

/** Percent-encodes all but RFC 3986's unreserved characters: `encodeURIComponent` leaves five more as they are. */
export function percentEncode(text: string): string {
    return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What all requests of one second share. */
interface Moment {
    readonly second: number;
    /** `20240209T181143Z` */
    readonly date: string;
    readonly sessionToken: string | undefined;
    /** The authorization header up to the signature. */
    readonly authorization: string;
    readonly signature: Signature;
    /** The same for each request with that payload. */
    readonly requestOf: (payload: Payload) => CanonicalRequest;
}

interface SigningKey {
    readonly secretAccessKey: string;
    readonly day: string;
    readonly key: Buffer;
}

/** Room for the method and most paths: a connection's id has some 20 characters, twice encoded. */
const HEAD_BYTES = 256;

/** The canonical request to one path after another: each is written before what follows it, which lies ready. */
class CanonicalRequest {
    private readonly bytes: Buffer;

    constructor(private readonly afterPath: string) {
        this.bytes = Buffer.from(`${" ".repeat(HEAD_BYTES)}${afterPath}`);
    }

    sha256(canonicalPath: string): string {
        const head = `POST\n${canonicalPath}`;
        const start = HEAD_BYTES - head.length;
        if (start < 0) {
            return sha256Hex(`${head}${this.afterPath}`);
        }
        // A canonical path is percent-encoded: a byte for each character.
        this.bytes.write(head, start, "latin1");
        return sha256Hex(this.bytes.subarray(start));
    }
}

/** The block of SHA-256, and the length of one in hexadecimal digits. */
const BLOCK_BYTES = 64;
const HEX_BYTES = 64;

/**
 * The signature of one canonical request after another: HMAC-SHA256 of a string to sign of which only the end, the
 * request's hash, is new. As two hashes (RFC 2104): Node's own HMAC makes a native object for each message, which costs
 * more than both, most of it when it is collected.
 */
class Signature {
    private readonly inner: Buffer;
    private readonly outer: Buffer;

    /** @param key of a block at most. */
    constructor(key: Buffer, beforeHash: string) {
        const block = Buffer.alloc(BLOCK_BYTES);
        key.copy(block);
        const pad = (by: number): Buffer => Buffer.from(block.map((byte) => byte ^ by));
        this.inner = Buffer.concat([pad(0x36), Buffer.from(beforeHash), Buffer.alloc(HEX_BYTES)]);
        this.outer = Buffer.concat([pad(0x5c), Buffer.alloc(BLOCK_BYTES / 2)]);
    }

    of(requestSha256: string): string {
        this.inner.write(requestSha256, this.inner.length - HEX_BYTES, "latin1");
        this.outer.write(hash("sha256", this.inner, "binary"), BLOCK_BYTES, "latin1");
        return sha256Hex(this.outer);
    }
}

function hmac(key: string | Buffer, text: string): Buffer {
    return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(data: string | Buffer): string {
    return hash("sha256", data, "hex");
}
