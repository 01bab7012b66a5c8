import { AwsError } from "../../aws/aws-error";
import type { EdgeRequest, EdgeResponse, EdgeService } from "../../edge/service";
import { codeDigest, codeSize, logGroupOf } from "./function";
import { unservedQualifier } from "./function-name";
import type { LambdaFunction, LambdaFunctions } from "./functions";
import type { Outcome } from "./sandbox/sandbox";
import { messageOf } from "../../aws/message-of";

const FUNCTIONS = "/2015-03-31/functions";
const LOG_TAIL_BYTES = 4_096;

/** Lambda at the edge: Invoke, a look at what there is, and its deletion by hand. Functions come from the stacks. */
export function lambdaService(functions: LambdaFunctions): EdgeService {
    return {
        name: "lambda",
        matches: ({ path, signingName }) => signingName === "lambda" || path.startsWith(FUNCTIONS),
        handle: async (request) => route(functions, request),
        renderError: ({ code, message, status, details }) =>
            json({ Type: "User", ...details, Message: message }, status, { "x-amzn-errortype": code }),
    };
}

async function route(functions: LambdaFunctions, request: EdgeRequest): Promise<EdgeResponse> {
    const [encodedName, operation] = request.path
        .slice(FUNCTIONS.length)
        .split("/")
        .filter((part) => part !== "");
    const name = decodeURIComponent(encodedName ?? "");
    const qualifier = request.query.get("Qualifier") ?? "$LATEST";
    if (qualifier !== "$LATEST") {
        throw unservedQualifier(qualifier);
    }
    switch (
        request.path.startsWith(FUNCTIONS)
            ? `${request.method} ${operation ?? (name === "" ? "list" : "function")}`
            : ""
    ) {
        case "POST invocations":
            return invoke(functions, name, request);
        case "GET list":
            functions.authorize("lambda:ListFunctions", "*", request.principal);
            return json({ Functions: functions.list().map(configurationOf) });
        case "GET function": {
            const found = functions.open(name, request.principal, "lambda:GetFunction");
            return json({ Configuration: configurationOf(found), Code: {}, Concurrency: concurrencyOf(found) });
        }
        case "DELETE function":
            functions.delete(functions.open(name, request.principal, "lambda:DeleteFunction").settings.name);
            return empty(204);
        case "GET configuration":
            return json(configurationOf(functions.open(name, request.principal, "lambda:GetFunctionConfiguration")));
        case "GET policy":
            return policy(functions, name, request);
        default:
            throw new AwsError(
                "UnknownOperationException",
                `The local cloud's lambda does not have ${request.method} ${request.path}. ` +
                    "It has: DeleteFunction, GetFunction, GetFunctionConfiguration, GetPolicy, Invoke, ListFunctions.",
                404,
            );
    }
}

async function invoke(functions: LambdaFunctions, name: string, request: EdgeRequest): Promise<EdgeResponse> {
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const payload = payloadOf(request.body);
    switch (type) {
        case "DryRun":
            functions.open(name, request.principal);
            return empty(204);
        case "Event":
            functions.accept(name, request.id, payload, request.principal);
            return empty(202);
        case "RequestResponse":
            return invokeAndWait(functions, name, payload, request);
        default:
            throw new AwsError("InvalidParameterValueException", `Invalid invocation type: ${type}`);
    }
}

async function invokeAndWait(
    functions: LambdaFunctions,
    name: string,
    payload: string,
    request: EdgeRequest,
): Promise<EdgeResponse> {
    const lines: string[] = [];
    const startedAt = performance.now();
    const outcome = await functions.invokeText(
        name,
        {
            requestId: request.id,
            payload,
            onLog: (text) => {
                lines.push(text);
            },
        },
        request.principal,
    );
    const wantsLog = request.headers["x-amz-log-type"] === "Tail";
    return {
        status: 200,
        headers: {
            "content-type": "application/json",
            "x-amz-executed-version": "$LATEST",
            ...(outcome.ok ? {} : { "x-amz-function-error": "Unhandled" }),
            ...(wantsLog ? { "x-amz-log-result": logTail(request.id, lines, performance.now() - startedAt) } : {}),
        },
        body: bodyOf(outcome),
    };
}

function bodyOf(outcome: Outcome): string {
    return outcome.ok ? outcome.payload : JSON.stringify(outcome.error);
}

function payloadOf(body: Buffer): string {
    if (body.length === 0) {
        return "{}";
    }
    const text = body.toString("utf8");
    try {
        JSON.parse(text);
    } catch (cause) {
        const reason = messageOf(cause);
        throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${reason}`);
    }
    return text;
}

function logTail(requestId: string, lines: readonly string[], milliseconds: number): string {
    const log = Buffer.from(
        [
            `START RequestId: ${requestId} Version: $LATEST`,
            ...lines,
            `END RequestId: ${requestId}`,
            `REPORT RequestId: ${requestId}\tDuration: ${milliseconds.toFixed(2)} ms`,
            "",
        ].join("\n"),
    );
    return log.subarray(Math.max(0, log.length - LOG_TAIL_BYTES)).toString("base64");
}

function policy(functions: LambdaFunctions, name: string, request: EdgeRequest): EdgeResponse {
    const { arn: functionArn } = functions.open(name, request.principal, "lambda:GetPolicy");
    const document = functions.resourcePolicy(functionArn);
    if (document === undefined) {
        throw new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404);
    }
    return json({ Policy: document });
}

function configurationOf({ arn: functionArn, settings, modifiedAt }: LambdaFunction): unknown {
    return {
        FunctionName: settings.name,
        FunctionArn: functionArn,
        Runtime: settings.runtime,
        Role: settings.roleArn,
        Handler: settings.handler,
        Description: settings.description ?? "",
        Timeout: settings.timeoutSeconds,
        MemorySize: settings.memoryMb,
        LastModified: new Date(modifiedAt).toISOString(),
        CodeSha256: codeDigest(settings.code),
        CodeSize: codeSize(settings.code),
        Version: "$LATEST",
        Architectures: settings.architectures,
        Environment: { Variables: settings.environment },
        LoggingConfig: { LogFormat: "Text", LogGroup: logGroupOf(settings) },
        PackageType: "Zip",
        State: "Active",
        LastUpdateStatus: "Successful",
        DeadLetterConfig: settings.deadLetterArn === undefined ? undefined : { TargetArn: settings.deadLetterArn },
    };
}

function concurrencyOf({ settings }: LambdaFunction): unknown {
    return settings.reservedConcurrency === undefined
        ? undefined
        : { ReservedConcurrentExecutions: settings.reservedConcurrency };
}

function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): EdgeResponse {
    return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

function empty(status: number): EdgeResponse {
    return { status, headers: {}, body: "" };
}
