import { timingSafeEqual } from "node:crypto";
import type { Principal } from "../aws/authorization";
import { AwsError } from "../aws/aws-error";
import type { Credentials, KnownKey } from "./credentials";
import { parseCredential } from "./credential-scope";
import { type Authorization, type Signature, signatureInQuery } from "./query-signature";
import { canonicalRequest, type SignedRequest } from "./sigv4-canonical";
import { ALGORITHM, basicTime, deriveSigningKey, hmac, stringToSign } from "./sigv4-signing";

const MAX_SKEW_MINUTES = 15;
const MAX_CACHED_SIGNING_KEYS = 1000;

const INVALID_TOKEN = "The security token included in the request is invalid.";

/**
 * Checks AWS Signature Version 4 of requests, in the `Authorization` header or in the query, and says who signed.
 * One instance serves every server of the local cloud (the edge and `@connections`): it caches derived signing keys.
 */
export class SignatureVerifier {
    readonly #signingKeys = new Map<string, Buffer>();

    constructor(
        private readonly credentials: Pick<Credentials, "find">,
        private readonly clock: () => number,
    ) {}

    /**
     * The principal behind the request's access key. Throws an `AwsError` with the code of AWS's JSON services and
     * status 400 (REST and query services answer 403 and some have other names for the codes):
     * MissingAuthenticationTokenException, IncompleteSignatureException, UnrecognizedClientException,
     * InvalidSignatureException, ExpiredTokenException.
     *
     * @param region the one that the request must be signed for. Defaults to any.
     */
    verifyRequest(request: SignedRequest, region?: string): Principal {
        const signature = signatureInQuery(request) ?? signatureInHeaders(request);
        const { authorization, time, token } = signature;
        if (region !== undefined && authorization.region !== region) {
            const text = `Credential should be scoped to a valid region, not '${authorization.region}'. `;
            throw new AwsError("InvalidSignatureException", text);
        }
        this.#checkTime(signature);
        checkSignedHeaders(request, authorization);
        const key = this.credentials.find(authorization.accessKeyId);
        if (key === undefined) {
            throw new AwsError("UnrecognizedClientException", INVALID_TOKEN);
        }
        this.#checkSignature(signature.request, authorization, time, key);
        this.#checkSession(token, key);
        return key.principal;
    }

    #checkTime({ time, authorization, lifeSeconds }: Signature): void {
        const signedAt = parseBasicTime(time);
        if (signedAt === undefined) {
            const text = `Date must be in ISO-8601 'basic format'. Got '${time}'.`;
            throw new AwsError("IncompleteSignatureException", text);
        }
        if (time.slice(0, 8) !== authorization.date) {
            const text = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP";
            const dates = `'${authorization.date}' != '${time.slice(0, 8)}', from '${time}'`;
            throw new AwsError("InvalidSignatureException", `${text}: ${dates}.`);
        }
        const now = this.clock();
        const minutesOff = (now - signedAt) / 60_000;
        const late = minutesOff > 0;
        const allowed = late && lifeSeconds !== undefined ? lifeSeconds / 60 : MAX_SKEW_MINUTES;
        if (Math.abs(minutesOff) <= allowed) {
            return;
        }
        const bound = basicTime(now + (late ? -1 : 1) * allowed * 60_000);
        const problem = late
            ? `Signature expired: ${time} is now earlier than`
            : `Signature not yet current: ${time} is still later than`;
        const text = `${problem} ${bound} (${basicTime(now)} ${late ? "-" : "+"} ${allowed} min.)`;
        throw new AwsError("InvalidSignatureException", text);
    }

    #checkSignature(request: SignedRequest, authorization: Authorization, time: string, key: KnownKey): void {
        const { date, region, service, signedHeaders } = authorization;
        const canonical = canonicalRequest(request, signedHeaders, service !== "s3");
        const toSign = stringToSign(canonical, time, { region, service });
        const signingKey = this.#signingKey(key.credentials.secretAccessKey, date, region, service);
        const expected = Buffer.from(hmac(signingKey, toSign).toString("hex"));
        // As text: decoding the hex would forgive what follows the last good digit.
        const given = Buffer.from(authorization.signature);
        if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
            const text =
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret " +
                "Access Key and signing method. Consult the service documentation for details.\n\n" +
                `The Canonical String for this request should have been\n'${canonical}'\n\n` +
                `The String-to-Sign should have been\n'${toSign}'\n`;
            throw new AwsError("InvalidSignatureException", text);
        }
    }

    #signingKey(secret: string, date: string, region: string, service: string): Buffer {
        const id = `${secret}/${date}/${region}/${service}`;
        let signingKey = this.#signingKeys.get(id);
        if (signingKey === undefined) {
            if (this.#signingKeys.size >= MAX_CACHED_SIGNING_KEYS) {
                this.#signingKeys.clear();
            }
            signingKey = deriveSigningKey(secret, date, region, service);
            this.#signingKeys.set(id, signingKey);
        }
        return signingKey;
    }

    #checkSession(token: string | undefined, key: KnownKey): void {
        const { sessionToken, expiration } = key.credentials;
        if (token !== sessionToken) {
            throw new AwsError("UnrecognizedClientException", INVALID_TOKEN);
        }
        if (expiration !== undefined && this.clock() >= expiration) {
            throw new AwsError("ExpiredTokenException", "The security token included in the request is expired");
        }
    }
}

/** The access key that a request is signed with; "" where there is none. */
export function accessKeyOf(authorizationHeader: string | undefined): string {
    return /Credential=([^/,]+)\//.exec(authorizationHeader ?? "")?.[1] ?? "";
}

/** The service that a request says it is signed for (`sqs`), unverified; "" when it is not signed. */
export function signingName(authorizationHeader: string | undefined): string {
    return /Credential=[^/,]*\/[^/,]*\/[^/,]*\/([^/,]+)\//.exec(authorizationHeader ?? "")?.[1] ?? "";
}

/** The Region that a request says it is signed for, unverified; "" when it is not signed. */
export function signingRegion(authorizationHeader: string | undefined): string {
    return /Credential=[^/,]*\/[^/,]*\/([^/,]*)\//.exec(authorizationHeader ?? "")?.[1] ?? "";
}

function parseAuthorization(header: string): Authorization {
    const [algorithm = "", rest = ""] = header.trim().split(/ (.*)/s, 2);
    if (algorithm !== ALGORITHM) {
        const text = `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now).`;
        throw new AwsError("IncompleteSignatureException", text);
    }
    const fields = new Map<string, string>();
    for (const pair of rest.split(",")) {
        const at = pair.indexOf("=");
        fields.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
    }
    const missing = ["Credential", "Signature", "SignedHeaders"].filter((name) => !fields.get(name));
    if (missing.length > 0) {
        const text = missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" ");
        throw new AwsError("IncompleteSignatureException", `${text} Authorization=${header}`);
    }
    const scope = parseCredential(fields.get("Credential") ?? "");
    const signedHeaders = (fields.get("SignedHeaders") ?? "").toLowerCase().split(";");
    return { ...scope, signedHeaders, signature: fields.get("Signature") ?? "" };
}

function signatureInHeaders(request: SignedRequest): Signature {
    const header = headerValue(request, "authorization");
    if (header === undefined) {
        throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
    }
    return {
        authorization: parseAuthorization(header),
        time: headerValue(request, "x-amz-date") ?? "",
        token: headerValue(request, "x-amz-security-token"),
        request,
    };
}

/** What AWS wants signed: the host, and every `x-amz-` header that the request has. */
function checkSignedHeaders(request: SignedRequest, authorization: Authorization): void {
    const signed = new Set(authorization.signedHeaders);
    for (const name of Object.keys(request.headers)) {
        if ((name === "host" || name.startsWith("x-amz-")) && !signed.has(name)) {
            const text = `'${name === "host" ? "Host" : name}' must be a 'SignedHeader' in the AWS Authorization.`;
            throw new AwsError("InvalidSignatureException", text);
        }
    }
}

function headerValue(request: SignedRequest, name: string): string | undefined {
    const value = request.headers[name];
    return typeof value === "object" ? value.join(",") : value;
}

/** `20130609T100015Z` as epoch milliseconds; undefined for anything else. */
function parseBasicTime(text: string): number | undefined {
    const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
    if (match === null) {
        return undefined;
    }
    const [, year = "", month = "", day = "", hour = "", minute = "", second = ""] = match;
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return Number.isNaN(time) ? undefined : time;
}
