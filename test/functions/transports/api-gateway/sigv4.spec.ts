import { strict as assert } from "node:assert";
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SourceData } from "@smithy/types";
import * as fc from "fast-check";
import type { Credentials } from "../../../../functions/transports/api-gateway/credentials";
import {
    canonicalPath,
    createPayload,
    percentEncode,
    Signer,
} from "../../../../functions/transports/api-gateway/sigv4";

const CREDENTIALS: Credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const NOON = Date.UTC(2024, 1, 9, 12, 0, 0);

describe("Signer", () => {
    it("signs to the byte as @smithy/signature-v4 does, whatever the request, the key and the time", async () => {
        const word = fc.stringMatching(/^[A-Za-z0-9]{1,20}$/);
        const secret = fc.stringMatching(/^[A-Za-z0-9/+=]{1,60}$/);
        const id = fc.oneof(
            fc.base64String({ minLength: 1 }),
            fc.string({ minLength: 1, unit: "binary" }),
            fc.constantFrom("IU3kkeN4IAMCJwA=", "a!'()*~b", "long".repeat(100), "é".repeat(30)),
        );
        await fc.assert(
            fc.asyncProperty(
                fc.record({
                    connectionId: id,
                    earlier: fc.array(id, { maxLength: 3 }),
                    stage: fc.oneof(
                        fc.constant("/v1"),
                        fc.constant(""),
                        word.map((name) => `/${name}`),
                    ),
                    text: fc.string({ unit: "binary" }),
                    accessKeyId: word,
                    secretAccessKey: secret,
                    sessionToken: fc.option(secret, { nil: undefined }),
                    host: fc.constantFrom(
                        "abc123.execute-api.eu-central-1.amazonaws.com",
                        "127.0.0.1:4510",
                        "push.example.com",
                    ),
                    region: fc.constantFrom("us-east-1", "eu-central-1"),
                    now: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) }),
                }),
                async ({ connectionId, earlier, stage, text, host, region, now, ...credentials }) => {
                    const payload = createPayload(text);
                    const path = `${stage}/@connections/${percentEncode(connectionId)}`;
                    const signer = new Signer({
                        host,
                        region,
                        service: "execute-api",
                        credentials: () => credentials,
                        clock: () => now,
                    });
                    for (const other of earlier) {
                        signer.sign(canonicalPath(`${stage}/@connections/${percentEncode(other)}`), payload);
                    }
                    const ours = headerObject(signer.sign(canonicalPath(path), payload));

                    const reference = new SignatureV4({
                        credentials,
                        region,
                        service: "execute-api",
                        sha256: NodeSha256,
                    });
                    const { headers } = await reference.sign(
                        {
                            method: "POST",
                            protocol: "https:",
                            hostname: host,
                            path,
                            headers: { host, "content-type": "application/octet-stream" },
                            body: payload.bytes,
                        },
                        { signingDate: new Date(now) },
                    );

                    assert.deepEqual({ host, ...ours }, headers);
                },
            ),
            { numRuns: 500 },
        );
    });

    it("makes a new signature when the second changes, and the same one until then", () => {
        let now = NOON;
        const signer = createSigner(
            () => CREDENTIALS,
            () => now,
        );
        const first = sign(signer);
        now += 999;
        assert.deepEqual(sign(signer), first);
        now += 1;
        assert.notDeepEqual(sign(signer), first);
    });

    it("follows credentials that are replaced, from the next second on", () => {
        let now = NOON;
        let credentials = CREDENTIALS;
        const signer = createSigner(
            () => credentials,
            () => now,
        );
        sign(signer);
        credentials = { accessKeyId: "ASIANEW", secretAccessKey: "new", sessionToken: "new token" };
        now += 1_000;
        const fresh = createSigner(
            () => credentials,
            () => now,
        );
        assert.deepEqual(sign(signer), sign(fresh));
        assert.match(sign(signer)["authorization"] ?? "", /Credential=ASIANEW\//);
    });

    it("derives its key anew at midnight", () => {
        let now = Date.UTC(2024, 1, 9, 23, 59, 59);
        const signer = createSigner(
            () => CREDENTIALS,
            () => now,
        );
        sign(signer);
        now += 1_000;
        assert.deepEqual(
            sign(signer),
            sign(
                createSigner(
                    () => CREDENTIALS,
                    () => now,
                ),
            ),
        );
        assert.match(sign(signer)["authorization"] ?? "", /\/20240210\//);
    });

    it("asks for credentials once in a second, however much it signs", () => {
        let asked = 0;
        const signer = createSigner(
            () => {
                asked++;
                return CREDENTIALS;
            },
            () => NOON,
        );
        for (let count = 0; count < 100; count++) {
            sign(signer);
        }
        assert.equal(asked, 1);
    });
});

function createSigner(credentials: () => Credentials, clock: () => number): Signer {
    return new Signer({ host: "h", region: "us-east-1", service: "execute-api", credentials, clock });
}

function sign(signer: Signer): Record<string, string> {
    return headerObject(signer.sign("/v1/%40connections/a%253D", createPayload("x")));
}

function headerObject(headers: readonly string[]): Record<string, string> {
    const names = headers.filter((_, index) => index % 2 === 0);
    return Object.fromEntries(names.map((name, index) => [name, headers[2 * index + 1] ?? ""]));
}

/** What @smithy/signature-v4 wants for a hash. */
class NodeSha256 {
    readonly #hash;

    constructor(secret?: SourceData) {
        this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBuffer(secret));
    }

    update(data: Uint8Array): void {
        this.#hash.update(data);
    }

    async digest(): Promise<Uint8Array> {
        return this.#hash.digest();
    }

    reset(): void {
        throw new Error("the signer does not reset hashes");
    }
}

function toBuffer(data: SourceData): Buffer {
    if (typeof data === "string") {
        return Buffer.from(data);
    }
    return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
