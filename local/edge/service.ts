import type { Principal } from "../aws/authorization";
import type { AwsError } from "../aws/aws-error";

/** A request as it came in, before anybody has looked at its signature. What `matches` decides by. */
export interface RequestHead {
    readonly method: string;
    /** The path as sent, still percent-encoded, without the query: `/000000000000/my-queue`. */
    readonly path: string;
    readonly query: URLSearchParams;
    /** Names in lower case; repeated headers joined with a comma. */
    readonly headers: Readonly<Record<string, string>>;
    /** `X-Amz-Target` up to the dot (`DynamoDB_20120810`), or "" where the service does not use it. */
    readonly targetPrefix: string;
    /** `X-Amz-Target` after the dot (`PutItem`), or "". */
    readonly operation: string;
    /** The service of the signature's credential scope (`sqs`, `lambda`, `sts`), or "" on an unsigned request. */
    readonly signingName: string;
}

/** A request whose signature has been verified. */
export interface EdgeRequest extends RequestHead {
    /** A UUID, sent back as `x-amzn-RequestId`. */
    readonly id: string;
    readonly body: Buffer;
    /** Who signed it. Never anonymous: an unsigned request is answered before it reaches a service. */
    readonly principal: Principal;
}

export interface EdgeResponse {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
}

/**
 * One AWS service at the edge. The server asks the registered services in order, verifies the signature, and hands the
 * request to the first that matches. Most services are made with `jsonService` (json-service.ts).
 */
export interface EdgeService {
    /** For people: the service as it is listed in error texts and under `/health`, for example `dynamodb`. */
    readonly name: string;
    matches(request: RequestHead): boolean;
    /** May throw an `AwsError`, which `renderError` puts on the wire; anything else thrown becomes InternalFailure. */
    handle(request: EdgeRequest): Promise<EdgeResponse>;
    /** Writes an error in the service's protocol: also that of a bad signature, on a request that it matches. */
    renderError(error: AwsError): EdgeResponse;
}
