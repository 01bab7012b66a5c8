import { createHmac, hash } from "node:crypto";
import type { CredentialProvider, Credentials } from "./credentials";

/** What is posted, with the hash that every signature of it needs: made once, signed for each connection. */
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
 * are asked for as often. The signing key lasts as long as they and the day do.
 */
export class Signer {
    private moment: Moment | undefined;
    private signingKey: SigningKey | undefined;

    constructor(private readonly options: SignerOptions) {}

    /** @param canonicalPath the path as it is signed, see {@link canonicalPath}. */
    sign(canonicalPath: string, payload: Payload): SignedHeaders {
        const moment = this.currentMoment();
        const { date, host, scope, sessionToken, signedNames, authorization } = moment;
        const token = sessionToken === undefined ? "" : `x-amz-security-token:${sessionToken}\n`;
        const canonicalRequest =
            `POST\n${canonicalPath}\n\ncontent-type:${CONTENT_TYPE}\nhost:${host}\n` +
            `x-amz-content-sha256:${payload.sha256}\nx-amz-date:${date}\n${token}\n${signedNames}\n${payload.sha256}`;
        const stringToSign = `${ALGORITHM}\n${date}\n${scope}\n${sha256Hex(canonicalRequest)}`;
        const signature = moment.key.hex(stringToSign);
        const headers = [
            "content-type",
            CONTENT_TYPE,
            "x-amz-content-sha256",
            payload.sha256,
            "x-amz-date",
            date,
            "authorization",
            `${authorization}${signature}`,
        ];
        if (sessionToken !== undefined) {
            headers.push("x-amz-security-token", sessionToken);
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
        const date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, "");
        const day = date.slice(0, 8);
        const scope = `${day}/${region}/${service}/aws4_request`;
        const tokenName = credentials.sessionToken === undefined ? "" : ";x-amz-security-token";
        const signedNames = `content-type;host;x-amz-content-sha256;x-amz-date${tokenName}`;
        const credential = `Credential=${credentials.accessKeyId}/${scope}`;
        return {
            second,
            date,
            host,
            scope,
            sessionToken: credentials.sessionToken,
            signedNames,
            authorization: `${ALGORITHM} ${credential}, SignedHeaders=${signedNames}, Signature=`,
            key: this.keyFor(credentials, day),
        };
    }

    private keyFor({ secretAccessKey }: Credentials, day: string): HmacKey {
        if (this.signingKey?.secretAccessKey !== secretAccessKey || this.signingKey.day !== day) {
            const { region, service } = this.options;
            const ofDay = hmac(`AWS4${secretAccessKey}`, day);
            const key = hmac(hmac(hmac(ofDay, region), service), "aws4_request");
            this.signingKey = { secretAccessKey, day, key: new HmacKey(key) };
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

/** The block of SHA-256, in bytes. */
const BLOCK = 64;

/**
 * HMAC-SHA256 under one key of at most a block, made of two hashes (RFC 2104). Node's own makes a native object for each
 * message, which costs more than both hashes, most of it when it is collected.
 */
class HmacKey {
    private readonly inner: Buffer;
    private readonly outer: Buffer;

    constructor(key: Buffer) {
        const block = Buffer.alloc(BLOCK);
        key.copy(block);
        this.inner = block.map((byte) => byte ^ 0x36) as Buffer;
        this.outer = block.map((byte) => byte ^ 0x5c) as Buffer;
    }

    hex(message: string): string {
        const inner = hash("sha256", Buffer.concat([this.inner, Buffer.from(message)]), "buffer");
        return hash("sha256", Buffer.concat([this.outer, inner]), "hex");
    }
}

/** What all requests of one second share. */
interface Moment {
    readonly second: number;
    /** `20240209T181143Z` */
    readonly date: string;
    readonly host: string;
    readonly scope: string;
    readonly sessionToken: string | undefined;
    readonly signedNames: string;
    /** The authorization header up to the signature. */
    readonly authorization: string;
    readonly key: HmacKey;
}

interface SigningKey {
    readonly secretAccessKey: string;
    readonly day: string;
    readonly key: HmacKey;
}

function hmac(key: string | Buffer, text: string): Buffer {
    return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(data: string | Buffer): string {
    return hash("sha256", data, "hex");
}
