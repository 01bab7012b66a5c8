import { AwsError } from "../aws/aws-error";
import type { EdgeResponse } from "./service";

/** The names that services of the Query protocol use for what the JSON services call otherwise. */
const QUERY_CODES: Readonly<Record<string, string>> = {
    MissingAuthenticationTokenException: "MissingAuthenticationToken",
    IncompleteSignatureException: "IncompleteSignature",
    UnrecognizedClientException: "InvalidClientTokenId",
    InvalidSignatureException: "SignatureDoesNotMatch",
    ExpiredTokenException: "ExpiredToken",
    AccessDeniedException: "AccessDenied",
    UnknownOperationException: "InvalidAction",
};

/** An answer of the AWS Query protocol: `<ActionResponse><ActionResult>…`. `result` is XML already. */
export function queryResponse(action: string, namespace: string, result: string, requestId: string): EdgeResponse {
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const content = `<${action}Result>${result}</${action}Result>${metadata}`;
    const body = `<${action}Response xmlns="${namespace}">${content}</${action}Response>`;
    return { status: 200, headers: { "content-type": "text/xml" }, body };
}

/** An error of the AWS Query protocol. Signature and access errors get that protocol's codes and its 403. */
export function queryError(error: AwsError): EdgeResponse {
    const code = QUERY_CODES[error.code] ?? error.code;
    const refused = error.code in QUERY_CODES && error.code !== "UnknownOperationException";
    const side = error.status >= 500 ? "Receiver" : "Sender";
    const what = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    const body = `<ErrorResponse><Error><Type>${side}</Type>${what}</Error></ErrorResponse>`;
    return { status: refused ? 403 : error.status, headers: { "content-type": "text/xml" }, body };
}

export function escapeXml(text: string): string {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** The fields of a form-encoded request. Throws an `AwsError` when it names no Action. */
export function queryFields(body: Buffer): { readonly action: string; readonly fields: URLSearchParams } {
    const fields = new URLSearchParams(body.toString("utf8"));
    const action = fields.get("Action");
    if (action === null || action === "") {
        throw new AwsError("MissingAction", "The request must contain the parameter Action");
    }
    return { action, fields };
}
