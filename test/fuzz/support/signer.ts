import type { KeyObject } from "node:crypto";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";

export type Algorithm = "RS256" | "ES256" | "EdDSA";

export interface TestKey {
    readonly kid: string;
    readonly alg: Algorithm;
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
}

export function generateKey(alg: Algorithm, kid: string): TestKey {
    switch (alg) {
        case "RS256":
            return { kid, alg, ...generateKeyPairSync("rsa", { modulusLength: 2_048 }) };
        case "ES256":
            return { kid, alg, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
        case "EdDSA":
            return { kid, alg, ...generateKeyPairSync("ed25519") };
    }
}

/** The public half, as an issuer publishes it. */
export function publicJwk({ kid, alg, publicKey }: TestKey): Readonly<Record<string, unknown>> {
    return { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

/** Header and payload as they are signed: objects as JSON, text as it is. */
export function signingInput(header: unknown, payload: unknown): string {
    return [header, payload]
        .map((part) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url"))
        .join(".");
}

/** A token in compact form, whatever header and payload say. Faster than a library, and without its scruples. */
export function signToken({ alg, privateKey }: TestKey, header: unknown, payload: unknown): string {
    const input = signingInput(header, payload);
    const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign(alg === "EdDSA" ? null : "sha256", Buffer.from(input), key);
    return `${input}.${signature.toString("base64url")}`;
}

/** A token "signed" with a secret, which may be anything that is public. */
export function hmacToken(secret: string | Buffer, header: unknown, payload: unknown): string {
    const input = signingInput(header, payload);
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
