import { AwsError } from "../aws/aws-error";

/** Whose key signed, and for what. */
export interface CredentialScope {
    readonly accessKeyId: string;
    /** YYYYMMDD. */
    readonly date: string;
    readonly region: string;
    readonly service: string;
}

/** Reads `<access key>/<date>/<region>/<service>/aws4_request`. Throws an `AwsError` IncompleteSignatureException. */
export function parseCredential(credential: string): CredentialScope {
    const [accessKeyId = "", date = "", region = "", service = "", terminator, ...more] = credential.split("/");
    if (terminator !== "aws4_request" || more.length > 0) {
        const text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term";
        throw new AwsError("IncompleteSignatureException", `${text}, got '${credential}'`);
    }
    return { accessKeyId, date, region, service };
}
