import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { FunctionCrashes } from "../../edge/crashes";
import { accessKeyOf } from "../../signing/sigv4";
import { demandAccess } from "../../signing/access";
import { executionArn, type Stage } from "./definition/api-catalog";
import type { Connection } from "./sockets/connection";
import type { ConnectionFault, ConnectionFaults } from "./connection-faults";
import { errorText } from "../../http/error-text";
import { isConnectionId, newRequestId } from "./definition/identifiers";
import type { OpenConnections } from "./sockets/open-connections";
import { readBody } from "../../http/read-body";
import type { RouteDependencies } from "./routes/route-dependencies";

/** A request's target on the management API, taken apart. */
export interface ConnectionTarget {
    readonly stage: string;
    readonly connectionId: string;
}

export interface ConnectionsApiDependencies extends Pick<
    RouteDependencies,
    "catalog" | "access" | "throttles" | "limits" | "log"
> {
    readonly connections: OpenConnections;
    readonly faults: ConnectionFaults | undefined;
    readonly crashes: FunctionCrashes | undefined;
}

/** What the caller gets: a response, a socket that is cut, or nothing at all. */
type Answer =
    { readonly status: number; readonly body?: string; readonly errorType?: string | undefined } | "reset" | "hang";

const ACTION = "execute-api:ManageConnections";

const TARGET = /^\/([^/?]+)\/(?:@|%40)connections\/([^/?]+)(?:\?.*)?$/;

/** The target of a URL such as `/v1/@connections/L0SM9cOFvHcCIhw%3D`; undefined for any other. */
export function connectionTarget(url: string): ConnectionTarget | undefined {
    const [, stage, id] = TARGET.exec(url) ?? [];
    if (stage === undefined || id === undefined) {
        return undefined;
    }
    try {
        return { stage: decodeURIComponent(stage), connectionId: decodeURIComponent(id) };
    } catch {
        return { stage, connectionId: id };
    }
}

/**
 * The API that back ends send with: POST, GET and DELETE on a connection.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class ConnectionsApi {
    /** Posts per connection, counted only where faults are injected. */
    readonly #attempts = new Map<string, number>();

    constructor(private readonly dependencies: ConnectionsApiDependencies) {}

    /** Answers a request. Never rejects. */
    async handle(target: ConnectionTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
        let body: Buffer | undefined;
        try {
            body = await readBody(request, this.dependencies.limits.messageBytes);
        } catch {
            response.destroy();
            return;
        }
        let answer: Answer | undefined;
        try {
            answer = await this.#answer(target, request, body);
        } catch (error) {
            answer = this.#refusal(error);
        }
        if (answer === undefined) {
            // Nobody is left to answer.
            response.destroy();
            return;
        }
        send(answer, response);
    }

    async #answer(
        target: ConnectionTarget,
        request: IncomingMessage,
        body: Buffer | undefined,
    ): Promise<Answer | undefined> {
        const { method = "", headers } = request;
        if (body === undefined) {
            throw new AwsError("PayloadTooLargeException", "Request Too Long", 413);
        }
        const { stage, principal } = this.#admit(target, request, body);
        const { crashes } = this.dependencies;
        if (crashes === undefined) {
            return this.#carryOut(target, method, body, stage);
        }
        const crashable = { principal, accessKeyId: accessKeyOf(headers.authorization), operation: ACTION };
        return crashes.around(crashable, () => this.#carryOut(target, method, body, stage));
    }

    #carryOut(target: ConnectionTarget, method: string, body: Buffer, stage: Stage): Answer {
        if (!this.dependencies.throttles.allowsRequest()) {
            throw new AwsError("LimitExceededException", "Too Many Requests", 429);
        }
        if (!isConnectionId(target.connectionId)) {
            throw new AwsError("BadRequestException", `Invalid connectionId: ${target.connectionId}`, 400);
        }
        const connection = this.dependencies.connections.find(target.connectionId, stage.settings.name);
        switch (method) {
            case "POST":
                return this.#post(target.connectionId, connection, body);
            case "GET":
                return { status: 200, body: JSON.stringify(description(existing(connection))) };
            default:
                existing(connection).close({ code: 1000, reason: "Connection Closed Normally" });
                return { status: 204 };
        }
    }

    /** The stage of a request that is signed by somebody who may manage its connections, and who that is. */
    #admit(
        target: ConnectionTarget,
        request: IncomingMessage,
        body: Buffer,
    ): { readonly stage: Stage; readonly principal: Principal } {
        const { method = "", url = "", headers } = request;
        const stage = this.dependencies.catalog.stage(target.stage);
        if (stage === undefined) {
            throw new AwsError("ForbiddenException", "Forbidden", 403);
        }
        if (method !== "POST" && method !== "GET" && method !== "DELETE") {
            throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
        }
        const resource = `${executionArn(stage.apiId)}/${target.stage}/${method}/@connections/${target.connectionId}`;
        try {
            const signed = { method, url, headers, body };
            return { stage, principal: demandAccess(this.dependencies.access, signed, ACTION, resource) };
        } catch (error) {
            // Whatever its code: this API has the one status for all that is wrong with a signature or its signer.
            throw error instanceof AwsError ? new AwsError(error.code, error.message, 403) : error;
        }
    }

    #post(connectionId: string, connection: Connection | undefined, body: Buffer): Answer {
        const fault = this.#faultFor(connectionId);
        if (fault !== undefined) {
            return commit(fault, connection, body);
        }
        switch (existing(connection).send(textOf(body))) {
            case "sent":
                return { status: 200 };
            case "full":
                throw new AwsError("LimitExceededException", "The client does not read what it is sent", 429);
            case "gone":
                throw gone();
        }
    }

    #faultFor(connectionId: string): ConnectionFault | undefined {
        const { faults } = this.dependencies;
        if (faults === undefined) {
            return undefined;
        }
        const attempt = (this.#attempts.get(connectionId) ?? 0) + 1;
        this.#attempts.set(connectionId, attempt);
        return faults(connectionId, attempt);
    }

    #refusal(error: unknown): Answer {
        if (!(error instanceof AwsError)) {
            this.dependencies.log(`@connections: ${errorText(error)}`);
            const body = JSON.stringify({ message: "Internal server error" });
            return { status: 500, body, errorType: "InternalServerErrorException" };
        }
        const body = error.message === "" ? "" : JSON.stringify({ message: error.message });
        return { status: error.status, body, errorType: error.code };
    }
}

/** Error codes of the statuses that a fault may answer with. */
const FAULT_CODES: Readonly<Record<number, string>> = {
    400: "BadRequestException",
    403: "ForbiddenException",
    410: "GoneException",
    413: "PayloadTooLargeException",
    429: "LimitExceededException",
};

function commit(fault: ConnectionFault, connection: Connection | undefined, body: Buffer): Answer {
    if (fault.delivered === true) {
        connection?.send(textOf(body));
    }
    return typeof fault.answer === "string"
        ? fault.answer
        : { status: fault.answer, errorType: FAULT_CODES[fault.answer] ?? "InternalServerErrorException" };
}

/**
 * A text frame must be UTF-8: a client has to end a connection on which another comes. What is none is made into it,
 * with U+FFFD for what cannot be read.
 */
function textOf(body: Buffer): Buffer {
    return isUtf8(body) ? body : Buffer.from(body.toString("utf8"));
}

function existing(connection: Connection | undefined): Connection {
    if (connection === undefined) {
        throw gone();
    }
    return connection;
}

/** AWS sends no text with it. SDKs know it by the error header alone. */
function gone(): AwsError {
    return new AwsError("GoneException", "", 410);
}

function description({ facts, lastActiveAt }: Connection): unknown {
    const { sourceIp, userAgent } = facts;
    return {
        connectedAt: new Date(facts.connectedAt).toISOString(),
        identity: { sourceIp, userAgent },
        lastActiveAt: new Date(lastActiveAt).toISOString(),
    };
}

function send(answer: Answer, response: ServerResponse): void {
    if (answer === "hang") {
        return;
    }
    if (answer === "reset") {
        response.socket?.resetAndDestroy();
        return;
    }
    const { status, body = "", errorType } = answer;
    response.writeHead(status, {
        "x-amzn-RequestId": newRequestId(),
        ...(body === "" ? {} : { "content-type": "application/json" }),
        ...(errorType === undefined ? {} : { "x-amzn-ErrorType": errorType }),
        ...(status === 204 ? {} : { "content-length": Buffer.byteLength(body) }),
    });
    response.end(body);
}
