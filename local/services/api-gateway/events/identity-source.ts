import type { IdentitySource } from "../definition/definition";
import { headerOf, type HandshakeRequest } from "./handshake-request";

const SOURCE = /^(?:route\.request\.(header|querystring)|(context|stageVariables))\.(.+)$/;

/**
 * Parses `route.request.header.Authorization`, `route.request.querystring.token`, `context.…` or `stageVariables.…`.
 *
 * @throws Error that names the source
 */
export function parseIdentitySource(source: string): IdentitySource {
    const [, part, other, name = ""] = SOURCE.exec(source) ?? [];
    const from = part ?? other;
    if (from !== "header" && from !== "querystring" && from !== "context" && from !== "stageVariables") {
        throw new Error(
            `the identity source "${source}" is none of route.request.header.…, route.request.querystring.…, ` +
                "context.… and stageVariables.…",
        );
    }
    return { source, from, name };
}

/** The first source without a value, or undefined when the handshake has them all. */
export function missingIdentity(
    sources: readonly IdentitySource[],
    handshake: HandshakeRequest,
    context: Readonly<Record<string, unknown>>,
    variables: Readonly<Record<string, string>>,
): IdentitySource | undefined {
    return sources.find((source) => {
        const value = valueOf(source, handshake, context, variables);
        return value === undefined || value === null || value === "";
    });
}

function valueOf(
    { from, name }: IdentitySource,
    handshake: HandshakeRequest,
    context: Readonly<Record<string, unknown>>,
    variables: Readonly<Record<string, string>>,
): unknown {
    switch (from) {
        case "header":
            return headerOf(handshake.headers, name);
        case "querystring":
            return handshake.query.get(name);
        case "context":
            return context[name];
        case "stageVariables":
            return variables[name];
    }
}
