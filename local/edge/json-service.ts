import { crc32 } from "node:zlib";
import type { Principal } from "../aws/authorization";
import { AwsError } from "../aws/aws-error";
import type { EdgeRequest, EdgeResponse, EdgeService, RequestHead } from "./service";

/** The parsed body of a JSON-protocol request: always an object. */
export type JsonInput = Readonly<Record<string, unknown>>;

export interface JsonCall {
    readonly principal: Principal;
    readonly operation: string;
    readonly requestId: string;
}

/** One operation: its result is the response body; `undefined` answers with an empty body, as AWS does for some. */
export type JsonOperation = (input: JsonInput, call: JsonCall) => unknown;

export interface JsonServiceOptions {
    /** For people, for example `events`. */
    readonly name: string;
    /** The part of `X-Amz-Target` before the dot, for example `AWSEvents`. */
    readonly targetPrefix: string;
    /** The protocol version: EventBridge speaks 1.1, SQS and DynamoDB 1.0. */
    readonly version: "1.0" | "1.1";
    /** Goes before the code in `__type`, as in `com.amazonaws.sqs#QueueDoesNotExist`. Defaults to no prefix. */
    readonly errorNamespace?: string;
    /** Operation name to implementation. */
    readonly operations: Readonly<Record<string, JsonOperation>>;
    /** Further response headers of an error, for example SQS's `x-amzn-query-error`. */
    readonly errorHeaders?: (error: AwsError) => Readonly<Record<string, string>>;
    /** Whether answers have `x-amz-crc32`, which clients compare with the body, as DynamoDB's have. Defaults to false. */
    readonly checksum?: boolean;
}

/** A service of the AWS JSON 1.0 or 1.1 protocol: POST / with `X-Amz-Target: <prefix>.<Operation>`. */
export function jsonService(options: JsonServiceOptions): EdgeService {
    const { name, targetPrefix, version, operations } = options;
    const finished = options.checksum === true ? withChecksum : (response: EdgeResponse) => response;
    return {
        name,
        matches: (request: RequestHead) => request.targetPrefix === targetPrefix,
        async handle(request) {
            const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
            if (operation === undefined) {
                throw unknownOperation(name, request.operation, Object.keys(operations));
            }
            const call = { principal: request.principal, operation: request.operation, requestId: request.id };
            return finished(jsonResponse(await operation(jsonBody(request), call), version));
        },
        renderError(error) {
            const response = jsonError(error, version, options.errorNamespace);
            return finished({ ...response, headers: { ...response.headers, ...options.errorHeaders?.(error) } });
        },
    };
}

function withChecksum(response: EdgeResponse): EdgeResponse {
    return { ...response, headers: { ...response.headers, "x-amz-crc32": String(crc32(response.body)) } };
}

/** Parses the body; an empty one is `{}`. Throws SerializationException on anything that is not a JSON object. */
export function jsonBody(request: EdgeRequest): JsonInput {
    if (request.body.length === 0) {
        return {};
    }
    let parsed: unknown;
    try {
        parsed = JSON.parse(request.body.toString("utf8"));
    } catch {
        throw new AwsError("SerializationException", "The request body is not valid JSON");
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
        throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
    }
    return { ...parsed };
}

export function jsonResponse(output: unknown, version: "1.0" | "1.1", status = 200): EdgeResponse {
    const body = output === undefined ? "" : JSON.stringify(output);
    return { status, headers: { "content-type": `application/x-amz-json-${version}` }, body };
}

/** The error as AWS's JSON protocols write it: its code in `__type` and `x-amzn-ErrorType`, its text in `message`. */
export function jsonError(error: AwsError, version: "1.0" | "1.1", namespace?: string): EdgeResponse {
    const type = namespace === undefined ? error.code : `${namespace}#${error.code}`;
    const response = jsonResponse({ __type: type, message: error.message, ...error.details }, version, error.status);
    return { ...response, headers: { ...response.headers, "x-amzn-errortype": error.code } };
}

/** AWS's UnknownOperationException, with a text that says what there is instead. */
export function unknownOperation(service: string, operation: string, known: readonly string[]): AwsError {
    const asked = operation === "" ? "a request without an operation" : operation;
    const text = `The local cloud's ${service} does not have ${asked}. It has: ${[...known].sort().join(", ")}.`;
    return new AwsError("UnknownOperationException", text);
}
