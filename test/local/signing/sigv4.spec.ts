import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { type AwsCredentials, Credentials } from "../../../local/signing/credentials";
import { SignatureVerifier } from "../../../local/signing/sigv4";
import { signedHeaders } from "../../../local/signing/sigv4-signing";
import type { SignedRequest } from "../../../local/signing/sigv4-canonical";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

type Request = SignedRequest & { readonly headers: Readonly<Record<string, string>> };

/** SHA-256 in the form that the AWS SDK's signer takes. */
class Sha256 {
    readonly #hash;

    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
        this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBuffer(secret));
    }

    update(data: Uint8Array): void {
        this.#hash.update(data);
    }

    digest(): Promise<Uint8Array> {
        return Promise.resolve(this.#hash.digest());
    }

    reset(): void {
        throw new Error("not used by the signer");
    }
}

function toBuffer(data: string | ArrayBuffer | ArrayBufferView): Buffer {
    if (typeof data === "string") {
        return Buffer.from(data);
    }
    return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

describe("SignatureVerifier", () => {
    let now = NOW;
    const clock = (): number => now;
    const credentials = new Credentials(clock);
    const verifier = new SignatureVerifier(credentials, clock);
    const scope = { region: "us-east-1", service: "dynamodb" };
    const request: Request = {
        method: "POST",
        url: "/",
        headers: {
            host: "127.0.0.1:4566",
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "DynamoDB_20120810.ListTables",
        },
        body: Buffer.from("{}"),
    };

    beforeEach(() => {
        now = NOW;
    });

    const sign = (unsigned = request, keys: AwsCredentials = credentials.administrator, at = NOW): Request => ({
        ...unsigned,
        headers: signedHeaders(unsigned, keys, scope, at),
    });

    it("accepts what the AWS SDK's signer signs, for any path, query, header and body", async () => {
        const segment = fc
            .stringMatching(/^[A-Za-z0-9@=+:~!'()*,;$&. _-]{1,12}$/)
            .filter((text) => text !== "." && text !== "..");
        const requests = fc.record({
            method: fc.constantFrom("GET", "POST", "DELETE"),
            segments: fc.array(segment, { maxLength: 4 }),
            query: fc.dictionary(fc.stringMatching(/^[A-Za-z0-9 +*/=&-]{1,8}$/), fc.string({ maxLength: 8 }), {
                maxKeys: 3,
                noNullPrototype: true,
            }),
            header: fc.stringMatching(/^[\x21-\x7e]{0,20}$/),
            body: fc.uint8Array({ maxLength: 100 }),
            service: fc.constantFrom("dynamodb", "execute-api", "sqs", "lambda"),
        });
        await fc.assert(
            fc.asyncProperty(requests, async ({ method, segments, query, header, body, service }) => {
                const { accessKeyId, secretAccessKey, sessionToken } = credentials.issueRoleCredentials(
                    "arn:aws:iam::1:role/r",
                    "s",
                );
                const signer = new SignatureV4({
                    service,
                    region: "eu-west-1",
                    credentials: { accessKeyId, secretAccessKey, sessionToken },
                    sha256: Sha256,
                });
                // The SDK encodes a path's parameters before it signs.
                const path = `/${segments.map((text) => encodeURIComponent(text)).join("/")}`;
                const { headers } = await signer.sign(
                    {
                        method,
                        protocol: "http:",
                        hostname: "127.0.0.1",
                        path,
                        query,
                        headers: { host: "127.0.0.1", "x-amz-custom": header },
                        body,
                    },
                    { signingDate: new Date(now) },
                );
                const search = Object.entries(query).map(
                    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
                );
                const url = search.length === 0 ? path : `${path}?${search.join("&")}`;
                const lowerCase = Object.fromEntries(
                    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
                );
                const principal = verifier.verifyRequest({ method, url, headers: lowerCase, body });
                assert.equal(principal.kind, "role");
            }),
            { numRuns: 300 },
        );
    });

    it("refuses what is signed for another Region, where it is told which", () => {
        assert.equal(verifier.verifyRequest(sign(), "us-east-1").kind, "administrator");
        assert.throws(() => verifier.verifyRequest(sign(), "eu-west-1"), {
            code: "InvalidSignatureException",
            message: "Credential should be scoped to a valid region, not 'us-east-1'. ",
        });
    });

    it("says who signed: the administrator, or a role's session", () => {
        assert.equal(verifier.verifyRequest(sign()).kind, "administrator");
        const session = credentials.issueRoleCredentials("arn:aws:iam::000000000000:role/x/notifier", "notify");
        assert.deepEqual(verifier.verifyRequest(sign(request, session)), {
            kind: "role",
            arn: "arn:aws:sts::000000000000:assumed-role/notifier/notify",
            roleArn: "arn:aws:iam::000000000000:role/x/notifier",
            sessionName: "notify",
        });
    });

    it("accepts the @connections path with the @ raw or encoded, and an encoded connection id", () => {
        for (const url of ["/v1/@connections/L0SM9cOFvHcCIhw%3D", "/v1/%40connections/L0SM9cOFvHcCIhw="]) {
            assert.equal(verifier.verifyRequest(sign({ ...request, url })).kind, "administrator");
        }
    });

    const tampered: readonly (readonly [string, (signed: Request) => Request])[] = [
        ["the body", (signed) => ({ ...signed, body: Buffer.from("{ }") })],
        ["the method", (signed) => ({ ...signed, method: "PUT" })],
        ["the path", (signed) => ({ ...signed, url: "/other" })],
        ["the query", (signed) => ({ ...signed, url: "/?a=1" })],
        [
            "a signed header",
            (signed) => ({
                ...signed,
                headers: { ...signed.headers, "x-amz-target": "DynamoDB_20120810.DeleteTable" },
            }),
        ],
        ["an unsigned x-amz- header", (signed) => ({ ...signed, headers: { ...signed.headers, "x-amz-more": "1" } })],
        [
            "the signature",
            (signed) => ({
                ...signed,
                headers: { ...signed.headers, authorization: `${signed.headers.authorization ?? ""}0` },
            }),
        ],
    ];
    for (const [what, tamper] of tampered) {
        it(`refuses a request in which ${what} was changed`, () => {
            assert.throws(() => verifier.verifyRequest(tamper(sign())), { code: "InvalidSignatureException" });
        });
    }

    it("refuses a content hash that is not the body's", () => {
        const lying = {
            ...request,
            headers: { ...request.headers, "x-amz-content-sha256": createHash("sha256").update("[]").digest("hex") },
        };
        const signed = sign(lying);
        // A signer that takes the header's word for the payload's hash.
        const forged = { ...signed, body: Buffer.from("[]") };
        assert.throws(() => verifier.verifyRequest(forged), { code: "InvalidSignatureException" });
    });

    it("refuses the right key with a wrong secret, and shows the string it signed itself", () => {
        const wrong = { accessKeyId: credentials.administrator.accessKeyId, secretAccessKey: "wrong" };
        assert.throws(
            () => verifier.verifyRequest(sign(request, wrong)),
            (error: Error) => {
                assert.match(
                    error.message,
                    /^The request signature we calculated does not match the signature you provided\./,
                );
                assert.match(
                    error.message,
                    /The Canonical String for this request should have been\n'POST\n\/\n\ncontent-type:/,
                );
                return true;
            },
        );
    });

    it("refuses a key that nobody issued", () => {
        const unknown = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" };
        assert.throws(() => verifier.verifyRequest(sign(request, unknown)), {
            code: "UnrecognizedClientException",
            message: "The security token included in the request is invalid.",
        });
    });

    it("wants a session's own token", () => {
        const { accessKeyId, secretAccessKey } = credentials.issueRoleCredentials("arn:aws:iam::1:role/r", "s");
        const other = credentials.issueRoleCredentials("arn:aws:iam::1:role/r", "s");
        for (const keys of [
            { accessKeyId, secretAccessKey },
            { accessKeyId, secretAccessKey, sessionToken: other.sessionToken },
        ]) {
            assert.throws(() => verifier.verifyRequest(sign(request, keys)), { code: "UnrecognizedClientException" });
        }
    });

    it("refuses a session that has expired, also hours later", () => {
        const session = credentials.issueRoleCredentials("arn:aws:iam::1:role/r", "s", 900);
        now = NOW + 900_000;
        assert.throws(() => verifier.verifyRequest(sign(request, session, now)), {
            code: "ExpiredTokenException",
            message: "The security token included in the request is expired",
        });
    });

    it("accepts a clock that is 15 minutes off, and none that is further", () => {
        const minute = 60_000;
        for (const off of [-15 * minute, 15 * minute]) {
            assert.equal(
                verifier.verifyRequest(sign(request, credentials.administrator, NOW + off)).kind,
                "administrator",
            );
        }
        assert.throws(() => verifier.verifyRequest(sign(request, credentials.administrator, NOW - 16 * minute)), {
            code: "InvalidSignatureException",
            message:
                "Signature expired: 20260102T024805Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)",
        });
        assert.throws(() => verifier.verifyRequest(sign(request, credentials.administrator, NOW + 16 * minute)), {
            code: "InvalidSignatureException",
            message:
                "Signature not yet current: 20260102T032005Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)",
        });
    });

    const malformed: readonly (readonly [string, string, string])[] = [
        ["no authorization", "", "MissingAuthenticationTokenException"],
        ["another algorithm", "Basic YTpi", "IncompleteSignatureException"],
        [
            "no signature",
            "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=host",
            "IncompleteSignatureException",
        ],
        [
            "a credential without scope",
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=00",
            "IncompleteSignatureException",
        ],
        [
            "a scope of another day",
            "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request, SignedHeaders=host, Signature=00",
            "InvalidSignatureException",
        ],
    ];
    for (const [what, authorization, code] of malformed) {
        it(`answers ${code} to ${what}`, () => {
            const headers = Object.entries({ ...sign().headers, authorization }).filter(([, value]) => value !== "");
            assert.throws(() => verifier.verifyRequest({ ...request, headers: Object.fromEntries(headers) }), { code });
        });
    }
});
