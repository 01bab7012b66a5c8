import type { Caller } from "../../../signing/caller";
import { executionArn } from "../definition/api-catalog";
import { judgeResult } from "./authorizer-result";
import type { Authorizer, CustomAuthorization } from "../definition/definition";
import { authorizerEvent, type AuthorizerContext, type ConnectionFacts, type EventFacts } from "../events/events";
import type { FunctionCalls } from "./function-calls";
import type { HandshakeRequest } from "../events/handshake-request";
import { missingIdentity } from "../events/identity-source";

/** Lambda authorizers have no timeout setting of their own on WebSocket APIs. */
const TIMEOUT_MILLIS = 29_000;

export type Authorization =
    | {
          readonly allowed: true;
          readonly context: AuthorizerContext | undefined;
          /** Who signed the handshake, where it had to be signed. */
          readonly signer?: Caller | undefined;
      }
    | { readonly allowed: false; readonly status: 401 | 403 | 500; readonly reason: string };

export interface AuthorizerDependencies {
    readonly functions: FunctionCalls;
    readonly clock: () => number;
    /** The quota of a result as JSON. */
    readonly maxResultBytes: number;
}

/**
 * Asks a handshake's authorizer. Results are not kept: each connection is judged anew.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export async function authorizeHandshake(
    { authorizer, authorizerId }: CustomAuthorization,
    connection: ConnectionFacts,
    event: EventFacts,
    handshake: HandshakeRequest,
    dependencies: AuthorizerDependencies,
): Promise<Authorization> {
    if (authorizer === undefined) {
        return { allowed: false, status: 500, reason: `its authorizer ${authorizerId} does not exist` };
    }
    const methodArn = `${executionArn(connection.apiId)}/${connection.stage}/${event.routeKey}`;
    const request = authorizerEvent(connection, event, handshake, methodArn);
    const context = request["requestContext"] as Readonly<Record<string, unknown>>;
    const missing = missingIdentity(authorizer.identitySources, handshake, context, event.stageVariables);
    if (missing !== undefined) {
        return { allowed: false, status: 401, reason: `the handshake has no ${missing.source}` };
    }
    const started = dependencies.clock();
    const sourceArn = `${executionArn(connection.apiId)}/authorizers/${authorizerId}`;
    const verdict = await ask(authorizer, sourceArn, request, methodArn, handshake, dependencies);
    if (!verdict.allowed) {
        return { ...verdict, reason: `authorizer ${authorizer.name}: ${verdict.reason}` };
    }
    const integrationLatency = dependencies.clock() - started;
    return { allowed: true, context: { ...verdict.context, principalId: verdict.principalId, integrationLatency } };
}

async function ask(
    authorizer: Authorizer,
    sourceArn: string,
    event: unknown,
    methodArn: string,
    handshake: HandshakeRequest,
    { functions, maxResultBytes }: AuthorizerDependencies,
): Promise<ReturnType<typeof judgeResult>> {
    const { functionArn, credentialsArn } = authorizer;
    const result = await functions.call({
        functionArn,
        credentialsArn,
        sourceArn,
        event,
        timeoutMillis: TIMEOUT_MILLIS,
    });
    if (result.kind === "returned") {
        return judgeResult(result.payload, { methodArn, sourceIp: handshake.sourceIp, maxBytes: maxResultBytes });
    }
    // The one message that a function may refuse credentials with, word for word.
    const status = result.kind === "failed" && result.message === "Unauthorized" ? 401 : 500;
    return { allowed: false, status, reason: result.message };
}
