import { AwsError } from "../aws/aws-error";
import { type CredentialScope, parseCredential } from "./credential-scope";
import type { SignedRequest } from "./sigv4-canonical";
import { ALGORITHM } from "./sigv4-signing";

/** The parts of an `Authorization: AWS4-HMAC-SHA256 …` header, or of what stands for it in a query. */
export interface Authorization extends CredentialScope {
    /** Lower case, in the order signed. */
    readonly signedHeaders: readonly string[];
    readonly signature: string;
}

/** How a request is signed. */
export interface Signature {
    readonly authorization: Authorization;
    /** When, as the signer wrote it: `20130609T100015Z`. */
    readonly time: string;
    /** Of temporary credentials. */
    readonly token: string | undefined;
    /** How long a signature in the query may be used. */
    readonly lifeSeconds?: number;
    /** The request as it was signed. */
    readonly request: SignedRequest;
}

const A_WEEK_SECONDS = 604_800;

/**
 * The signature of a URL that was signed for others to use, as browsers do, which cannot set headers of a handshake;
 * undefined where the query has none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @throws AwsError IncompleteSignatureException
 */
export function signatureInQuery(request: SignedRequest): Signature | undefined {
    const queryStart = request.url.indexOf("?");
    const query = new URLSearchParams(queryStart < 0 ? "" : request.url.slice(queryStart));
    const signature = query.get("X-Amz-Signature");
    if (signature === null) {
        return undefined;
    }
    const algorithm = query.get("X-Amz-Algorithm") ?? "";
    if (algorithm !== ALGORITHM) {
        const text = `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now).`;
        throw new AwsError("IncompleteSignatureException", text);
    }
    const lifeSeconds = Number(query.get("X-Amz-Expires") ?? "");
    if (!Number.isInteger(lifeSeconds) || lifeSeconds < 1 || lifeSeconds > A_WEEK_SECONDS) {
        const text = `X-Amz-Expires must be a number of seconds from 1 to ${A_WEEK_SECONDS}`;
        throw new AwsError("IncompleteSignatureException", text);
    }
    const signedHeaders = (query.get("X-Amz-SignedHeaders") ?? "").toLowerCase().split(";");
    return {
        authorization: { ...parseCredential(query.get("X-Amz-Credential") ?? ""), signedHeaders, signature },
        time: query.get("X-Amz-Date") ?? "",
        token: query.get("X-Amz-Security-Token") ?? undefined,
        lifeSeconds,
        request: { ...request, url: withoutSignature(request.url, queryStart) },
    };
}

/** As text, so that everything else stays encoded as it was sent. */
function withoutSignature(url: string, queryStart: number): string {
    const pairs = url.slice(queryStart + 1).split("&");
    return `${url.slice(0, queryStart)}?${pairs.filter((pair) => !pair.startsWith("X-Amz-Signature=")).join("&")}`;
}
