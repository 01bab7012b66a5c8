import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { FunctionInvoker, InvocationResult } from "../../aws/invoker";
import type { Access } from "../../signing/access";
import { corsHeaders, preflightHeaders, type FunctionUrlCors } from "./cors";
import { functionUrlEvent } from "./event";
import { functionUrlResponse, type FunctionUrlResponse } from "./response";
import { remoteAddress, splitTarget } from "../../http/request-target";
import { readBody } from "../../http/read-body";

/** A function that has a URL. */
export interface FunctionUrl {
    readonly functionArn: string;
    readonly authorizationType: "NONE" | "AWS_IAM";
    readonly cors?: FunctionUrlCors;
}

export interface FunctionUrlsDependencies {
    /** Knows the URLs in service by the id in their path. */
    readonly lookup: (urlId: string) => FunctionUrl | undefined;
    readonly invoker: Pick<FunctionInvoker, "invoke">;
    readonly access: Access;
    /** Where clients find the server, for example `127.0.0.1:4510`. */
    readonly host: () => string;
    readonly clock: () => number;
    /** For people: what a client is not told, such as why a function failed. */
    readonly log: (line: string) => void;
}

/** Of a request and of a response: the limit of a synchronous invocation. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

interface UrlTarget {
    readonly urlId: string;
    readonly rawPath: string;
    readonly rawQuery: string;
}

/**
 * Function URLs. In AWS each has a host name of its own; here they are `/_url/{id}` on one.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
 */
export class FunctionUrls {
    constructor(private readonly dependencies: FunctionUrlsDependencies) {}

    /** Answers a request to `/{mount}/{id}/…`. */
    readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const target = targetOf(request.url ?? "/");
        const url = this.dependencies.lookup(target.urlId);
        if (url === undefined) {
            refuse(response, 404, { Message: `There is no function URL ${target.urlId}` });
            return;
        }
        const cors = corsHeaders(url.cors, request.headers.origin);
        if (url.cors !== undefined && isPreflight(request)) {
            response.writeHead(200, { ...cors, ...preflightHeaders(url.cors), "content-length": 0 }).end();
            return;
        }
        const body = await readBody(request, MAX_BODY_BYTES);
        if (body === undefined) {
            refuse(response, 413, {
                Message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            });
            return;
        }
        try {
            send(response, await this.#answer(url, target, request, body), cors);
        } catch (error) {
            this.#refuse(target.urlId, error, response);
        }
    };

    async #answer(
        url: FunctionUrl,
        target: UrlTarget,
        request: IncomingMessage,
        body: Buffer,
    ): Promise<FunctionUrlResponse> {
        const { clock, host, invoker } = this.dependencies;
        const principal = this.#admit(url, request, body);
        const event = functionUrlEvent({
            ...target,
            method: request.method ?? "GET",
            headers: request.headers,
            sourceIp: remoteAddress(request),
            domainName: host(),
            body,
            requestId: randomUUID(),
            at: clock(),
            callerArn: "arn" in principal ? principal.arn : undefined,
        });
        // New URLs need both permissions: for the URL, and to invoke the function by way of it.
        // https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        return responseOf(
            await invoker.invoke(url.functionArn, event, principal, { "lambda:InvokedViaFunctionUrl": "true" }),
        );
    }

    /** The caller: the signer of the request or, if the URL is open to all, anybody. */
    #admit(url: FunctionUrl, request: IncomingMessage, body: Buffer): Principal {
        const { authenticate, authorize } = this.dependencies.access;
        const { method = "GET", url: target = "/", headers } = request;
        const principal: Principal =
            url.authorizationType === "NONE"
                ? { kind: "anonymous" }
                : authenticate({ method, url: target, headers, body });
        authorize({
            principal,
            action: "lambda:InvokeFunctionUrl",
            resource: url.functionArn,
            context: { "lambda:FunctionUrlAuthType": url.authorizationType },
        });
        return principal;
    }

    #refuse(urlId: string, error: unknown, response: ServerResponse): void {
        const text = error instanceof Error ? error.message : String(error);
        this.dependencies.log(`function URL ${urlId}: ${text}`);
        if (error instanceof FunctionFailed) {
            refuse(response, 502, "Internal Server Error");
        } else if (error instanceof AwsError) {
            const status = error.code === "TooManyRequestsException" ? 429 : 403;
            refuse(response, status, { Message: status === 429 ? "Rate Exceeded." : "Forbidden" });
        } else {
            refuse(response, 500, "Internal Server Error");
        }
    }
}

/** The function threw, or returned what is no response. */
class FunctionFailed extends Error {
    override readonly name = "FunctionFailed";
}

function responseOf(result: InvocationResult): FunctionUrlResponse {
    if (!result.ok) {
        throw new FunctionFailed(`the function failed: ${result.errorMessage}`);
    }
    const mapped = functionUrlResponse(result.payload);
    if (mapped === undefined) {
        throw new FunctionFailed(`the function's response is malformed: ${JSON.stringify(result.payload)}`);
    }
    if (mapped.body.length > MAX_BODY_BYTES) {
        throw new FunctionFailed(`the function's response is longer than ${MAX_BODY_BYTES} bytes`);
    }
    return mapped;
}

/** `/_url/{id}/rest?query`, taken apart. */
function targetOf(url: string): UrlTarget {
    const { path, rawQuery } = splitTarget(url);
    const [, , urlId = "", ...rest] = path.split("/");
    return { urlId, rawPath: `/${rest.join("/")}`, rawQuery };
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
    return (
        method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined
    );
}

function send(response: ServerResponse, answer: FunctionUrlResponse, cors: Readonly<Record<string, string>>): void {
    response.writeHead(answer.status, {
        ...answer.headers,
        ...cors,
        ...(answer.cookies.length === 0 ? {} : { "set-cookie": [...answer.cookies] }),
        ...(answer.status === 204 || answer.status === 304 ? {} : { "content-length": answer.body.length }),
    });
    response.end(answer.body);
}

function refuse(response: ServerResponse, status: number, answer: unknown): void {
    const body = typeof answer === "string" ? answer : JSON.stringify(answer);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
}
