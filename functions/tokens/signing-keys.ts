import type { JsonWebKey, KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import type { Jwk } from "aws-jwt-verify/jwk";
import { describeType, isObject, member, quoted } from "../../contract/json";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/** A public key with which tokens can be verified, and how. */
export interface SigningKey {
    /** Absent where the issuer gave it none, or none that a token could name. */
    readonly kid?: string;
    /** The algorithms that fit the key. One, except of an RSA key that names none. */
    readonly algorithms: readonly string[];
    readonly jwk: Jwk;
}

/** What an issuer's key set is worth to us. */
export interface SigningKeys {
    readonly keys: readonly SigningKey[];
    /** Why each of the others is left out, for the log. */
    readonly leftOut: readonly string[];
}

/** RFC 7518, section 3.3: "A key of size 2048 bits or larger MUST be used". */
const MIN_RSA_BITS = 2048;

const RSA_ALGORITHMS = ["RS256", "RS384", "RS512"];

/** RFC 7518, section 3.4, and RFC 8037: one algorithm for each curve. Node.js calls curves by the names of OpenSSL. */
const ALGORITHM_OF_CURVE: Readonly<Record<string, string>> = {
    prime256v1: "ES256",
    secp384r1: "ES384",
    secp521r1: "ES512",
    ed25519: "EdDSA",
    ed448: "EdDSA",
};

/**
 * Reads a JSON Web Key Set. Each key is judged by itself: issuers publish keys for encryption, of algorithms to come or
 * with members that are null beside those that sign, and one odd key must not keep everybody out.
 */
export function readSigningKeys(document: unknown): Result<SigningKeys> {
    const list = isObject(document) ? member(document, "keys") : undefined;
    if (!Array.isArray(list)) {
        return refused(`its \`keys\` must be a list; this one is ${describeType(list)}`);
    }
    const keys: SigningKey[] = [];
    const leftOut: string[] = [];
    for (const [index, item] of list.entries()) {
        const key = readKey(item);
        if (key.ok) {
            keys.push(key.value);
        } else {
            leftOut.push(`keys[${index}] ${key.reason}`);
        }
    }
    return accepted({ keys, leftOut });
}

function readKey(item: unknown): Result<SigningKey> {
    if (!isObject(item)) {
        return refused(`is ${describeType(item)}`);
    }
    // RFC 7517, section 4: a member that is null says nothing. Several issuers write those that they do not use so.
    const members = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
    const purpose = purposeProblem(members);
    if (purpose !== undefined) {
        return refused(purpose);
    }
    const key = importKey(members);
    if (!key.ok) {
        return key;
    }
    const fitting = algorithmsOf(key.value);
    const named = members["alg"];
    const algorithms = named === undefined ? fitting : fitting.filter((algorithm) => algorithm === named);
    if (algorithms.length === 0) {
        const kind = fitting.length === 0 ? "a key of its kind or size" : `its \`alg\` ${shown(named)}`;
        return refused(`cannot be used: there is no safe way to verify a token with ${kind}`);
    }
    return accepted({ ...nameOf(members), algorithms, jwk: importable(members) });
}

/** RFC 7517, sections 4.2 and 4.3. */
function purposeProblem({ use, key_ops: operations }: Readonly<Record<string, unknown>>): string | undefined {
    if (use !== undefined && use !== "sig") {
        return `is not for signatures: its \`use\` is ${shown(use)}`;
    }
    return operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))
        ? "is not for verifying: its `key_ops` say otherwise"
        : undefined;
}

function importKey(members: Readonly<Record<string, unknown>>): Result<KeyObject> {
    try {
        // Its members may still be of any type: this is where that is found out.
        return accepted(createPublicKey({ key: importable(members) as JsonWebKey, format: "jwk" }));
    } catch {
        return refused(`is no public key: its \`kty\` is ${shown(members["kty"])}`);
    }
}

/** What makes the key itself. Without its name and what else an issuer adds, of which any may be of an odd type. */
function importable({ kty, crv, n, e, x, y }: Readonly<Record<string, unknown>>): Jwk {
    const members = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(members) as unknown as Jwk;
}

function algorithmsOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): readonly string[] {
    if (type === "rsa") {
        return (details?.modulusLength ?? 0) >= MIN_RSA_BITS ? RSA_ALGORITHMS : [];
    }
    const algorithm = ALGORITHM_OF_CURVE[(type === "ec" ? details?.namedCurve : type) ?? ""];
    return algorithm === undefined ? [] : [algorithm];
}

/** RFC 7515, section 4.1.4: a token names its key by a string, so that no other name can be meant. */
function nameOf({ kid }: Readonly<Record<string, unknown>>): { readonly kid?: string } {
    return typeof kid === "string" ? { kid } : {};
}

function shown(value: unknown): string {
    return typeof value === "string" ? quoted(value) : describeType(value);
}
