import { strict as assert } from "node:assert";
import { createLocalJWKSet, errors, jwtVerify } from "jose";
import type { AuthorizerResult } from "../../functions/authorize/handler";
import { createAuthorizeHandler } from "../../functions/authorize/handler";
import { IssuerKeys } from "../../functions/tokens/issuer";
import type { Log, LogFields } from "../../functions/runtime/log";
import { fromContext } from "../../functions/transports/api-gateway/subscriber-context";
import { createTokenVerifier } from "../../functions/tokens/token";
import { authorizeEvent, METHOD_ARN } from "../fakes/gateway-events";
import { fuzz, isWholeRun } from "./support/fuzz";
import { usedHeapBytes } from "./support/heap";
import { deepJson, garbled, mutated, oddText, oddValue } from "./support/odd-values";
import { Random } from "./support/random";
import type { TestKey } from "./support/signer";
import { generateKey, hmacToken, publicJwk, signingInput, signToken } from "./support/signer";

const TOKENS = 100_000;
const ISSUER = "https://login.example.com/";
const AUDIENCE = "push";
const NOW = Math.floor(Date.now() / 1_000);

/** In the claims of every token, and in nothing that is logged or thrown. */
const SECRET = "SECRET-of-a-token";

const KEYS = [generateKey("RS256", "rsa"), generateKey("ES256", "ec"), generateKey("EdDSA", "ed")];
/** The attacker's, under a key id of the issuer's. */
const FOREIGN_KEY = generateKey("ES256", "ec");
const KEY_SET = { keys: KEYS.map(publicJwk) };

describe("A hundred thousand tokens", () => {
    it("are each let in if another library takes them for valid, and refused without a trace if not", async () => {
        const attacked = new AttackedAuthorizer();
        const outcomes = new Map<string, number>();
        let heapBefore = usedHeapBytes();
        let count = 0;
        await fuzz(TOKENS, attempt, async ({ kind, token }) => {
            const outcome = await attacked.authorize(token);

            const isValid = kind === "valid" || (outcome !== "401" && (await isValidElsewhere(token)));
            assert.equal(outcome !== "401", isValid, kind);
            if (outcome === "Allow") {
                assert.notEqual(kind, "forged");
            }
            const what = `${kind} ${outcome}`;
            outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
            if (++count === TOKENS / 10) {
                heapBefore = usedHeapBytes();
            }
        });
        if (isWholeRun) {
            assert.deepEqual([...outcomes.keys()].sort(), [
                "forged 401",
                "garbage 401",
                "odd 401",
                "odd Allow",
                "odd Deny",
                "valid Allow",
            ]);
            const kept = usedHeapBytes() - heapBefore;
            assert.ok(kept < 4_000_000, `${kept} bytes were kept of tokens`);
            assert.ok(attacked.fetches <= 1 + attacked.seconds / 10, `${attacked.fetches} fetches`);
        }
    });
});

/** The authorizer, whose clock goes on by a millisecond with each token. */
class AttackedAuthorizer {
    fetches = 0;
    private token = "";
    private now = Date.now();
    private readonly startedAt = this.now;
    private readonly handle = createAuthorizeHandler({
        verify: createTokenVerifier({
            issuer: ISSUER,
            audience: [AUDIENCE, "other"],
            keys: new IssuerKeys({
                issuer: ISSUER,
                jwksUri: `${ISSUER}keys`,
                fetchJson: async (url) => {
                    assert.equal(url.href, `${ISSUER}keys`);
                    this.fetches++;
                    return KEY_SET;
                },
                clock: () => this.now,
            }),
            clock: () => this.now,
        }),
        allowsOrigin: (origin) => origin === "https://app.example.com",
        tokenInQuery: false,
        userIdClaim: "sub",
        log: this.createLog(),
    });

    get seconds(): number {
        return (this.now - this.startedAt) / 1_000;
    }

    async authorize(token: string): Promise<"Allow" | "Deny" | "401"> {
        this.now++;
        this.token = token;
        try {
            const result = await this.handle(authorizeEvent({ headers: { Authorization: `Bearer ${token}` } }));
            return effectOf(result);
        } catch (error) {
            assert.ok(error instanceof Error);
            assert.deepEqual([error.name, error.message, error.cause], ["Error", "Unauthorized", undefined]);
            return "401";
        }
    }

    /** A log that holds each line against the token that it is about. */
    private createLog(): Log {
        const write = (message: string, fields: LogFields = {}): void => {
            const line = JSON.stringify({ message, ...fields });
            const parts = this.token.split(".").filter((part) => part.length >= 16);
            assert.ok(!parts.some((part) => line.includes(part)) && !line.includes("SECRET"), line);
            assert.ok(line.length < 2_000, `a line of ${line.length} characters: ${line.slice(0, 500)}`);
        };
        return { info: write, warn: write, error: write };
    }
}

function effectOf(result: AuthorizerResult): "Allow" | "Deny" {
    assert.ok(Buffer.byteLength(JSON.stringify(result)) <= 8_192);
    const [{ Effect, Action, Resource }] = result.policyDocument.Statement;
    assert.deepEqual([Action, Resource], ["execute-api:Invoke", METHOD_ARN]);
    if (Effect === "Allow") {
        // What the other functions will read: API Gateway takes text alone.
        const { userId, expiresAt } = fromContext(result.context);
        assert.ok(Object.values(result.context ?? {}).every((value) => typeof value === "string"));
        assert.equal(userId, result.principalId);
        assert.ok(expiresAt > NOW);
    }
    return Effect;
}

const elsewhere = createLocalJWKSet(KEY_SET);

/** By jose, another implementation of the same RFCs, and the rules on audiences that it does not know. */
async function isValidElsewhere(token: string): Promise<boolean> {
    try {
        const { payload } = await jwtVerify(token, elsewhere, {
            issuer: ISSUER,
            requiredClaims: ["exp"],
            clockTolerance: 5,
        });
        const audience = payload.aud ?? payload["client_id"];
        return [audience].flat().some((one) => one === AUDIENCE || one === "other") && Number(payload.exp) > NOW;
    } catch (error) {
        if (error instanceof errors.JOSEError) {
            return false;
        }
        throw error;
    }
}

/** Of names that are made up, so that it shows where one is remembered. */
const LONG = "x".repeat(4_000);

/** Good ones, which are caught and changed on their way. */
const SIGNED = KEYS.flatMap((key) =>
    [1, 2, 3].map((seed) => {
        const random = new Random(seed);
        const header = headerOf(key, random);
        const payload = claims(random);
        return { key, header, payload, token: signToken(key, header, payload) };
    }),
);

interface Attempt {
    /** `valid`: to be let in. `forged`: of somebody else. `garbage`: no token. `odd`: signed, for better or worse. */
    readonly kind: "valid" | "forged" | "garbage" | "odd";
    readonly token: string;
}

function attempt(random: Random): Attempt {
    return random.from<Attempt>([
        () => ({ kind: "valid", token: validToken(random) }),
        () => ({ kind: "odd", token: oddToken(random) }),
        () => ({ kind: "odd", token: oddToken(random) }),
        () => ({ kind: "forged", token: forgedToken(random) }),
        () => ({ kind: "forged", token: forgedToken(random) }),
        () => ({ kind: "forged", token: forgedToken(random) }),
        () => ({ kind: "garbage", token: garbage(random) }),
    ]);
}

function claims(random: Random): Readonly<Record<string, unknown>> {
    const sub = `user-${random.below(1_000_000)}`;
    return { iss: ISSUER, aud: AUDIENCE, sub, iat: NOW, exp: NOW + 3_600, email: SECRET, role: "staff" };
}

/** RSA signs slowly, and is no different. */
function issuersKey(random: Random): TestKey {
    return random.one(random.hits(0.02) ? KEYS : KEYS.slice(1));
}

function validToken(random: Random): string {
    const key = issuersKey(random);
    const times = random.one([
        {},
        { exp: NOW + 3_600.5 },
        { nbf: NOW - 1_000 },
        { iat: undefined },
        { exp: 99_999_999_999 },
    ]);
    const audience = random.one([
        {},
        { aud: ["x", AUDIENCE] },
        { aud: "other" },
        { aud: undefined, client_id: AUDIENCE },
    ]);
    return signToken(key, headerOf(key, random), { ...claims(random), ...times, ...audience });
}

function headerOf({ alg, kid }: TestKey, random: Random): Readonly<Record<string, unknown>> {
    return { alg, kid, ...random.one([{}, { typ: "JWT" }, { typ: "at+jwt" }, { jku: "https://evil.example/keys" }]) };
}

/** Signed by the issuer, and such as no issuer should sign. */
function oddToken(random: Random): string {
    const key = issuersKey(random);
    const header = headerOf(key, random);
    const payload = claims(random);
    const time = (): unknown =>
        random.one([String(NOW + 3_600), NOW - 3_600, 0, -1, 1e308, null, true, [NOW + 3_600], {}, NOW + 7_200]);
    return random.from([
        () => signToken(key, header, mutated(random, payload)),
        () => signToken(key, mutated(random, header), payload),
        // Mostly broken, but some of what is lost means nothing.
        () => garbled(random, random.one(SIGNED).token),
        () => signToken(key, header, { ...payload, [random.one(["exp", "nbf", "iat"])]: time() }),
        () =>
            signToken(key, header, {
                ...payload,
                aud: random.one<unknown>([[], ["x"], [AUDIENCE, 1], {}, null, "", [[AUDIENCE]]]),
            }),
        () => signToken(key, header, { ...payload, aud: random.one([undefined, null]), client_id: oddValue(random) }),
        () => signToken(key, header, { ...payload, sub: random.hits(0.5) ? oddText(random) : oddValue(random) }),
        () => signToken(key, header, { ...payload, sub: random.one(['"', "x", "é"]).repeat(random.below(6_000)) }),
        () => signToken(key, header, { ...payload, groups: random.several(0, 2_000, () => "group") }),
        () => signToken(key, header, { ...payload, [oddText(random)]: oddValue(random) }),
        () =>
            signToken(
                key,
                { ...header, crit: random.one<unknown>([["exp"], ["b64"], [], "exp", ["alg"]]), b64: false },
                payload,
            ),
        () =>
            signToken(
                key,
                header,
                random.one([
                    JSON.stringify(payload).replace(/"exp":\d+/, '"exp":1e999'),
                    oddText(random),
                    "[]",
                    "null",
                ]),
            ),
        () =>
            signToken(
                key,
                header,
                `${JSON.stringify(payload).slice(0, -1)},"deep":${deepJson(random, random.below(2_000))}}`,
            ),
        () => signToken(key, header, `${JSON.stringify(payload).slice(0, -1)},"__proto__":{"exp":1},"exp":${NOW - 9}}`),
    ]);
}

/** Made without the issuer's key. Nothing may come of it but 401. */
function forgedToken(random: Random): string {
    const { key, header, payload, token } = random.one(SIGNED);
    const [head = "", body = "", signature = ""] = token.split(".");
    return random.from([
        () => `${head}.${bitFlipped(random, body)}.${signature}`,
        () => `${bitFlipped(random, head)}.${body}.${signature}`,
        () => `${head}.${signingInput(payload, { ...payload, sub: "admin" }).split(".")[1] ?? ""}.${signature}`,
        () =>
            `${signingInput({ ...header, alg: otherAlgorithm(random, key) }, payload)}.${random.one([signature, ""])}`,
        () => `${signingInput({ ...header, kid: oddText(random) }, payload)}.${signature}`,
        () => `${signingInput(header, { ...payload, iss: `https://x/${random.below(1e9)}${LONG}` })}.${signature}`,
        () => `${signingInput({ ...header, kid: `${random.below(1e9)}${LONG}` }, payload)}.${signature}`,
        () => signToken(FOREIGN_KEY, { ...header, kid: random.one(["ec", "ed", undefined, "made-up"]) }, payload),
        () => signToken(FOREIGN_KEY, { ...header, alg: "ES256", jwk: publicJwk(FOREIGN_KEY), kid: "mine" }, payload),
        () =>
            hmacToken(
                random.one(publicKeyTexts(key)),
                { ...header, alg: random.one(["HS256", "HS512", key.alg]) },
                payload,
            ),
        () => `${head}.${body}.${Buffer.alloc(random.one([0, 1, 64, 256])).toString("base64url")}`,
        () => `${head}.${body}.${bitFlipped(random, signature, 8)}`,
    ]);
}

/** A public key in the forms in which a careless verifier might take it for a secret. */
function publicKeyTexts(key: TestKey): readonly (string | Buffer)[] {
    const { publicKey } = key;
    return [
        publicKey.export({ format: "pem", type: "spki" }),
        publicKey.export({ format: "der", type: "spki" }),
        JSON.stringify(publicJwk(key)),
        "",
    ];
}

function otherAlgorithm(random: Random, { alg }: TestKey): unknown {
    return random.one<unknown>(
        [
            "none",
            "None",
            "HS256",
            "ES384",
            "PS256",
            "RS1",
            "",
            null,
            1,
            ["ES256"],
            "__proto__",
            "RS256",
            "ES256",
            "EdDSA",
        ].filter((other) => other !== alg),
    );
}

/** @param last how many bytes at the end stay as they are: the very last bits of Base64 may mean nothing. */
function bitFlipped(random: Random, base64: string, last = 0): string {
    const bytes = Buffer.from(base64, "base64url");
    const at = random.below(Math.max(1, bytes.length - last));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes.toString("base64url");
}

function garbage(random: Random): string {
    return random.from([
        () => oddText(random),
        () => random.several(0, 5, () => oddText(random)).join("."),
        () => random.several(3, 3, () => Buffer.from(JSON.stringify(oddValue(random))).toString("base64url")).join("."),
        () => `${deepJson(random, 900)}.${deepJson(random, 900)}.x`,
        () => random.several(3, 3, () => Buffer.from(deepJson(random, 2_000)).toString("base64url")).join("."),
        () => "x".repeat(random.below(10_000)),
    ]);
}
